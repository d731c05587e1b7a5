namespace Sidecar.Actors.Tests.Support;

/// <summary>
/// The real clock, slowed down: what is to happen within a time has more of it, so that a machine which stands still now and then, and is not
/// what a spec is about, changes nothing.
/// </summary>
/// <param name="factor">How many times as long everything takes.</param>
internal class SlowTime(int factor) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = System.GetUtcNow();
    private readonly long _start = System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => (System.GetTimestamp() - _start) / factor;

    public override DateTimeOffset GetUtcNow() => _startedAt + (System.GetElapsedTime(_start) / factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new SlowTimer(System.CreateTimer(callback, state, Slowed(dueTime), Slowed(period)), factor);

    private TimeSpan Slowed(TimeSpan time) => Slowed(time, factor);

    private static TimeSpan Slowed(TimeSpan time, int factor) => time == Timeout.InfiniteTimeSpan ? time : time * factor;

    private sealed class SlowTimer(ITimer timer, int factor) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Slowed(dueTime, factor), Slowed(period, factor));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
