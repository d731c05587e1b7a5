using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// Cuts this process off from the cloud on purpose, for a planned drill: reads are refused as suspended, reports fail before anything is sent,
/// and the stream is closed. It ends by itself, on the monotonic clock. Safe for any thread.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="log">The log.</param>
public sealed partial class Isolation(ProcessClock clock, ILoggerFactory log) : IDisposable
{
    /// <summary>The longest that one lasts.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(240);

    private const long Off = 0;
    private readonly ILogger _log = log.CreateLogger<Isolation>();
    private readonly Lock _lock = new();
    private ITimer? _timer;

    // In ticks of the monotonic clock.
    private long _until;

    /// <summary>Raised after it began or ended.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether this process is cut off.</summary>
    public bool IsOn => Volatile.Read(ref _until) != Off;

    /// <summary>How long that lasts still; zero where it does not.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = TimeSpan.FromTicks(Volatile.Read(ref _until)) - clock.Uptime;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Begins it, or gives the one that has begun another end.</summary>
    /// <param name="length">How long from now, above zero and up to <see cref="Longest"/>.</param>
    public void Begin(TimeSpan length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Longest);
        bool wasOn;
        lock (_lock)
        {
            wasOn = IsOn;
            Volatile.Write(ref _until, (clock.Uptime + length).Ticks);
            _timer ??= clock.Time.CreateTimer(_ => OnTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(length, Timeout.InfiniteTimeSpan);
        }

        Log.Begun(_log, length);
        if (!wasOn)
            Changed?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Ends it before its time.</summary>
    /// <returns>Whether there was one.</returns>
    public bool End() => End(onlyWhereOver: false);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void OnTime() => End(onlyWhereOver: true);

    private bool End(bool onlyWhereOver)
    {
        lock (_lock)
        {
            if (!IsOn)
                return false;
            // A timer may be early, or that of an end which was put off.
            if (onlyWhereOver && Left > TimeSpan.Zero)
            {
                _timer!.Change(Left, Timeout.InfiniteTimeSpan);
                return false;
            }

            Volatile.Write(ref _until, Off);
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Log.Ended(_log);
        Changed?.Invoke(this, EventArgs.Empty);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(700, LogLevel.Warning,
            "this process is cut off from the cloud on purpose, for {Length}: nothing is read or reported, and the stream of updates is closed")]
        public static partial void Begun(ILogger logger, TimeSpan length);

        [LoggerMessage(701, LogLevel.Warning, "this process is cut off from the cloud no longer")]
        public static partial void Ended(ILogger logger);
    }
}
