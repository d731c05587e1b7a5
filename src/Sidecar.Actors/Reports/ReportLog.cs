using Microsoft.Extensions.Logging;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Writes what becomes of reports: each one at level debug, with what the cloud says of it; trouble with the cloud once a cause, when it
/// starts, when it changes and when it ends, with a count, and without a word of the cloud's own, which may name a customer; and what became
/// of reports whose callers had gone, at most once a minute.
/// </summary>
internal sealed partial class ReportLog(ILogger log)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly Dictionary<ReportEnd, TimeSpan> _quietUntil = [];

    // The trouble's latest cause, and the one that was written last; null without one.
    private ReportEnd? _trouble;
    private ReportEnd? _logged;
    private long _failures;
    private long _counted;
    private long _notCounted;
    private long _unclear;
    private TimeSpan _goneQuietUntil;

    /// <summary>Notes a report's end.</summary>
    /// <param name="report">The report.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="isCallerGone">Whether nobody is told so.</param>
    /// <param name="uptime">The present.</param>
    public void Ended(SendReport report, ReportResult result, bool isCallerGone, TimeSpan uptime)
    {
        if (log.IsEnabled(LogLevel.Debug))
            Log.Ended(log, report.Number, report.Report.Kind, report.Report.Count, KeyOf(report.Report), result.End, isCallerGone, result.Detail);
        if (isCallerGone)
            CallerGone(result.End, uptime);
        if (result.End.IsTrouble())
            Trouble(result, uptime);
        else if (result.End.IsAnswer())
            Answered();
    }

    /// <summary>Writes what is still to be told: nothing comes after it.</summary>
    public void Close()
    {
        if (_counted + _notCounted + _unclear > 0)
            TellGone();
    }

    private static string KeyOf(Report report) => report switch
    {
        UsageReport usage => usage.Measurements[0].IdempotencyKey,
        EventReport events => events.Events[0].IdempotencyKey,
        _ => "",
    };

    private void CallerGone(ReportEnd end, TimeSpan uptime)
    {
        if (end == ReportEnd.Acknowledged)
            _counted++;
        else if (end.IsNotCounted())
            _notCounted++;
        else
            _unclear++;
        if (uptime < _goneQuietUntil)
            return;
        _goneQuietUntil = uptime + Quiet;
        TellGone();
    }

    private void TellGone()
    {
        Log.CallersGone(log, _counted + _notCounted + _unclear, _counted, _notCounted, _unclear);
        (_counted, _notCounted, _unclear) = (0, 0, 0);
    }

    private void Trouble(ReportResult result, TimeSpan uptime)
    {
        _failures = _trouble is null ? 1 : _failures + 1;
        _trouble = result.End;
        // A cloud that comes and goes is not worth two lines each time either. What is kept quiet now is written when it still is so later.
        if (_logged == result.End || uptime < _quietUntil.GetValueOrDefault(result.End))
            return;
        _quietUntil[result.End] = uptime + Quiet;
        _logged = result.End;
        Log.Failed(log, result.End, result.IsQuoted ? "the cloud tells an error" : result.Detail, _failures);
    }

    private void Answered()
    {
        if (_trouble is { } last && _logged is not null)
            Log.Back(log, _failures, last);
        (_trouble, _logged) = (null, null);
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Debug,
            "report {Number} ({Kind}, {Count} in it, first idempotency key '{Key}') ended: {End}, its caller gone: {IsCallerGone}. {Detail}")]
        public static partial void Ended(
            ILogger logger, long number, ReportKind kind, int count, string key, ReportEnd end, bool isCallerGone, string detail);

        [LoggerMessage(501, LogLevel.Warning, "reports fail ({End}): {Detail}; the {Failures}. in a row")]
        public static partial void Failed(ILogger logger, ReportEnd end, string detail, long failures);

        [LoggerMessage(502, LogLevel.Warning, "reports are answered again after {Failures} failed ones, the last one {End}")]
        public static partial void Back(ILogger logger, long failures, ReportEnd end);

        [LoggerMessage(503, LogLevel.Warning,
            "{Count} reports ended after their callers had gone: {Counted} were counted, {NotCounted} were not, of {Unclear} it is not known")]
        public static partial void CallersGone(ILogger logger, long count, long counted, long notCounted, long unclear);
    }
}
