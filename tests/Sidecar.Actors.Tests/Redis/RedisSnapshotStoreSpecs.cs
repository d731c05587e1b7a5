using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.TestKit.Xunit2;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Redis;

#pragma warning disable CA1001 // It is disposed of asynchronously.
/// <summary>The snapshot store, spoken to as Akka.Persistence does, over a real redis-server.</summary>
public sealed class RedisSnapshotStoreSpecs : IAsyncLifetime
{
    private static readonly EntryKey Own = new("customer");
    private const string Id = "env:c_customer";
    private RedisServer _server = null!;
    private RedisBench _bench = null!;
    private Kit _kit = null!;
    private IActorRef _store = ActorRefs.Nobody;

    public async Task InitializeAsync()
    {
        if (RedisFactAttribute.ReasonToSkip is not null)
            return;
        _server = await RedisServer.StartAsync();
        _bench = await RedisBench.StartAsync(_server);
        _kit = new Kit(_bench.Entries);
        _store = Persistence.Instance.Apply(_kit.Sys).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
    }

    public async Task DisposeAsync()
    {
        if (_server is null)
            return;
        _kit.Dispose();
        await _bench.DisposeAsync();
        await _server.DisposeAsync();
    }

    [RedisFact]
    public void What_was_saved_is_loaded()
    {
        Save(1, States.Metered(day: 1));
        _kit.ExpectMsg<SaveSnapshotSuccess>().Metadata.SequenceNr.Should().Be(1);

        Load();

        var found = _kit.ExpectMsg<LoadSnapshotResult>().Snapshot.Snapshot.Should().BeOfType<EntrySnapshot>().Subject;
        found.State.IsSameSetAs(States.Metered(day: 1)).Should().BeTrue();
    }

    [RedisFact]
    public void Nothing_stored_is_no_snapshot()
    {
        Load();

        _kit.ExpectMsg<LoadSnapshotResult>().Snapshot.Should().BeNull();
    }

    [RedisFact]
    public void Deleting_all_of_an_entry_s_snapshots_removes_it()
    {
        Save(1, States.Metered(day: 1));
        _kit.ExpectMsg<SaveSnapshotSuccess>();

        Tell(new DeleteSnapshots(Id, SnapshotSelectionCriteria.Latest));

        _kit.ExpectMsg<DeleteSnapshotsSuccess>();
        _bench.Keys().Should().Equal("env:c_customer:f_calls", "env:c_customer:f_calls#timestamp");
    }

    [RedisFact]
    public async Task A_save_that_fails_leaves_everything_where_it_was()
    {
        Save(1, States.Metered(day: 1));
        _kit.ExpectMsg<SaveSnapshotSuccess>();
        var before = _bench.Keys();
        await _bench.Server.ConfigSetAsync("maxmemory", "1");

        Save(2, States.Metered(day: 2));

        _kit.ExpectMsg<SaveSnapshotFailure>().Metadata.SequenceNr.Should().Be(2);
        // The base class deletes what failed, behind the answer.
        Tell(new DeleteSnapshot(new SnapshotMetadata(Id, 2, DateTime.UnixEpoch)));
        _kit.ExpectMsg<DeleteSnapshotSuccess>();
        _bench.Keys().Should().Equal(before);
        (await _bench.LoadAsync(Own)).Should().NotBeNull();
    }

    [RedisFact]
    public async Task A_save_that_hangs_fails_within_its_limit_and_leaves_everything_where_it_was()
    {
        Save(1, States.Metered(day: 1));
        _kit.ExpectMsg<SaveSnapshotSuccess>();
        var before = _bench.Keys();
        _server.Freeze();
        try
        {
            Save(2, States.Metered(day: 2));
            _kit.ExpectMsg<SaveSnapshotFailure>(Eventually.Patience);
        }
        finally
        {
            _server.Thaw();
        }

        Tell(new DeleteSnapshot(new SnapshotMetadata(Id, 2, DateTime.UnixEpoch)));
        _kit.ExpectMsg<DeleteSnapshotSuccess>();
        await Eventually.HoldsAsync(() => _bench.Connection.IsUp, "a connection");
        await _bench.SavesAgainAsync(Own, States.Metered(day: 3));
        _bench.Keys().Should().Equal(before);
    }

    [RedisFact]
    public async Task A_load_that_fails_is_told_and_the_store_goes_on()
    {
        await _server.KillAsync();
        await Eventually.HoldsAsync(() => !_bench.Connection.IsUp, "that it is noticed");
        for (var i = 0; i < 50; i++)
        {
            Load();
            _kit.ExpectMsg<LoadSnapshotFailed>().Cause.GetBaseException().Should().BeOfType<RedisFailureException>();
        }

        await _server.StartAgainAsync();
        await _bench.IsUpAsync();
        await _bench.SavesAgainAsync(Own, States.Metered(day: 1));

        Load();
        _kit.ExpectMsg<LoadSnapshotResult>().Snapshot.Should().NotBeNull("no breaker stays open");
    }

    [RedisFact]
    public void A_persistence_id_of_something_else_has_no_snapshot()
    {
        Tell(new LoadSnapshot("another", SnapshotSelectionCriteria.Latest, long.MaxValue));

        _kit.ExpectMsg<LoadSnapshotResult>().Snapshot.Should().BeNull();
    }

    private void Save(long number, EntitlementState state) =>
        Tell(new SaveSnapshot(new SnapshotMetadata(Id, number, DateTime.UnixEpoch), new EntrySnapshot(Own, state, StoredChange.All)));

    private void Load() => Tell(new LoadSnapshot(Id, SnapshotSelectionCriteria.Latest, long.MaxValue));

    private void Tell(object message) => _store.Tell(message, _kit.TestActor);

    private sealed class Kit(RedisEntries entries) : TestKit(ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.test.single-expect-default = 30s\n" + RedisSetup.Settings)),
        new RedisSnapshotSetup(entries, "env")));
}
