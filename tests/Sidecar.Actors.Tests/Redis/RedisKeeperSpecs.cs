using Akka.Actor;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>The keeper in virtual time, before a store that does what a spec says.</summary>
public sealed class RedisKeeperSpecs : ActorSpecs
{
    private static readonly TimeSpan Look = RedisKeeper.LookInterval;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private readonly ScriptedStore _store = new();
    private readonly IActorRef _keeper;

    public RedisKeeperSpecs() => (_keeper, _) = Supervised(Props.Create(() => new RedisKeeper(Services, _store)), "keeper");

    [Fact]
    public void What_is_owed_is_written_once_as_memory_knows_it()
    {
        var state = Publish("a", States.Granting("feature"));
        Owe("a", "a");
        Tick();

        var write = _store.Writes.Should().ContainSingle().Subject;
        (write.What, write.Key.CustomerId, write.IsOwed).Should().Be(("restore", "a", true));
        write.State.Should().BeSameAs(state);

        Pass(10);
        _store.Writes.Should().HaveCount(1);
    }

    [Fact]
    public void An_unknown_customer_is_taken_out_and_not_written()
    {
        Publish("a", States.Unknown);
        Owe("a");
        Tick();

        _store.Writes.Should().ContainSingle().Which.What.Should().Be("delete");
    }

    [Fact]
    public void A_set_that_is_undecided_is_neither_written_nor_taken_out_and_left_to_its_owner()
    {
        PublishUndecided("a");
        Owe("a");
        Pass(20);
        _keeper.Tell(RedisKeeper.Lost.Instance);
        Pass(1);
        _store.Writes.Should().BeEmpty();

        // Saved by its owner, and only where that failed by the keeper.
        var decided = Publish("a", States.Granting("feature"));
        Pass(1);
        _store.Writes.Should().BeEmpty();
        Owe("a");
        Pass(1);
        _store.Writes.Should().ContainSingle().Which.State.Should().BeSameAs(decided);
    }

    [Fact]
    public void What_was_passed_over_is_written_as_in_a_round_after_it_and_one_that_is_unknown_is_not()
    {
        Publish("a", States.Granting("feature"));
        Publish("b", States.Granting("feature"));
        Publish("c", States.Unknown);
        _keeper.Tell(new RedisKeeper.PassedOver(new EntryKey("b")));
        _keeper.Tell(new RedisKeeper.PassedOver(new EntryKey("c")));
        Pass(2);

        var write = _store.Writes.Should().ContainSingle().Subject;
        (write.What, write.Key.CustomerId, write.IsOwed).Should().Be(("restore", "b", false));
    }

    [Fact]
    public void The_cache_knows_while_all_of_it_is_being_written_again()
    {
        Publish("a", States.Granting("feature"));
        Services.Cache.StoreRounds.Should().Be(0);

        _store.IsUp = false;
        _keeper.Tell(RedisKeeper.Lost.Instance);
        Pass(1);
        Services.Cache.StoreRounds.Should().Be(1);
        _keeper.Tell(RedisKeeper.Lost.Instance);
        Pass(1);
        Services.Cache.StoreRounds.Should().Be(3, "the second one began while the first went on");

        _store.IsUp = true;
        Pass(2);
        Services.Cache.StoreRounds.Should().Be(4);
    }

    [Fact]
    public void What_is_undecided_goes_after_all_others_as_what_is_owed_does()
    {
        PublishUndecided("a");
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeTrue();
        Owe("a");
        Pass(1);
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeTrue();

        Publish("a", States.Granting("feature"));
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeFalse();
    }

    [Fact]
    public void A_set_that_becomes_undecided_while_an_unknown_customer_is_taken_out_is_left_to_its_owner_as_well()
    {
        Publish("a", States.Unknown);
        _store.Holds = true;
        Owe("a");
        Tick();
        PublishUndecided("a");

        _store.Holds = false;
        _store.EndAll(null);
        Settle(_keeper);
        Pass(5);

        _store.Writes.Should().ContainSingle().Which.What.Should().Be("delete");
    }

    [Fact]
    public void A_redis_without_what_is_undecided_is_not_taken_for_empty()
    {
        PublishUndecided("a");
        _store.Stored = 0;

        Pass(20);

        _store.Writes.Should().BeEmpty();
    }

    [Fact]
    public void What_memory_does_not_know_any_more_is_passed_over()
    {
        Owe("gone");
        Pass(1);

        _store.Writes.Should().BeEmpty();
    }

    [Fact]
    public void At_most_so_many_are_written_at_once_and_in_a_tick()
    {
        _store.Holds = true;
        for (var i = 0; i < 300; i++)
        {
            Publish($"c{i}", States.Granting("feature"));
            Owe($"c{i}");
        }

        Tick();
        _store.Writes.Should().HaveCount(RedisKeeper.MaxAtOnce);
        Tick();
        _store.Writes.Should().HaveCount(RedisKeeper.MaxAtOnce, "none of them has ended");

        _store.Holds = false;
        _store.EndAll(null);
        // Each end of a write comes to the keeper by itself.
        AwaitCondition(() => _store.Writes.Count == RedisKeeper.MaxAtOnce + RedisKeeper.MaxPerTick);
        Settle(_keeper);
        _store.MostAtOnce.Should().Be(RedisKeeper.MaxAtOnce);
        var before = _store.Writes.Count;
        before.Should().Be(RedisKeeper.MaxAtOnce + RedisKeeper.MaxPerTick, "the rest is for another tick");
        Tick();
        (_store.Writes.Count - before).Should().BeLessThanOrEqualTo(RedisKeeper.MaxPerTick);
        Pass(1);
        AwaitCondition(() => _store.Writes.Count == 300);
        AwaitCondition(() => Logged.Of(511).Any());
        Logged.Of(511).Should().NotBeEmpty();
    }

    [Fact]
    public void A_failure_pauses_a_second_and_is_owed_again()
    {
        Publish("a", States.Granting("feature"));
        _store.Failure = new RedisFailureException(RedisFailureKind.OutOfMemory, "full");
        Owe("a");
        Tick();
        _store.Writes.Should().HaveCount(1);

        _store.Failure = null;
        Pass(0.8);
        _store.Writes.Should().HaveCount(1);
        Pass(0.4);
        _store.Writes.Should().HaveCount(2);
        Pass(5);
        _store.Writes.Should().HaveCount(2);
    }

    [Fact]
    public void What_can_never_be_written_is_tried_once()
    {
        Publish("a", States.Granting("feature"));
        _store.Failure = new FormatException("no JSON");
        Owe("a");
        Pass(5);

        _store.Writes.Should().HaveCount(1);
    }

    [Fact]
    public void Nothing_is_written_while_there_is_no_connection()
    {
        Publish("a", States.Granting("feature"));
        _store.IsUp = false;
        Owe("a");
        Pass(20);
        _store.Writes.Should().BeEmpty();
        _store.Looks.Should().Be(0);

        _store.IsUp = true;
        Tick();
        _store.Writes.Should().HaveCount(1);
    }

    [Fact]
    public void What_is_owed_is_marked_so_that_others_are_evicted_first_until_it_is_written()
    {
        Publish("a", States.Granting("feature"));
        _store.Failure = new RedisFailureException(RedisFailureKind.Timeout, "slow");
        Owe("a", "gone");
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeTrue();
        Services.Cache.IsOwed(new EntryKey("b")).Should().BeFalse();
        Pass(1);
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeTrue("it could not be written");
        Services.Cache.IsOwed(new EntryKey("gone")).Should().BeFalse();

        _store.Failure = null;
        Pass(2);
        Services.Cache.IsOwed(new EntryKey("a")).Should().BeFalse();
    }

    [Fact]
    public void At_the_end_of_the_process_all_that_is_owed_is_written_without_a_pause_and_beyond_the_rate()
    {
        const int count = 3 * RedisKeeper.MaxPerTick;
        _store.Failure = new RedisFailureException(RedisFailureKind.Timeout, "slow");
        for (var i = 0; i < count; i++)
            Publish($"c{i}", States.Granting("feature"));
        Owe([.. Enumerable.Range(0, count).Select(i => $"c{i}")]);
        Tick();
        _store.Failure = null;
        var before = _store.Writes.Count;

        Finish().Should().Be(0);

        (_store.Writes.Count - before).Should().Be(count);
    }

    [Fact]
    public void The_end_of_the_process_does_not_wait_for_a_redis_that_takes_nothing_and_the_log_tells_what_is_left()
    {
        Publish("a", States.Granting("feature"));
        _store.Failure = new RedisFailureException(RedisFailureKind.OutOfMemory, "full");
        Owe("a");
        Finish().Should().Be(1);

        _store.IsUp = false;
        Finish().Should().Be(1);
        Watch(_keeper);
        Sys.Stop(_keeper);
        ExpectTerminated(_keeper);
        Logged.Of(513).Should().ContainSingle().Which.Text.Should().Contain("1 entries");
    }

    [Fact]
    public void The_end_of_the_process_waits_for_what_is_being_written()
    {
        Publish("a", States.Granting("feature"));
        _store.Holds = true;
        Owe("a");
        Tick();
        var end = CreateTestProbe();
        _keeper.Tell(RedisKeeper.Finish.Instance, end.Ref);
        Settle(_keeper);
        end.HasMessages.Should().BeFalse();

        _store.EndAll(null);
        end.ExpectMsg<RedisKeeper.Finished>().Left.Should().Be(0);
    }

    [Fact]
    public void Too_many_to_remember_begin_a_round_over_everything()
    {
        Publish("known", States.Granting("feature"));
        Publish("unknown", States.Unknown);
        PublishUndecided("undecided");
        _store.IsUp = false;
        for (var i = 0; i <= RedisKeeper.MaxOwed; i++)
            _keeper.Tell(new RedisKeeper.Owed(new EntryKey($"gone-{i}")));
        Settle(_keeper);
        _store.IsUp = true;
        Pass(1);

        _store.Writes.Select(w => (w.What, w.Key.CustomerId, w.IsOwed)).Should().BeEquivalentTo([("restore", "known", true), ("delete", "unknown", false)]);
    }

    [Fact]
    public void An_empty_redis_is_noticed_and_everything_written_at_the_bounded_rate()
    {
        for (var i = 0; i < 250; i++)
            Publish($"c{i}", States.Granting("feature"));
        _store.Stored = 0;
        Tick();
        _store.Looks.Should().Be(1);
        _store.Writes.Should().BeEmpty("what was read just now may be on its way there");

        Advance(LookAgain, _keeper);
        Tick();
        _store.Looks.Should().Be(2);
        _store.Writes.Count.Should().BeInRange(1, 2 * RedisKeeper.MaxPerTick);
        Pass(1);

        _store.Writes.Select(w => w.Key.CustomerId).Distinct().Should().HaveCount(250);
        _store.Writes.Should().OnlyContain(w => !w.IsOwed, "what others write meanwhile stays");
        Logged.Of(510).Should().ContainSingle();
    }

    [Fact]
    public void No_second_round_begins_within_a_minute_of_the_first()
    {
        Publish("a", States.Granting("feature"));
        _store.Stored = 0;
        Pass(55);
        _store.Writes.Should().HaveCount(1);

        Pass(15);
        _store.Writes.Should().HaveCount(2);
    }

    [Fact]
    public void What_is_lost_again_and_again_is_written_each_time_and_told_once_a_minute()
    {
        Publish("a", States.Granting("feature"));
        for (var second = 0; second < 60; second += 2)
        {
            _keeper.Tell(RedisKeeper.Lost.Instance);
            Pass(2);
        }

        _store.Writes.Should().HaveCount(30);
        Logged.Of(512).Should().ContainSingle();

        _keeper.Tell(RedisKeeper.Lost.Instance);
        Pass(2);
        Logged.Of(512).Should().HaveCount(2);
    }

    [Fact]
    public void One_look_that_finds_nothing_begins_no_round()
    {
        Publish("a", States.Granting("feature"));
        _store.Stored = 0;
        Tick();
        _store.Looks.Should().Be(1);

        _store.Stored = 8;
        Pass(20);

        _store.Looks.Should().BeGreaterThan(3);
        _store.Writes.Should().BeEmpty();
    }

    [Fact]
    public void A_look_that_fails_says_nothing()
    {
        Publish("a", States.Granting("feature"));
        _store.Stored = 0;
        _store.Failure = new RedisFailureException(RedisFailureKind.Timeout, "slow");
        Pass(20);

        _store.Writes.Should().BeEmpty();
    }

    [Fact]
    public void A_new_connection_is_looked_through_at_once()
    {
        Publish("a", States.Granting("feature"));
        Tick();
        _store.Looks.Should().Be(1);
        Pass(1);
        _store.Looks.Should().Be(1);

        _keeper.Tell(RedisKeeper.LookNow.Instance);
        Tick();

        _store.Looks.Should().Be(2);
        Advance(Look, _keeper);
        _store.Looks.Should().Be(3);
    }

    [Fact]
    public void What_memory_holds_is_written_again_before_it_comes_to_the_end_of_its_life()
    {
        Publish("a", States.Granting("feature"));
        Publish("unknown", States.Unknown);
        _store.RenewalInterval = TimeSpan.FromSeconds(90);
        Pass(89);
        _store.Writes.Should().BeEmpty();

        Pass(2);
        _store.Writes.Should().ContainSingle().Which.Should().Match<(string What, EntryKey Key, EntitlementState? State, bool IsOwed)>(
            w => w.Key.CustomerId == "a" && !w.IsOwed, "what others have written meanwhile stays");
        Pass(91);
        _store.Writes.Should().HaveCount(2);
    }

    [Fact]
    public void Where_nothing_comes_to_an_end_nothing_is_written_again()
    {
        Publish("a", States.Granting("feature"));
        Pass(200);

        _store.Writes.Should().BeEmpty();
    }

    [Fact]
    public void A_short_life_is_no_cause_for_more_than_a_round_a_minute()
    {
        Publish("a", States.Granting("feature"));
        _store.RenewalInterval = TimeSpan.FromSeconds(1);
        Pass(130);

        _store.Writes.Should().HaveCount(2);
    }

    [Fact]
    public void An_empty_set_that_was_replaced_while_it_was_written_is_written_over()
    {
        Publish("a", EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, []));
        _store.Holds = true;
        Owe("a");
        Tick();
        var next = Publish("a", States.Granting("feature"));

        _store.Holds = false;
        _store.EndAll(null);
        Settle(_keeper);
        Pass(5);

        _store.Writes.Should().HaveCount(2);
        _store.Writes[1].State.Should().BeSameAs(next);
    }

    private EntitlementState Publish(string customerId, EntitlementState state)
    {
        Publish(customerId, States.ViewOf(state));
        return state;
    }

    private void PublishUndecided(string customerId) => Publish(customerId, States.ViewOf(States.Granting("feature")) with { IsUndecided = true });

    private void Publish(string customerId, EntitlementView view) => Services.Cache.Publish(new EntryKey(customerId), view, 0);

    private void Owe(params string[] customerIds)
    {
        foreach (var id in customerIds)
            _keeper.Tell(new RedisKeeper.Owed(new EntryKey(id)));
        Settle(_keeper);
    }

    private int Finish()
    {
        var end = CreateTestProbe();
        _keeper.Tell(RedisKeeper.Finish.Instance, end.Ref);
        return end.ExpectMsg<RedisKeeper.Finished>().Left;
    }

    private void Tick() => Advance(RedisKeeper.Tick, _keeper);

    private void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(100))
            Tick();
    }

    private sealed class ScriptedStore : IRedisStore
    {
        private readonly Lock _lock = new();
        private readonly List<TaskCompletionSource> _held = [];
        private readonly List<(string What, EntryKey Key, EntitlementState? State, bool IsOwed)> _writes = [];
        private int _looks;

        public volatile bool Holds;

        public bool IsUp { get; set; } = true;

        public TimeSpan? RenewalInterval { get; set; }

        public Exception? Failure { get; set; }

        public int Stored { get; set; } = 8;

        public int Looks => Volatile.Read(ref _looks);

        public int MostAtOnce { get; private set; }

        public List<(string What, EntryKey Key, EntitlementState? State, bool IsOwed)> Writes
        {
            get
            {
                lock (_lock)
                    return [.. _writes];
            }
        }

        public void EndAll(Exception? failure)
        {
            List<TaskCompletionSource> held;
            lock (_lock)
            {
                held = [.. _held];
                _held.Clear();
            }

            foreach (var one in held)
            {
                if (failure is null)
                    one.SetResult();
                else
                    one.SetException(failure);
            }
        }

        public bool Keeps(EntryKey key) => true;

        public Task<int> CountAsync(IReadOnlyList<EntryKey> keys, TimeSpan limit)
        {
            Interlocked.Increment(ref _looks);
            return Failure is null ? Task.FromResult(Math.Min(Stored, keys.Count)) : Task.FromException<int>(Failure);
        }

        public Task RestoreAsync(EntryKey key, EntitlementState state, bool isOwed, TimeSpan limit) => Written("restore", key, state, isOwed);

        public Task DeleteAsync(EntryKey key, TimeSpan limit) => Written("delete", key, null, isOwed: false);

        private Task Written(string what, EntryKey key, EntitlementState? state, bool isOwed)
        {
            lock (_lock)
            {
                _writes.Add((what, key, state, isOwed));
                if (!Holds)
                    return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
                var held = new TaskCompletionSource();
                _held.Add(held);
                MostAtOnce = Math.Max(MostAtOnce, _held.Count);
                return held.Task;
            }
        }
    }
}
