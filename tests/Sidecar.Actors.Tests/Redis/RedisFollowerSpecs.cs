using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>The follower in virtual time, before a watch that does what a spec says.</summary>
public sealed class RedisFollowerSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private readonly ScriptedWatch _watch = new();
    private readonly RedisChanges _changes = new("local", _ => true);
    private readonly TestProbe _customers;
    private readonly IActorRef _follower;

    public RedisFollowerSpecs()
    {
        _customers = CreateTestProbe("customers");
        (_follower, _) = Supervised(
            Props.Create(() => new RedisFollower(Services, _watch, _changes, TellOf(_customers.Ref), false)), "follower");
        Pass(RedisFollower.CheckInterval);
    }

    private static Action<EntryKey> TellOf(IActorRef customers) => key => customers.Tell(new StoredChanged(key), ActorRefs.NoSender);

    [Fact]
    public void What_has_changed_is_handed_out_once()
    {
        _changes.Note("local:c_customer");
        _changes.Note("local:c_customer#timestamp");
        Pass(RedisFollower.Tick);

        _customers.ExpectMsg<StoredChanged>().Key.Should().Be(Own);
        Pass(RedisFollower.CheckInterval);
        _customers.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void What_stands_there_with_the_dates_that_are_known_is_not_handed_out()
    {
        var other = new EntryKey("other");
        Hold(Own);
        Hold(other);
        _watch.Changed = [other];
        _changes.Note("local:c_customer");
        _changes.Note("local:c_other");
        Pass(RedisFollower.Tick);

        _customers.ExpectMsg<StoredChanged>().Key.Should().Be(other);
        Pass(RedisFollower.CheckInterval);
        _customers.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void What_has_changed_is_asked_for_again_where_its_dates_could_not_be_looked_at()
    {
        Hold(Own);
        _watch.Changed = [Own];
        _watch.Failure = new RedisFailureException(RedisFailureKind.Timeout, "slow");
        _changes.Note("local:c_customer");
        Pass(RedisFollower.CheckInterval);
        _customers.HasMessages.Should().BeFalse();

        _watch.Failure = null;
        Pass(RedisFollower.CheckInterval);
        _customers.ExpectMsg<StoredChanged>().Key.Should().Be(Own);
        Pass(RedisFollower.CheckInterval);
        _customers.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void So_many_are_handed_out_in_a_tick_and_no_more()
    {
        for (var i = 0; i <= RedisFollower.MaxPerTick; i++)
            _changes.Note($"local:c_customer-{i}");
        Pass(RedisFollower.Tick);
        _customers.ReceiveN(RedisFollower.MaxPerTick);
        _customers.HasMessages.Should().BeFalse();

        Pass(RedisFollower.Tick);
        _customers.ExpectMsg<StoredChanged>();
    }

    [Fact]
    public void What_has_changed_while_it_can_t_be_looked_at_is_handed_out_afterwards()
    {
        _watch.MayLook = false;
        _changes.Note("local:c_customer");
        Pass(RedisFollower.CheckInterval);
        _customers.HasMessages.Should().BeFalse();

        _watch.MayLook = true;
        Pass(RedisFollower.Tick);
        _customers.ExpectMsg<StoredChanged>().Key.Should().Be(Own);
    }

    [Fact]
    public void Dates_that_could_not_be_looked_at_are_looked_at_in_the_next_round_though_nobody_has_asked_since()
    {
        _watch.State = RedisWatchState.Looking;
        Pass(RedisFollower.CheckInterval + RedisFollower.CheckInterval);
        Hold(Own);
        _watch.Failure = new RedisFailureException(RedisFailureKind.Timeout, "slow");
        Pass(TimeSpan.FromSeconds(5));
        _customers.HasMessages.Should().BeFalse();

        _watch.Failure = null;
        _watch.Changed = [Own];
        Pass(TimeSpan.FromSeconds(2));

        _customers.ExpectMsg<StoredChanged>().Key.Should().Be(Own);
    }

    private void Hold(EntryKey key) =>
        Services.Cache.Publish(key, States.ViewOf(States.Metered(day: 1)), EntitlementCache.TickOf(Services.Clock.Uptime));

    private void Pass(TimeSpan time) => Advance(time, _follower);

    private sealed class ScriptedWatch : IRedisWatch
    {
        public bool MayLook { get; set; } = true;

        public RedisWatchState State { get; set; } = RedisWatchState.Told;

        public Exception? Failure { get; set; }

        public IReadOnlyList<EntryKey> Changed { get; set; } = [];

        public Task<(RedisWatchState State, bool IsNew)> EnsureAsync() => Task.FromResult((State, false));

        public Task<IReadOnlyList<EntryKey>> ChangedAmongAsync(IReadOnlyList<(EntryKey Key, EntitlementState Known)> entries)
        {
            if (Failure is not null)
                return Task.FromException<IReadOnlyList<EntryKey>>(Failure);
            return Task.FromResult<IReadOnlyList<EntryKey>>([.. Changed.Intersect(entries.Select(entry => entry.Key))]);
        }
    }
}
