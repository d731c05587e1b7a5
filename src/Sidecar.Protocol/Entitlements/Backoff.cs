namespace Sidecar.Protocol.Entitlements;

/// <summary>A delay that doubles up to a cap, spread by a jitter that comes in as a value.</summary>
/// <param name="First">The delay after the first failure, before jitter.</param>
/// <param name="Cap">The longest delay, jitter included.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Cap)
{
    /// <summary>Between restarts of an actor, and between tries of a start-up task.</summary>
    public static readonly Backoff Restart = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));

    /// <summary>Between reads of an entry whose <c>validUntil</c> has passed and which the cloud goes on sending.</summary>
    public static readonly Backoff ExpiredRead = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    /// <summary>
    /// Between tries of one read from Edge (the upstream contract: at most 2 s each). Short enough that three tries of a cloud that hangs
    /// end within the time of a read.
    /// </summary>
    public static readonly Backoff EdgeRetry = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(2));

    /// <summary>Between tries of one query to the API (the upstream contract: 0.5 to 2 s).</summary>
    public static readonly Backoff ApiRetry = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2)) { Floor = TimeSpan.FromSeconds(0.5) };

    /// <summary>The shortest delay, jitter included.</summary>
    public TimeSpan Floor { get; init; }

    /// <summary>The delay before a try: the doubled delay ± half of it, never above the cap and never bunched up at it.</summary>
    /// <param name="failures">How many tries failed in a row, from 1.</param>
    /// <param name="jitter">0 up to 1, spread evenly.</param>
    public TimeSpan Delay(int failures, double jitter)
    {
        var doubled = First.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 62));
        var middle = Math.Min(doubled, Cap.Ticks / 1.5);
        var delay = TimeSpan.FromTicks((long)(middle * (0.5 + Math.Clamp(jitter, 0, 1))));
        return delay > Floor ? delay : Floor;
    }
}
