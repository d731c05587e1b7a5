using System.Globalization;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;
using static System.FormattableString;

namespace Sidecar.Host.ServiceStatus;

/// <summary>The numbers of the status page, by name and as people read them.</summary>
internal static class StatusFields
{
    private const string None = "–";

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, string> Of(StatusReport report)
    {
        var (facts, minute, minutes) = (report.Facts, report.LastMinute, report.LastFiveMinutes);
        var counts = minute.Counts;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = facts.Version,
            ["uptime"] = Span(facts.Uptime),
            ["at"] = facts.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),

            ["answers"] = Rate(minute, counts.Answers),
            ["answersMemory"] = Share(counts[AnswerSource.Memory], counts.Answers),
            ["answersRead"] = Share(counts[AnswerSource.Redis] + counts[AnswerSource.Upstream], counts.Answers),
            ["answersStale"] = Share(counts[AnswerSource.Stale], counts.Answers),
            ["answersFallback"] = Share(counts.Fallbacks, counts.Answers),

            ["hitRate"] = counts.HitRate is { } rate ? Percent(rate) : "no questions",
            ["hits"] = Rate(minute, counts[StatusCount.CacheHits]),
            ["misses"] = Rate(minute, counts[StatusCount.CacheMisses]),
            ["p50"] = Seconds(counts.Latency(0.5)),
            ["p99"] = Seconds(counts.Latency(0.99)),

            ["cloud"] = CloudOf(report),
            ["key"] = facts.IsOffline ? None : facts.Key switch
            {
                KeyState.Valid => "accepted",
                KeyState.Invalid => "refused",
                KeyState.Missing => "missing",
                _ => "not known yet",
            },
            ["edge"] = WayOf(report, CloudPath.Edge),
            ["api"] = WayOf(report, CloudPath.Api),
            ["requests"] = Rate(minute, counts.Requests(CloudPath.Edge) + counts.Requests(CloudPath.Api)),
            ["requestFailures"] = Rate(minute, counts.Failures(CloudPath.Edge) + counts.Failures(CloudPath.Api)),
            ["readsWaiting"] = Number(facts.ReadsWaiting),

            ["stream"] = !facts.IsStreamEnabled ? "not used" : !facts.IsStreamUp ? "down" : facts.StreamAge > StatusRules.SilentAfter ? "silent" : "up",
            ["streamAge"] = facts.StreamAge is { } age ? $"{Span(age)} ago" : None,
            ["streamMessages"] = Rate(minute, counts[StatusCount.StreamMessages]),

            ["streamLost"] = minutes.Counts.StreamEnds is var ends and > 0
                ? Invariant($"{ends}: {StatusRules.Words(minutes.Counts.MainStreamFault)}")
                : "0",

            ["redis"] = RedisOf(report),
            ["redisOperations"] = Rate(minute, counts[StatusCount.RedisSuccesses] + counts[StatusCount.RedisFailures]),
            ["redisFailures"] = Rate(minute, counts[StatusCount.RedisFailures]),

            ["cache"] = $"{Share(facts.CacheBytes, facts.CacheMaxBytes)} full",
            ["cacheBytes"] = Sizes.Of(facts.CacheBytes),
            ["cacheMaxBytes"] = Sizes.Of(facts.CacheMaxBytes),
            ["customers"] = Number(facts.Customers),
            ["entitlements"] = Number(facts.Entitlements),
            ["evictions"] = minutes.Counts[StatusCount.Evictions] == 0 ? "none" : Rate(minutes, minutes.Counts[StatusCount.Evictions]),
            ["evicted"] = Number(minutes.Counts[StatusCount.Evictions]),
            ["returns"] = Number(minutes.Counts[StatusCount.Returns]),
            ["refusals"] = Number(minutes.Counts[StatusCount.Refusals]),

            ["cluster"] = !facts.IsClustered ? "not used" : facts.Members == 0 ? "in none" : facts.Members == 1 ? "1 node" : Invariant($"{facts.Members} nodes"),
            ["members"] = facts.IsClustered ? Invariant($"{facts.Members} of {facts.MembersExpected}") : None,
            ["shards"] = facts.IsClustered ? Number(facts.Shards) : None,
            ["leases"] = facts.IsClustered ? Number(facts.Leases) : None,
            ["standIns"] = facts.IsClustered ? Rate(minute, counts[StatusCount.StandIns]) : None,

            ["ready"] = facts.NotReadyFor.Count == 0 ? "ready" : facts.IsEnding ? "ending" : "not ready",
            ["resident"] = Sizes.Of(facts.ResidentBytes),
            ["startErrors"] = facts.StartErrors == 0 ? "none" : Invariant($"{facts.StartErrors}, see the log"),
            ["reportsFailed"] = Number(minutes.Counts[StatusCount.ReportsFailed]),
            ["reportsUncertain"] = Number(minutes.Counts[StatusCount.ReportsUncertain]),
        };
    }

    /// <summary>Those that a cause speaks of, which are shown with emphasis.</summary>
    public static IReadOnlyList<string> Troubled(StatusReport report) => [.. report.Verdict.Causes.Select(static cause => cause.Name switch
    {
        CauseNames.Ending or CauseNames.NotReady or CauseNames.ReportsFailing or CauseNames.ReportsUncertain => "ready",
        CauseNames.KeyMissing or CauseNames.KeyRefused or CauseNames.Isolated or CauseNames.CloudUnreachable or CauseNames.CloudFailing or CauseNames.CloudThrottling => "cloud",
        CauseNames.FallbackAnswers or CauseNames.StaleAnswers => "answers",
        CauseNames.StreamDown or CauseNames.StreamFrozen => "stream",
        CauseNames.RedisFull or CauseNames.RedisRefuses or CauseNames.RedisUnreachable => "redis",
        CauseNames.MemoryTooSmall => "evictions",
        CauseNames.ClusterAlone or CauseNames.ClusterIncomplete or CauseNames.ClusterOwnersSilent => "cluster",
        _ => "p99",
    }).Concat(report is { Facts: { IsStreamEnabled: true, IsStreamUp: false }, Verdict.Causes.Count: > 0 } ? ["stream"] : Array.Empty<string>()).Distinct(StringComparer.Ordinal)];

    /// <summary>The verdict in one word.</summary>
    public static string TitleOf(StatusState state) => state switch
    {
        StatusState.Healthy => "Healthy",
        StatusState.Degraded => "Degraded",
        _ => "Down",
    };

    /// <summary>The verdict in one line.</summary>
    public static string SummaryOf(StatusVerdict verdict) => verdict switch
    {
        { State: StatusState.Healthy } => "Questions are answered, and nothing is wrong.",
        { State: StatusState.Degraded } => $"Questions are answered. {Things(verdict.Causes.Count)} wrong.",
        _ => $"Questions have no sound answer, or clients are sent elsewhere. {Things(verdict.Causes.Count)} wrong.",
    };

    private static string Things(int count) => count == 1 ? "One thing is" : Invariant($"{count} things are");

    private static string CloudOf(StatusReport report) =>
        report.Facts.IsOffline ? "offline"
        : report.Facts.Key == KeyState.Invalid ? "key refused"
        : report.Facts.Key == KeyState.Missing ? "no key"
        : report.Verdict.Causes.FirstOrDefault(static cause => cause.Name.StartsWith("cloud_", StringComparison.Ordinal)) switch
        {
            { Name: CauseNames.CloudUnreachable } => "out of reach",
            { Name: CauseNames.CloudFailing } => "errors",
            { Name: CauseNames.CloudThrottling } => "throttled",
            _ => report.Facts.Key == KeyState.Unknown ? "no answer yet" : "works",
        };

    private static string WayOf(StatusReport report, CloudPath path)
    {
        var (facts, counts) = (report.Facts, report.LastMinute.Counts);
        return facts.IsOffline ? None
            : facts.Suspended.Contains(path) ? "suspended"
            : counts.Failures(path) is var failures and > 0 ? Invariant($"{failures} of {counts.Requests(path)} failed")
            : counts.Requests(path) == 0 ? "not asked" : "works";
    }

    private static string RedisOf(StatusReport report) =>
        !report.Facts.IsRedisUsed ? "not used"
        : report.Verdict.Causes.FirstOrDefault(static cause => cause.Name.StartsWith("redis_", StringComparison.Ordinal)) switch
        {
            { Name: CauseNames.RedisFull } => "full",
            { Name: CauseNames.RedisRefuses } => "refuses",
            { Name: CauseNames.RedisUnreachable } => report.Facts.IsRedisUp ? "no answer" : "out of reach",
            _ => report.Facts.IsRedisUp ? "up" : "connecting",
        };

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(StatusRates rates, long count)
    {
        var rate = rates.PerSecond(count);
        return rate == 0 ? "0/s" : rate < 0.1 ? Invariant($"{rate:0.000}/s") : rate < 10 ? Invariant($"{rate:0.0}/s") : Invariant($"{rate:N0}/s");
    }

    private static string Share(long part, long all) => all == 0 ? None : Percent((double)part / all);

    // Neither all nor nothing is said of what is not.
    private static string Percent(double part) =>
        part is 0 or 1 ? Invariant($"{100 * part:0} %")
        : part < 0.001 ? "< 0.1 %" : part > 0.999 ? "> 99.9 %" : Invariant($"{100 * part:0.0} %");

    private static string Seconds(double? seconds) => seconds switch
    {
        null => None,
        < 0.001 => Invariant($"{1e6 * seconds:0.#} µs"),
        < 0.01 => Invariant($"{1e3 * seconds:0.0} ms"),
        < 1 => Invariant($"{1e3 * seconds:0} ms"),
        _ => Invariant($"{seconds:0.0} s"),
    };

    private static string Span(TimeSpan span) =>
        span.TotalDays >= 1 ? Invariant($"{(int)span.TotalDays} d {span.Hours} h")
        : span.TotalHours >= 1 ? Invariant($"{span.Hours} h {span.Minutes} min")
        : span.TotalMinutes >= 1 ? Invariant($"{span.Minutes} min {span.Seconds} s")
        : Invariant($"{(int)span.TotalSeconds} s");
}
