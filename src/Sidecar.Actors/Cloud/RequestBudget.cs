namespace Sidecar.Actors.Cloud;

/// <summary>
/// Bounds the rate of requests to the cloud (<c>UPSTREAM_MAX_RPS</c>): so many a second on the average, and at most a tenth of a second's
/// share at once. Safe for any thread.
/// </summary>
public sealed class RequestBudget
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _allowance;

    // When all that was taken will have been earned.
    private TimeSpan _earnedAt;

    /// <summary>Makes a budget.</summary>
    /// <param name="perSecond">Requests a second, from 1.</param>
    /// <param name="time">The source of time.</param>
    public RequestBudget(int perSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        _time = time;
        _start = time.GetTimestamp();
        _interval = TimeSpan.FromSeconds(1) / perSecond;
        _allowance = _interval * (AtOnce(perSecond) - 1);
    }

    /// <summary>How many requests a rate allows at one instant after a pause.</summary>
    public static int AtOnce(int perSecond) => Math.Max(1, perSecond / 10);

    /// <summary>Takes one request's share, if it is there.</summary>
    /// <param name="wait">Otherwise, how long until it is.</param>
    public bool TryTake(out TimeSpan wait)
    {
        var now = _time.GetElapsedTime(_start);
        lock (_lock)
        {
            wait = _earnedAt - now - _allowance;
            if (wait > TimeSpan.Zero)
                return false;
            Take(now);
            wait = TimeSpan.Zero;
            return true;
        }
    }

    /// <summary>Takes one request's share whether it is there or not: later ones wait for longer.</summary>
    public void TakeAnyway()
    {
        var now = _time.GetElapsedTime(_start);
        lock (_lock)
            Take(now);
    }

    private void Take(TimeSpan now) => _earnedAt = (_earnedAt > now ? _earnedAt : now) + _interval;
}
