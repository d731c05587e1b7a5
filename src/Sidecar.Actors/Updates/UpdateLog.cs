using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Updates;

/// <summary>
/// Writes what happens to the stream of updates once a cause: when it goes down or can't be brought up, when the cause changes, and when it
/// is up.
/// </summary>
internal sealed partial class UpdateLog(ILogger log)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    // An outage that lasts so long is told also within a quiet time.
    private static readonly TimeSpan LongOutage = TimeSpan.FromSeconds(10);

    // Throttling is no fault, until it lasts so long.
    private static readonly TimeSpan LongThrottling = TimeSpan.FromSeconds(30);

    private readonly Dictionary<UpdateSocketFault, (TimeSpan Until, long Unlogged)> _quiet = [];

    // The cause that the log names for the present outage, if it does: within a quiet time it does not.
    private UpdateSocketFault? _logged;
    private UpdateSocketFault _last;
    private TimeSpan? _downSince;
    private bool _isWarned;
    private long _failures;
    private long _unreadable;
    private TimeSpan _unreadableQuietUntil;

    /// <summary>Notes that a connection ended, or a try to make one.</summary>
    public void Down(UpdateSocketFault fault, string detail, TimeSpan uptime)
    {
        _failures++;
        _last = fault;
        var lasted = uptime - (_downSince ??= uptime);
        if (fault == UpdateSocketFault.Throttled && lasted >= LongThrottling && !_isWarned)
        {
            (_logged, _isWarned) = (fault, true);
            Log.ThrottledForLong(log, lasted, detail);
            return;
        }

        if (_logged == fault)
            return;

        // A stream that comes and goes is not worth two lines each time.
        var (until, unlogged) = _quiet.GetValueOrDefault(fault);
        if (uptime < until && lasted < LongOutage)
        {
            _quiet[fault] = (until, unlogged + 1);
            return;
        }

        _quiet[fault] = (uptime + Quiet, 0);
        _logged = fault;
        if (fault == UpdateSocketFault.Throttled)
        {
            Log.Throttled(log, detail);
            return;
        }

        _isWarned = true;
        if (fault == UpdateSocketFault.InvalidKey)
            Log.KeyRefused(log, detail);
        else if (fault == UpdateSocketFault.TooLarge)
            Log.TooLarge(log, UpdateSettings.MaxMessageBytes, detail, More(unlogged));
        else
            Log.Down(log, fault, detail, More(unlogged));
    }

    /// <summary>Notes that a connection is up.</summary>
    public void Up()
    {
        // What was told to have begun is told to have ended.
        if (_isWarned)
            Log.Back(log, _failures, _last);
        else
            Log.Up(log);
        (_logged, _isWarned, _failures, _downSince) = (null, false, 0, null);
    }

    /// <summary>Notes that another key is in force: what was said of the one before says nothing of it.</summary>
    public void KeyReplaced()
    {
        _quiet.Remove(UpdateSocketFault.InvalidKey);
        if (_logged == UpdateSocketFault.InvalidKey)
            _logged = null;
    }

    /// <summary>Notes messages that can't be read.</summary>
    public void Unreadable(long count, string fault, TimeSpan uptime)
    {
        _unreadable += count;
        if (uptime < _unreadableQuietUntil)
            return;
        Log.Unreadable(log, _unreadable, fault);
        (_unreadable, _unreadableQuietUntil) = (0, uptime + Quiet);
    }

    private static string More(long unlogged) => unlogged == 0 ? "" : $"; {unlogged} more like it since the last line";

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Information, "the stream of updates is up")]
        public static partial void Up(ILogger logger);

        [LoggerMessage(401, LogLevel.Warning,
            "the stream of updates is down ({Fault}): {Detail}; entries are read again by their age until it is up{More}")]
        public static partial void Down(ILogger logger, UpdateSocketFault fault, string detail, string more);

        [LoggerMessage(402, LogLevel.Warning, "the stream of updates is up again after {Failures} failures, the last one {Fault}")]
        public static partial void Back(ILogger logger, long failures, UpdateSocketFault fault);

        [LoggerMessage(403, LogLevel.Error,
            "the cloud refuses the value of SERVER_API_KEY for the stream of updates, expected a valid server key ({Detail}); it is tried "
            + "again once a minute")]
        public static partial void KeyRefused(ILogger logger, string detail);

        [LoggerMessage(404, LogLevel.Information,
            "the cloud has too many requests and closed the stream of updates ({Detail}); it is tried again after 5 s or more")]
        public static partial void Throttled(ILogger logger, string detail);

        [LoggerMessage(405, LogLevel.Warning,
            "the stream of updates was closed here: it brought a message of more than {MaxBytes} bytes, which is not read ({Detail}); all "
            + "entries are read again{More}")]
        public static partial void TooLarge(ILogger logger, int maxBytes, string detail, string more);

        [LoggerMessage(407, LogLevel.Warning,
            "the stream of updates has not been up for {Lasted:c}, since the cloud has too many requests ({Detail}); entries are read again by "
            + "their age until it is up")]
        public static partial void ThrottledForLong(ILogger logger, TimeSpan lasted, string detail);

        [LoggerMessage(406, LogLevel.Warning, "{Count} messages of the stream of updates can't be read, the last one: {Fault}")]
        public static partial void Unreadable(ILogger logger, long count, string fault);
    }
}
