namespace Sidecar.Model.Tests;

/// <summary>
/// The one clock of a run. It stands still until it is told to go on, and lets one timer run out at a time, so that what an instant
/// brings is done before the next one.
/// </summary>
internal sealed class VirtualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Timer> _timers = new(Comparer<Timer>.Create(
        static (one, other) => one.DueAt == other.DueAt ? one.Order.CompareTo(other.Order) : one.DueAt.CompareTo(other.DueAt)));
    private long _order;
    private long _now;

    /// <summary>When a run begins, by the wall clock: at the full hour.</summary>
    public static readonly DateTimeOffset Start = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The time since then.</summary>
    public TimeSpan Uptime => TimeSpan.FromTicks(Volatile.Read(ref _now));

    /// <summary>The wall clock.</summary>
    public DateTimeOffset Utc => Start + Uptime;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Goes on to the next timer that is due by an instant, and lets it run out; false where there is none: then it is that instant.
    /// </summary>
    public bool GoOn(TimeSpan until)
    {
        Timer? due;
        lock (_lock)
        {
            due = _timers.Min;
            if (due is null || due.DueAt > until.Ticks)
            {
                Volatile.Write(ref _now, until.Ticks);
                return false;
            }

            _timers.Remove(due);
            Volatile.Write(ref _now, Math.Max(_now, due.DueAt));
            due.Again(_now, _order++);
            if (due.IsOn)
                _timers.Add(due);
        }

        due.RunOut();
        return true;
    }

    private void Set(Timer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Begin(_now, dueTime, period, _order++);
            if (timer.IsOn)
                _timers.Add(timer);
        }
    }

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long DueAt { get; private set; }

        public long Order { get; private set; }

        public bool IsOn { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Set(this, dueTime, period);
            return true;
        }

        public void Begin(long now, TimeSpan dueTime, TimeSpan period, long order)
        {
            IsOn = dueTime != Timeout.InfiniteTimeSpan;
            (DueAt, Order, _period) = (now + Math.Max(0, dueTime.Ticks), order, period);
        }

        public void Again(long now, long order)
        {
            IsOn = _period > TimeSpan.Zero;
            (DueAt, Order) = (now + _period.Ticks, order);
        }

        public void RunOut() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
