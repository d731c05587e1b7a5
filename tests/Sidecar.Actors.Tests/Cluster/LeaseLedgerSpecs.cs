using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

public class LeaseLedgerSpecs
{
    private static readonly EntryKey Key = new("customer");
    private static readonly EntryKey Other = new("other", "resource");
    private static readonly OwnerId One = new("one", 1);
    private static readonly OwnerId Two = new("two", 2);
    private readonly LeaseMetrics _metrics = new();
    private int _day = 1;
    private readonly LeaseLedger _ledger;

    public LeaseLedgerSpecs() => _ledger = new LeaseLedger(maxLeases: 3, _metrics);

    [Fact]
    public void Every_holder_of_an_entry_is_told_and_nobody_else()
    {
        Grant(Key, One);
        Grant(Key, Two);
        Grant(Other, One);

        Push(Key, At(1)).Select(p => p.Holder).Should().Equal(One, Two);
        Push(new EntryKey("nobody's"), At(1)).Should().BeEmpty();
    }

    [Fact]
    public void A_lease_is_remembered_a_little_longer_than_it_was_granted_for_and_renewed_by_the_next_grant()
    {
        Grant(Key, One);
        Grant(Key, One, 20).Should().BeTrue();
        _ledger.Count.Should().Be(1);

        _ledger.Tick(At(50.9)).Should().BeEmpty();
        _ledger.IsLeased(Key).Should().BeTrue();
        _ledger.Tick(At(51)).Should().BeEmpty("it is over anyway");
        _ledger.IsLeased(Key).Should().BeFalse();
        (_ledger.Count, _ledger.Bytes).Should().Be((0, 0L));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lease_that_is_over_keeps_no_view_that_the_cache_let_go(bool isAcknowledged)
    {
        var view = GrantUnheld();
        var ended = _ledger.End(Key, At(1));
        if (isAcknowledged)
            Acknowledge(ended);

        GC.Collect();

        view.IsAlive.Should().BeFalse();
    }

    [Fact]
    public void Not_more_than_so_many_leases_are_ended_at_once_for_want_of_an_answer()
    {
        var ledger = new LeaseLedger(LeaseLedger.MaxEndsATick + 1, _metrics);
        for (var i = 0; i <= LeaseLedger.MaxEndsATick; i++)
        {
            ledger.Grant(new EntryKey($"{i}"), One, At(0), Lease.Usual, ViewOf(1));
            ledger.Push(new EntryKey($"{i}"), At(0), ViewOf(2)).Should().ContainSingle();
        }

        ledger.Tick(At(2)).Should().HaveCount(LeaseLedger.MaxEndsATick);
        ledger.Tick(At(2)).Should().ContainSingle();
        ledger.Tick(At(2)).Should().BeEmpty();
    }

    [Fact]
    public void A_shorter_lease_does_not_shorten_a_longer_one()
    {
        Grant(Key, One);
        Grant(Key, One, 1, Lease.Brief);

        _ledger.Tick(At(30));

        _ledger.IsLeased(Key).Should().BeTrue();
    }

    [Fact]
    public void A_push_that_is_acknowledged_leaves_the_lease()
    {
        Grant(Key, One);
        _ledger.Acknowledge(Push(Key, At(1))[0].Number, isHeld: true);

        _ledger.Tick(At(10)).Should().BeEmpty();
        _ledger.IsLeased(Key).Should().BeTrue();
    }

    [Fact]
    public void A_push_that_is_not_acknowledged_within_two_seconds_ends_the_lease()
    {
        Grant(Key, One);
        Grant(Key, Two);
        var pushes = Push(Key, At(1));
        _ledger.Acknowledge(pushes[1].Number, isHeld: true);

        _ledger.Tick(At(2.9)).Should().BeEmpty();
        Of(_ledger.Tick(At(3))).Should().Equal((Key, One));
        Push(Key, At(4)).Select(p => p.Holder).Should().Equal(Two);
    }

    [Fact]
    public void The_last_push_has_to_be_acknowledged_within_the_time_of_the_first()
    {
        Grant(Key, One);
        var first = Push(Key, At(1))[0].Number;
        var last = Push(Key, At(2))[0].Number;
        _ledger.Acknowledge(first, isHeld: true);

        Of(_ledger.Tick(At(3))).Should().Equal((Key, One));

        _ledger.Acknowledge(last, isHeld: true);
        Push(Key, At(4)).Should().BeEmpty("too late");
    }

    [Fact]
    public void A_holder_that_no_longer_has_it_gives_the_lease_back()
    {
        Grant(Key, One);
        _ledger.Acknowledge(Push(Key, At(1))[0].Number, isHeld: false);

        _ledger.IsLeased(Key).Should().BeFalse();
    }

    [Fact]
    public void Leases_of_an_entry_or_of_many_end_at_once()
    {
        Grant(Key, One);
        Grant(Key, Two);
        Grant(Other, One);

        var ended = _ledger.End(Key, At(1));
        Of(ended).Should().Equal((Key, One), (Key, Two));
        _ledger.End(Key, At(1)).Should().BeEmpty("they are told already");
        Acknowledge(ended);
        _ledger.Entries.Should().Equal(Other);
        Acknowledge([_ledger.End(Other, One, At(1))]);
        (_ledger.Count, _ledger.Bytes).Should().Be((0, 0L));
    }

    [Fact]
    public void An_end_that_is_not_acknowledged_is_told_again_every_two_seconds_until_the_lease_is_over()
    {
        Grant(Key, One);
        var first = _ledger.End(Key, At(1))[0];

        _ledger.Tick(At(2.9)).Should().BeEmpty();
        var second = _ledger.Tick(At(3)).Should().ContainSingle().Subject;
        (second.Key, second.Holder, second.Number > first.Number).Should().Be((Key, One, true));
        _ledger.Tick(At(5)).Should().ContainSingle();
        _ledger.Tick(At(31)).Should().BeEmpty("it is over anyway");
        _ledger.Count.Should().Be(0);
    }

    [Fact]
    public void What_was_not_acknowledged_before_a_new_grant_still_ends_that_one()
    {
        Grant(Key, One);
        _ledger.End(Key, At(1));
        Grant(Key, One, 2);

        Of(_ledger.Tick(At(3))).Should().Equal([(Key, One)], "the holder may have got neither");
    }

    [Fact]
    public void The_end_of_what_was_held_before_does_not_end_what_was_granted_since()
    {
        Grant(Key, One);
        var ended = _ledger.End(Key, At(1));
        Grant(Key, One, 1.1);

        Acknowledge(ended);

        _ledger.Tick(At(10)).Should().BeEmpty();
        Push(Key, At(10)).Should().ContainSingle();
    }

    [Fact]
    public void Who_was_told_or_granted_the_same_before_is_not_told_again()
    {
        Grant(Key, One);
        _ledger.Push(Key, At(1), ViewOf(_day)).Should().BeEmpty();
        _ledger.Push(Key, At(1), ViewOf(2)).Should().ContainSingle();
        Grant(Key, Two, 1);
        _ledger.Push(Key, At(2), ViewOf(2)).Select(p => p.Holder).Should().Equal(Two);
        _ledger.Push(Key, At(3), ViewOf(2) with { IsUnconfirmed = true }).Should().HaveCount(2, "it is trusted less");
    }

    [Fact]
    public void An_unknown_customer_is_told_of_each_time_since_its_view_is_trusted_by_its_age()
    {
        var view = Support.States.ViewOf(Support.States.Unknown, TimeSpan.Zero);
        _ledger.Grant(Key, One, At(0), Lease.Usual, view);

        _ledger.Push(Key, At(1), view with { ReadStartedAt = At(1) }).Should().ContainSingle();
    }

    [Fact]
    public void A_lease_takes_no_more_memory_than_it_is_charged_with()
    {
        const int count = 200_000;
        var keys = Enumerable.Range(0, count).Select(i => new EntryKey(i.ToString("000000", System.Globalization.CultureInfo.InvariantCulture))).ToArray();
        var view = ViewOf(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var ledger = new LeaseLedger(count, new LeaseMetrics());
        foreach (var key in keys)
            ledger.Grant(key, One, At(0), Lease.Usual, view);
        var taken = (GC.GetTotalMemory(forceFullCollection: true) - before) / count;

        // The id is charged, too, although the view has it as well.
        var charged = (ledger.Bytes / count) - HeapSize.Of(keys[0].CustomerId);
        taken.Should().BeInRange(charged / 2, charged);
        GC.KeepAlive(keys);
    }

    [Fact]
    public void A_node_that_is_gone_is_forgotten_with_all_it_held()
    {
        Grant(Key, One);
        Grant(Key, Two);
        Grant(Other, One);
        Push(Key, At(1));

        _ledger.Forget(One);

        Of(_ledger.Tick(At(3))).Should().Equal((Key, Two));
        _ledger.Count.Should().Be(1, "its end is not acknowledged");
    }

    [Fact]
    public void One_lease_too_many_is_refused_and_a_renewal_is_not()
    {
        Grant(Key, One);
        Grant(Key, Two);
        Grant(Other, One);
        var bytes = _ledger.Bytes;

        Grant(Other, Two, 0).Should().BeFalse();
        Grant(new EntryKey("one more"), Two, 0).Should().BeFalse();
        Grant(Other, One, 1).Should().BeTrue();
        (_ledger.Count, _ledger.Bytes).Should().Be((3, bytes));
        bytes.Should().BePositive();
    }

    [Fact]
    public void Each_lease_and_each_end_is_counted_by_its_cause_and_each_push()
    {
        Grant(Key, One);
        Grant(Key, One);
        _ledger.Acknowledge(Push(Key, At(1))[0].Number, isHeld: false);
        Grant(Key, One);
        Push(Key, At(1));
        Acknowledge(_ledger.Tick(At(3)));
        Grant(Key, Two);
        Acknowledge(_ledger.End(Key, At(3)));
        Grant(Key, Two);
        _ledger.Forget(Two);
        Grant(Other, One);
        _ledger.Tick(At(31));

        (_metrics.Granted.Value, _metrics.Renewed.Value, _metrics.Pushes.Value).Should().Be((5, 1, 2));
        _metrics.Ended.Select(e => (e.Cause, e.Count.Value)).Should().OnlyContain(e => e.Value == 1);
    }

    /// <summary>
    /// The owner replaces its state, grants, and time passes; the network loses what it wants to, in both directions, and delays what it wants to.
    /// </summary>
    [Property(MaxTest = 1_000)]
    public void No_holder_trusts_what_was_replaced_longer_than_its_owner_knows_whatever_is_lost(byte[] steps)
    {
        var world = new World();
        foreach (var step in steps)
            world.Do(step);
        world.Settle();
    }

    private void Grant(EntryKey key, OwnerId holder) => Grant(key, holder, 0).Should().BeTrue();

    private bool Grant(EntryKey key, OwnerId holder, double at, TimeSpan? length = null) =>
        _ledger.Grant(key, holder, At(at), length ?? Lease.Usual, ViewOf(_day));

    // Something new each time.
    // In a method of its own, so that nothing here keeps the view.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference GrantUnheld()
    {
        var view = ViewOf(++_day);
        _ledger.Grant(Key, One, At(0), Lease.Usual, view).Should().BeTrue();
        return new WeakReference(view);
    }

    private IReadOnlyList<OwedPush> Push(EntryKey key, TimeSpan at) => _ledger.Push(key, at, ViewOf(++_day));

    private static EntitlementView ViewOf(int day) => Support.States.ViewOf(Support.States.Metered(day), TimeSpan.Zero);

    private void Acknowledge(IReadOnlyList<EndedLease> ended)
    {
        foreach (var end in ended)
            _ledger.Acknowledge(end.Number, isHeld: false);
    }

    private static IEnumerable<(EntryKey Key, OwnerId Holder)> Of(IReadOnlyList<EndedLease> ended) => ended.Select(end => (end.Key, end.Holder));

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    // An owner and one holder.
    private sealed class World
    {
        private static readonly FreshnessRules Rules = new();
        private readonly LeaseLedger _ledger = new(maxLeases: 10, new LeaseMetrics());
        private readonly LeaseOwner _owner = new();
        private readonly List<(bool IsPush, long Push, long Version, EntitlementState State)> _toHolder = [];
        private readonly List<(long Push, bool IsHeld)> _toOwner = [];
        private TimeSpan _now = TimeSpan.FromSeconds(100);
        private long _version;
        private long _number;
        private EntitlementState _state = Support.States.Metered(day: 1);
        private EntitlementView? _held;

        public void Do(byte step)
        {
            var pick = step >> 4;
            switch (step & 0xF)
            {
                case 0 or 1:
                    _held = LeaseRules.Granted(_held, Now(), new LeaseTerms(++_number, 0, _now, Lease.Usual, IsOvertaken: false), At()) ?? _held;
                    _ledger.Grant(Key, One, _now, Lease.Usual, View());
                    break;
                case 2 or 3:
                    _state = Support.States.Metered(day: (int)++_version + 1);
                    foreach (var push in _ledger.Push(Key, _now, View()))
                        _toHolder.Add((true, push.Number, _version, _state));
                    break;
                case 4 or 5 or 6 when _toHolder.Count > 0:
                    Deliver(pick % _toHolder.Count);
                    break;
                case 7 when _toHolder.Count > 0:
                    _toHolder.RemoveAt(pick % _toHolder.Count);
                    break;
                case 8 or 9 when _toOwner.Count > 0:
                    var acknowledged = _toOwner[pick % _toOwner.Count];
                    _toOwner.RemoveAt(pick % _toOwner.Count);
                    _ledger.Acknowledge(acknowledged.Push, acknowledged.IsHeld);
                    break;
                case 10 when _toOwner.Count > 0:
                    _toOwner.RemoveAt(pick % _toOwner.Count);
                    break;
                case 11:
                    // Evicted.
                    _held = null;
                    break;
                case 12:
                    Pass(TimeSpan.FromSeconds(pick));
                    break;
                case 13:
                    Pass(TimeSpan.FromSeconds(1));
                    break;
                default:
                    Pass(TimeSpan.FromMilliseconds(100 * pick));
                    break;
            }

            Check();
        }

        // Whatever was lost, two seconds later nothing is left that the owner neither knows of nor has told to end.
        public void Settle()
        {
            Pass(LeaseLedger.PushPatience);
            while (_toHolder.Count > 0)
                Deliver(0);
            Check();
            if (IsTrusted)
                _held!.State.UpdatedAt.Should().Be(_state.UpdatedAt);
            Pass(Lease.Usual + LeaseLedger.Margin);
            IsTrusted.Should().BeFalse();
            (_ledger.Count, _ledger.Bytes).Should().Be((0, 0L));
        }

        private bool IsTrusted => _held is not null && Rules.Judge(_held, At(), StreamState.Off, 0) < Freshness.Suspect;

        private void Check()
        {
            if (!IsTrusted || _held!.Lease!.Version == _version)
                return;
            // It trusts what was replaced: the owner knows, and waits for its word.
            _ledger.IsLeased(Key).Should().BeTrue();
            _now.Should().BeLessThan(_held.Lease.Until);
        }

        private void Deliver(int index)
        {
            var (isPush, push, version, state) = _toHolder[index];
            _toHolder.RemoveAt(index);
            if (!isPush)
            {
                _held = LeaseRules.Revoked(_held, _owner) ?? _held;
                _toOwner.Add((push, false));
                return;
            }

            var before = _held?.Lease?.Version;
            var taken = LeaseRules.Told(_held, new LeasedState(_owner, state, _now, version, IsUnconfirmed: false), ++_number);
            _held = taken ?? _held;
            (_held?.Lease?.Version ?? 0).Should().BeGreaterThanOrEqualTo(before ?? 0);
            _toOwner.Add((push, taken is not null));
        }

        private void Pass(TimeSpan time)
        {
            _now += time;
            foreach (var end in _ledger.Tick(_now))
                _toHolder.Add((false, end.Number, 0, _state));
        }

        private EntitlementView View() => Support.States.ViewOf(_state, _now);

        private LeasedState Now() => new(_owner, _state, _now, _version, IsUnconfirmed: false);

        private Moment At() => new(DateTimeOffset.UnixEpoch + _now, _now);
    }
}
