using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>Ids that look like parts of other entries' keys, addresses or paths.</summary>
public sealed class StrangeIdSpecs : ActorSpecs
{
    private readonly TestProbe _cloud;
    private readonly TestProbe _store;

    public StrangeIdSpecs()
    {
        _cloud = CreateTestProbe("cloud");
        _store = CreateTestProbe("store");
        _store.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell(
                message is SaveSnapshot save ? new SaveSnapshotSuccess(save.Metadata) : new LoadSnapshotResult(null, long.MaxValue),
                _store.Ref);
            return AutoPilot.KeepRunning;
        }));
    }

    public static TheoryData<string, string?, string, string?> LookAlikes => new()
    {
        { "a", "b", "a:r_b", null },
        { "a", "b:r_c", "a:r_b", "c" },
        { "a", null, "c_a", null },
        { "c_x", null, "x", null },
        { "a", null, "a", "a" },
        { "a", "b", "b", "a" },
        { "a/b", null, "a", "b" },
        { "a", null, "a:metadata", null },
        { "a", "b", "a", "b:metadata" },
        { "a", null, "a#timestamp", null },
        { "..", null, ".", null },
        { "a", null, "A", null },
        { "a", null, "a ", null },
        { "a", null, "a/", null },
        { "a", "..", "a", "." },
        { "caf\u00e9", null, "cafe\u0301", null },
        { "%2e%2e", null, "..", null },
        { "a", null, "a", "null" },
        { "a\0b", null, "a", null },
    };

    [Theory]
    [MemberData(nameof(LookAlikes))]
    public void Entries_with_look_alike_ids_never_mix(
        string oneCustomer, string? oneResource, string otherCustomer, string? otherResource)
    {
        var (one, other) = (new EntryKey(oneCustomer, oneResource), new EntryKey(otherCustomer, otherResource));
        var first = Know(one, "of one");
        var second = one.CustomerId == other.CustomerId ? first : null;

        second = Know(other, "of other", second);

        Answer(first, one).Should().Equal("of one");
        Answer(second, other).Should().Equal("of other");
        Services.Cache.Find(one.CustomerId)!.Find(one.ResourceId)!.State.FindFeature("of one").Should().NotBeNull();
        Services.Cache.Find(other.CustomerId)!.Find(other.ResourceId)!.State.FindFeature("of other").Should().NotBeNull();
        Stored(loads: false).Should().OnlyHaveUniqueItems("no two entries share a snapshot");
    }

    [Theory]
    [InlineData("a:r_b", null)]
    [InlineData(":r_", null)]
    [InlineData("a:f_b", null)]
    [InlineData("a:credit_b", null)]
    [InlineData("a:metadata", null)]
    [InlineData("a#timestamp", null)]
    [InlineData("a", "b:r_c")]
    [InlineData("a", "b:metadata")]
    [InlineData("a", "b#timestamp")]
    public void Ids_that_could_be_taken_for_another_entrys_key_never_reach_the_snapshot_store(string customer, string? resource)
    {
        var key = new EntryKey(customer, resource);

        Know(key, "feature");

        Stored().Distinct().Should().Equal(resource is null ? [] : new[] { "local:c_a" });
    }

    [Theory]
    [InlineData("..", "local:c_..")]
    [InlineData("c_x", "local:c_c_x")]
    [InlineData("a/b", "local:c_a/b")]
    [InlineData("a:b", "local:c_a:b")]
    [InlineData("\U0001F600", "local:c_\U0001F600")]
    public void Other_strange_ids_are_saved_under_their_own_key(string customer, string persistenceId)
    {
        Know(new EntryKey(customer), "feature");

        Stored().Should().Equal(persistenceId, persistenceId);
    }

    // The persistence ids that reached the store, in order.
    private List<string> Stored(bool loads = true)
    {
        var ids = new List<string>();
        while (_store.HasMessages)
        {
            var message = _store.ExpectMsg<object>();
            if (message is SaveSnapshot save)
                ids.Add(save.Metadata.PersistenceId);
            else if (loads)
                ids.Add(((LoadSnapshot)message).PersistenceId);
        }

        return ids;
    }

    private IActorRef Know(EntryKey key, string feature, IActorRef? actor = null)
    {
        actor ??= Sys.ActorOf(CustomerActor.Props(Services, _cloud.Ref, _store.Ref));
        var asker = CreateTestProbe();
        actor.Tell(new Question(key, TimeSpan.FromSeconds(10)), asker.Ref);
        ReadEntry read;
        do
        {
            read = _cloud.ExpectMsg<ReadEntry>();
            var state = States.Granting(read.Key == key ? feature : "of its customer");
            read.ReplyTo.Tell(new EntryRead(read.Key, read.Number, new CloudRead(state, null)));
        }
        while (read.Key != key);
        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature(feature).Should().NotBeNull();
        Settle(actor);
        return actor;
    }

    private string[] Answer(IActorRef actor, EntryKey key)
    {
        var asker = CreateTestProbe();
        actor.Tell(new Question(key, TimeSpan.FromSeconds(10)), asker.Ref);
        // A customer that came after its resource makes that one suspect.
        Settle(actor);
        Advance(TimeSpan.FromMilliseconds(250), actor);
        return [.. asker.ExpectMsg<CustomerAnswer>().State!.All().Select(e => e.Id)];
    }
}
