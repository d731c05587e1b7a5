using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Writes what happens to the cloud once a cause: when an outage starts, when its cause changes and when it ends, with a count; a bad
/// answer about one entry at most once a minute.
/// </summary>
internal sealed partial class CloudLog(ILogger log)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly Dictionary<CloudFailureKind, (TimeSpan Until, long Unlogged)> _quiet = [];
    private readonly Dictionary<CloudPath, TimeSpan> _suspendedQuietUntil = [];
    private CloudFailureKind? _outage;

    // The cause that the log names for the present outage, if it does: within a quiet time it does not.
    private CloudFailureKind? _logged;
    private bool _isSuspensionLogged;
    private long _failures;
    private long _passedOver;
    private TimeSpan _passedOverQuietUntil;

    /// <summary>Notes a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="uptime">The present.</param>
    /// <param name="isKeyCheck">Whether it is that of a check of the key, and not of a read.</param>
    public void Failed(CloudFailure failure, TimeSpan uptime, bool isKeyCheck = false)
    {
        if (failure.IsOutage)
        {
            _failures = _outage is null ? 1 : _failures + 1;
            _outage = failure.Kind;
            if (_logged == failure.Kind)
                return;
        }

        // A cloud that comes and goes is not worth two lines each time either.
        var (until, unlogged) = _quiet.GetValueOrDefault(failure.Kind);
        if (uptime < until)
        {
            _quiet[failure.Kind] = (until, unlogged + 1);
            return;
        }

        _quiet[failure.Kind] = (uptime + Quiet, 0);
        if (failure.IsOutage)
            _logged = failure.Kind;
        if (failure.Kind == CloudFailureKind.InvalidKey)
            Log.KeyRefused(log, failure.Detail);
        else if (failure.IsOutage)
            Log.OutOfReach(log, failure.Kind, failure.Detail, unlogged);
        else if (isKeyCheck)
            Log.BadCheck(log, failure.Kind, failure.Detail, unlogged);
        else
            Log.BadAnswer(log, failure.Kind, failure.Detail, unlogged);
    }

    /// <summary>Notes that another key is in force: what was said of the one before says nothing of it.</summary>
    public void KeyReplaced()
    {
        _quiet.Remove(CloudFailureKind.InvalidKey);
        if (_outage == CloudFailureKind.InvalidKey)
            (_outage, _logged) = (null, null);
    }

    /// <summary>Notes that reads on a path are suspended, or no more.</summary>
    public void Suspended(CloudPath path, bool isSuspended, TimeSpan uptime)
    {
        // The end of it is the cloud's answering again, which has a line of its own.
        if (!isSuspended || uptime < _suspendedQuietUntil.GetValueOrDefault(path))
            return;
        _suspendedQuietUntil[path] = uptime + Quiet;
        _isSuspensionLogged = true;
        Log.Suspended(log, path);
    }

    /// <summary>Notes a success.</summary>
    public void Succeeded()
    {
        if (_outage is null)
            return;
        // What was told to have begun is told to have ended.
        if (_logged is not null || _isSuspensionLogged)
            Log.Back(log, _outage.Value, _failures);
        (_outage, _logged, _isSuspensionLogged) = (null, null, false);
    }

    /// <summary>Notes entitlements that were passed over in an answer.</summary>
    public void PassedOver(int count, TimeSpan uptime)
    {
        _passedOver += count;
        if (uptime < _passedOverQuietUntil)
            return;
        Log.PassedOver(log, _passedOver);
        (_passedOver, _passedOverQuietUntil) = (0, uptime + Quiet);
    }

    /// <summary>Notes that there is no key.</summary>
    public void NoKey() => Log.KeyMissing(log);

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Error,
            "SERVER_API_KEY is missing, expected the environment's server key: nothing is asked of the cloud, fallbacks answer")]
        public static partial void KeyMissing(ILogger logger);

        [LoggerMessage(101, LogLevel.Error,
            "the cloud refuses the value of SERVER_API_KEY, expected a valid server key ({Detail}); it is tried again in the background")]
        public static partial void KeyRefused(ILogger logger, string detail);

        [LoggerMessage(102, LogLevel.Warning, "the cloud is out of reach ({Kind}): {Detail}; {Unlogged} more like it since the last line")]
        public static partial void OutOfReach(ILogger logger, CloudFailureKind kind, string detail, long unlogged);

        [LoggerMessage(103, LogLevel.Warning, "the cloud answers again after {Failures} failed requests, the last one {Kind}")]
        public static partial void Back(ILogger logger, CloudFailureKind kind, long failures);

        [LoggerMessage(104, LogLevel.Warning, "a read brought nothing ({Kind}): {Detail}; {Unlogged} more like it since the last line")]
        public static partial void BadAnswer(ILogger logger, CloudFailureKind kind, string detail, long unlogged);

        [LoggerMessage(106, LogLevel.Warning,
            "reads from the cloud ({Path}) are suspended: what is known answers at once, fallbacks for the rest; it is tried every 2 to 5 s")]
        public static partial void Suspended(ILogger logger, CloudPath path);

        [LoggerMessage(107, LogLevel.Warning,
            "the check of the key brought nothing ({Kind}): {Detail}; {Unlogged} more like it since the last line")]
        public static partial void BadCheck(ILogger logger, CloudFailureKind kind, string detail, long unlogged);

        [LoggerMessage(105, LogLevel.Warning, "{Count} entitlements in the cloud's answers have a form that can't be read and were passed over")]
        public static partial void PassedOver(ILogger logger, long count);
    }
}
