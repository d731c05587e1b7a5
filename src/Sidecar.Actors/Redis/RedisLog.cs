using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Writes what happens to Redis once a cause: when it goes, when the cause changes, and when it is back, with a count. Safe for any thread.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="time">The source of time.</param>
/// <param name="metrics">Where the present trouble is shown.</param>
internal sealed partial class RedisLog(ILogger log, TimeProvider time, RedisMetrics metrics)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<RedisFailureKind, long> _toldAt = [];
    private readonly HashSet<RedisFailureKind> _causes = [];
    private RedisFailureKind? _last;
    private bool _isOfWrites;
    private bool _isOutageTold;
    private long _failures;
    private long _unreadableToldAt;
    private long _unreadable;
    private bool _isAmbiguousTold;

    /// <summary>Whether it failed last; read without the lock on the way of each success.</summary>
    private volatile bool _isFailing;

    /// <summary>Notes a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isWrite">Whether a write failed: a read says nothing of whether writes are taken again.</param>
    public void Failed(RedisFailureException failure, bool isWrite = false)
    {
        var cause = CauseOf(failure.Kind);
        lock (_lock)
        {
            _isFailing = true;
            _failures++;
            _last = failure.Kind;
            var isOfWrite = isWrite && cause is not (RedisFailureKind.Unreachable or RedisFailureKind.Settings);
            // A read that fails beside it hides no refused write: that one lasts.
            if (isOfWrite || !_isOfWrites)
                metrics.Trouble = failure.Kind;
            _isOfWrites |= isOfWrite;
            if (_causes.Contains(cause))
                return;
            // One that comes and goes is not worth a line each time; one that lasts has it after the quiet time.
            if (_toldAt.TryGetValue(cause, out var at) && time.GetElapsedTime(at) < Quiet)
                return;
            _causes.Add(cause);
            _toldAt[cause] = time.GetTimestamp();
            _isOutageTold = true;
            if (failure.Kind == RedisFailureKind.Cluster)
                Log.Cluster(log, failure.Message);
            else if (failure.Kind == RedisFailureKind.Settings)
                Log.Misfit(log, failure.Message);
            else
                Log.Gone(log, failure.Kind, failure.Message);
        }
    }

    /// <summary>Notes that it did what it was asked.</summary>
    /// <param name="isWrite">Whether that was a write.</param>
    public void Succeeded(bool isWrite)
    {
        if (!_isFailing)
            return;
        lock (_lock)
        {
            if (_last is null || (!isWrite && _isOfWrites))
                return;
            if (_isOutageTold)
                Log.Back(log, _last.Value, _failures);
            _causes.Clear();
            metrics.Trouble = null;
            (_last, _isOfWrites, _isOutageTold, _failures, _isFailing) = (null, false, false, 0, false);
        }
    }

    // One that hangs loses its connections, and one that is gone lets calls run out of time: one cause.
    private static RedisFailureKind CauseOf(RedisFailureKind kind) =>
        kind is RedisFailureKind.Timeout or RedisFailureKind.Overloaded or RedisFailureKind.Suspended ? RedisFailureKind.Unreachable : kind;

    /// <summary>Notes entitlements, or whole values, that were passed over.</summary>
    public void Unreadable(int count)
    {
        lock (_lock)
        {
            _unreadable += count;
            if (_unreadableToldAt != 0 && time.GetElapsedTime(_unreadableToldAt) < Quiet)
                return;
            _unreadableToldAt = time.GetTimestamp();
            Log.Unreadable(log, _unreadable);
            _unreadable = 0;
        }
    }

    /// <summary>Notes an entry that is kept in memory only.</summary>
    public void Ambiguous()
    {
        lock (_lock)
        {
            if (_isAmbiguousTold)
                return;
            _isAmbiguousTold = true;
            Log.Ambiguous(log);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Warning,
            "Redis does not do what it is asked ({Kind}): {Detail}; answers come from memory and the cloud, it is tried again in the background")]
        public static partial void Gone(ILogger logger, RedisFailureKind kind, string detail);

        [LoggerMessage(501, LogLevel.Warning, "Redis is back after {Failures} failures, the last one {Kind}")]
        public static partial void Back(ILogger logger, RedisFailureKind kind, long failures);

        [LoggerMessage(502, LogLevel.Error,
            "REDIS_HOST names a Redis Cluster, expected one server or Sentinel (REDIS_SENTINEL_MASTER): the shared layout has no hash tag, so that "
            + "a value and its date may stand on different servers; nothing is read from it or written to it ({Detail})")]
        public static partial void Cluster(ILogger logger, string detail);

        [LoggerMessage(503, LogLevel.Warning, "{Count} entitlements or whole values in Redis can't be read and were passed over")]
        public static partial void Unreadable(ILogger logger, long count);

        [LoggerMessage(504, LogLevel.Warning,
            "an id contains ':r_', ':f_' or ':credit_', or ends in ':metadata' or '#timestamp': its entry is kept in memory only, since its "
            + "keys in Redis could be another's; this is logged once and counted")]
        public static partial void Ambiguous(ILogger logger);

        [LoggerMessage(505, LogLevel.Error,
            "Redis is not used, since a setting does not fit it: {Detail}; nothing is read from it or written to it, it is tried again in the background")]
        public static partial void Misfit(ILogger logger, string detail);
    }
}
