using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors;

/// <summary>Reads both clocks of a time provider; ages count from this object's making.</summary>
/// <param name="time">The source of time.</param>
public sealed class ProcessClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The source of time, for delays.</summary>
    public TimeProvider Time => time;

    /// <summary>The present.</summary>
    public Moment Now => new(time.GetUtcNow(), Uptime);

    /// <summary>The monotonic part of the present.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_start);
}
