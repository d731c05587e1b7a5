using Akka.Persistence;
using Akka.TestKit;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Snapshots;

public sealed class SnapshotLoadSpecs : ActorSpecs
{
    private static readonly EntryKey Key = new("customer");
    private readonly TestProbe _store;
    private readonly TestProbe _asker;

    public SnapshotLoadSpecs()
    {
        _store = CreateTestProbe("store");
        _asker = CreateTestProbe("asker");
        SnapshotLoad.Start(_store.Ref, "local:c_customer", Key, operation: 42, _asker.Ref, Time);
        var load = _store.ExpectMsg<LoadSnapshot>();
        load.PersistenceId.Should().Be("local:c_customer");
        load.Criteria.Should().Be(SnapshotSelectionCriteria.Latest);
    }

    [Fact]
    public void What_was_found_is_told_with_the_entry_and_the_number()
    {
        var state = States.Granting("feature");

        _store.Reply(Found(States.Snapshot(state)));

        ExpectEnd(state);
    }

    [Fact]
    public void Nothing_found_is_told_too()
    {
        _store.Reply(new LoadSnapshotResult(null, long.MaxValue));

        ExpectEnd(null);
    }

    [Fact]
    public void A_snapshot_of_another_kind_counts_as_nothing()
    {
        _store.Reply(Found("a text"));

        ExpectEnd(null);
    }

    [Fact]
    public void A_load_that_fails_is_told_as_such()
    {
        _store.Reply(new LoadSnapshotFailed(new InvalidOperationException("the store is down")));

        ExpectEnd(null, isFailure: true);
    }

    [Fact]
    public void A_load_that_takes_as_long_as_a_question_may_has_failed()
    {
        Time.Advance(TimeSpan.FromSeconds(9.9));
        _asker.HasMessages.Should().BeFalse();

        Time.Advance(TimeSpan.FromSeconds(0.1));

        ExpectEnd(null, isFailure: true);
    }

    [Fact]
    public void What_comes_after_the_end_is_not_told()
    {
        Time.Advance(TimeSpan.FromSeconds(10));
        _store.Reply(Found(States.Snapshot(States.Granting("feature"))));
        _store.Reply(new LoadSnapshotFailed(new InvalidOperationException("the store is down")));

        ExpectEnd(null, isFailure: true);

        _asker.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void Who_was_told_is_not_told_again_when_the_time_is_over()
    {
        _store.Reply(new LoadSnapshotResult(null, long.MaxValue));
        ExpectEnd(null);

        Time.Advance(TimeSpan.FromSeconds(10));

        _asker.HasMessages.Should().BeFalse();
    }

    private static LoadSnapshotResult Found(object snapshot) =>
        new(new SelectedSnapshot(new SnapshotMetadata("local:c_customer", 1, DateTime.UnixEpoch), snapshot), long.MaxValue);

    private void ExpectEnd(EntitlementState? state, bool isFailure = false)
    {
        var loaded = _asker.ExpectMsg<SnapshotLoaded>();
        (loaded.Key == Key).Should().BeTrue();
        loaded.Operation.Should().Be(42);
        loaded.State.Should().BeSameAs(state);
        loaded.IsFailure.Should().Be(isFailure);
    }
}
