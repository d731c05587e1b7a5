using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>One customer's actor between a scripted cloud, a scripted snapshot store and whoever asks.</summary>
public sealed partial class CustomerActorSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private static readonly TimeSpan Guard = CloudSettings.ReadGuard;
    private readonly TestProbe _cloud;
    private readonly TestProbe _store;
    private TestProbe _parent = null!;
    private IActorRef _actor = ActorRefs.Nobody;

    public CustomerActorSpecs()
    {
        _cloud = CreateTestProbe("cloud");
        _store = CreateTestProbe("store");
        _store.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            var answer = message switch
            {
                LoadSnapshot load => OnLoad(load),
                SaveSnapshot save => OnSave(save),
                DeleteSnapshots delete => OnDelete(delete),
                _ => null,
            };
            if (answer is not null)
                sender.Tell(answer, _store.Ref);
            return AutoPilot.KeepRunning;
        }));
        StartAnew();
    }

    private Func<LoadSnapshot, object?> OnLoad { get; set; } = _ => new LoadSnapshotResult(null, long.MaxValue);

    private Func<SaveSnapshot, object?> OnSave { get; set; } = save => new SaveSnapshotSuccess(save.Metadata);

    private Func<DeleteSnapshots, object?> OnDelete { get; set; } = delete => new DeleteSnapshotsSuccess(delete.Criteria);

    private static LoadSnapshotResult Snapshot(LoadSnapshot load, EntitlementState state) => new(
        new SelectedSnapshot(new SnapshotMetadata(load.PersistenceId, 1, DateTime.UnixEpoch), States.Snapshot(state)), long.MaxValue);

    // Another actor, and a cache that knows nothing.
    private void StartAnew()
    {
        Services = NewServices(ScriptedHandler.Hanging());
        while (_cloud.HasMessages)
            _cloud.ExpectMsg<ReadEntry>();
        (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");
    }

    private TestProbe Question(EntryKey key, TimeSpan? maxWait = null)
    {
        var asker = CreateTestProbe();
        _actor.Tell(new Question(key, maxWait ?? Guard), asker.Ref);
        return asker;
    }

    private void Say(object message) => _actor.Tell(message, ActorRefs.NoSender);

    private ReadEntry ExpectRead(EntryKey key)
    {
        var read = _cloud.ExpectMsg<ReadEntry>();
        (read.Key == key).Should().BeTrue();
        return read;
    }

    private static void End(ReadEntry read, params string[] features) => End(read, States.Granting(features));

    private static void End(ReadEntry read, EntitlementState state) =>
        read.ReplyTo.Tell(new EntryRead(read.Key, read.Number, new CloudRead(state, null)), ActorRefs.NoSender);

    private static void Fail(ReadEntry read) => read.ReplyTo.Tell(
        new EntryRead(read.Key, read.Number, CloudRead.Failed(CloudFailureKind.Network, "unplugged")), ActorRefs.NoSender);

    private static void ExpectAnswer(TestProbe asker, AnswerSource source, params string[] features)
    {
        var answer = asker.ExpectMsg<CustomerAnswer>();
        answer.Source.Should().Be(source);
        Features(answer.State).Should().BeEquivalentTo(features);
        asker.HasMessages.Should().BeFalse("a question is answered once");
    }

    private static void ExpectNothingKnown(TestProbe asker)
    {
        asker.ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown);
        asker.HasMessages.Should().BeFalse("a question is answered once");
    }

    private static string[] Features(EntitlementState? state) => state is null ? [] : [.. state.All().Select(e => e.Id)];

    // Asks, and lets the read bring a state.
    private void Know(EntryKey key, EntitlementState state)
    {
        var asker = Question(key);
        End(ExpectRead(key), state);
        asker.ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Upstream);
        Settle(_actor);
    }

    private void Know(EntryKey key, params string[] features) => Know(key, States.Granting(features));

    private void Pass(double seconds) => Advance(TimeSpan.FromSeconds(seconds), _actor);

    private string[] Published(EntryKey key) => Features(Services.Cache.Find(key.CustomerId)?.Find(key.ResourceId)?.State);

    private void ExpectNoRead()
    {
        Settle(_actor);
        _cloud.HasMessages.Should().BeFalse("no read is due");
    }

    private static void ExpectSilence(params TestProbe[] askers)
    {
        foreach (var asker in askers)
            asker.HasMessages.Should().BeFalse("it is too early for an answer");
    }

    private void ExpectPassivation() => _parent.ExpectMsg<CustomerActor.Idle>();
}
