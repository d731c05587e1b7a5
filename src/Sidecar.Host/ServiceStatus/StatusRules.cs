using Sidecar.Actors.Cloud;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using static System.FormattableString;

namespace Sidecar.Host.ServiceStatus;

/// <summary>What follows from the facts: the one place to read when the process calls itself healthy, and why not.</summary>
public static partial class StatusRules
{
    /// <summary>A part of the answers that is fallbacks from which on that is told.</summary>
    public const double FallbackShare = 0.2;

    /// <summary>The same for answers that may be out of date.</summary>
    public const double StaleShare = 0.2;

    /// <summary>The time that one answer in a hundred may take, in seconds.</summary>
    public const double SlowSeconds = 0.5;

    /// <summary>So many answers, or requests, are needed for a part of them to say anything.</summary>
    public const int Telling = 10;

    /// <summary>So many requests to the cloud have to fail, unless none has ever succeeded.</summary>
    public const int CloudFailures = 3;

    /// <summary>So many connections of the stream have to fall silent within five minutes and be made anew, to say that they keep doing so.</summary>
    public const int StreamFalls = 3;

    /// <summary>Whoever is evicted comes back soon, where this part of what was not in memory is such customers.</summary>
    public const double ReturnShare = 0.1;

    /// <summary>How long the process may take for its first connections.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long a node may take to find its cluster.</summary>
    public static readonly TimeSpan ClusterPatience = TimeSpan.FromSeconds(30);

    /// <summary>A stream that is down for a moment only is no news.</summary>
    public static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(5);

    /// <summary>The pongs of a stream that works come more often than that.</summary>
    public static readonly TimeSpan SilentAfter = UpdateSettings.PingInterval + TimeSpan.FromSeconds(4);

    /// <summary>Judges.</summary>
    /// <param name="facts">How the process stands.</param>
    /// <param name="moment">What was counted within the last 15 s, or since the cloud was asked last, where that is longer ago: it tells what is over.</param>
    /// <param name="minute">What was counted within the last minute.</param>
    /// <param name="minutes">What was counted within the last five minutes.</param>
    public static StatusVerdict Judge(StatusFacts facts, StatusRates moment, StatusRates minute, StatusRates minutes)
    {
        var key = KeyCause(facts);
        var cloud = key is null ? CloudCause(facts, moment.Counts, minute.Counts) : null;
        // The latest reason, and not one of a trouble before.
        var fault = moment.Counts.MainStreamFault ?? minute.Counts.MainStreamFault ?? minutes.Counts.MainStreamFault;
        StatusCause?[] causes =
        [
            Unready(facts),
            key,
            cloud,
            Fallbacks(facts, minute, key ?? cloud),
            facts.IsStreamEnabled && !IsExplained(fault, key, cloud) ? StreamCause(facts, fault, minutes.Counts) : null,
            facts.IsRedisUsed ? RedisCause(facts, minute) : null,
            MemoryCause(facts, minutes),
            facts.IsClustered ? ClusterCause(facts, minute) : null,
            .. ReportCauses(minutes, key),
            cloud is null && key is null ? Stale(minute) : null,
            Slow(minute),
        ];
        return StatusVerdict.Of([.. causes.OfType<StatusCause>()]);
    }

    private static StatusCause? Unready(StatusFacts facts) =>
        facts.IsEnding ? new StatusCause(
            CauseNames.Ending,
            "The process was told to end",
            "Calls are still answered, and clients are sent elsewhere. Unless this is a rollout, find out who ended it.",
            IsOutage: true)
        : facts.NotReadyFor.Count > 0 ? new StatusCause(
            CauseNames.NotReady,
            $"Not ready: {facts.NotReadyFor[0]}",
            "Clients are sent elsewhere until then; READY_WHEN says what is waited for.",
            IsOutage: true)
        : null;

    private static StatusCause? KeyCause(StatusFacts facts) => facts.IsOffline ? null : facts.Key switch
    {
        KeyState.Missing => new StatusCause(
            CauseNames.KeyMissing,
            "There is no API key: SERVER_API_KEY is not set, or can't be used",
            $"{AnswersMeanwhile(facts)} Set it, or SERVER_API_KEY_FILE, to this environment's server key.",
            IsWithoutSource(facts)),
        KeyState.Invalid => new StatusCause(
            CauseNames.KeyRefused,
            "The cloud refuses the API key",
            $"{AnswersMeanwhile(facts)} No usage is reported. Put a valid server key of this environment in the place of SERVER_API_KEY; "
            + "one in a file is taken over without a restart.",
            IsWithoutSource(facts)),
        _ => null,
    };

    private static StatusCause? CloudCause(StatusFacts facts, StatusCounts moment, StatusCounts counts)
    {
        if (facts.IsOffline)
            return null;
        if (facts.IsolatedFor > TimeSpan.Zero)
        {
            return new StatusCause(
                CauseNames.Isolated,
                Invariant($"The process is cut off from the cloud on purpose, for {Math.Ceiling(facts.IsolatedFor.TotalMinutes):0} minutes more"),
                $"{AnswersMeanwhile(facts)} No usage is reported, and there is no stream. It ends by itself; `sidecar diag isolate 0` ends it now.");
        }

        var suspended = facts.Suspended.Contains(facts.ReadPath) ? facts.ReadPath : facts.Suspended.Count > 0 ? facts.Suspended[0] : (CloudPath?)null;
        if ((suspended ?? Ways(facts).Where(way => IsFailing(facts, counts, way) && !IsOver(moment, way)).Select(static way => (CloudPath?)way).FirstOrDefault()) is not { } path)
            return null;
        var (requests, failures, main) = (counts.Requests(path), counts.Failures(path), counts.MainFailure(path));
        var of = Invariant($"{failures} of {requests} requests within the last minute ended with {Words(main)}");
        var stream = facts is { IsStreamEnabled: true, IsStreamUp: false } ? " The stream of updates is down, too." : "";
        if (main == CloudFailureKind.RateLimited && suspended is null)
        {
            return new StatusCause(
                CauseNames.CloudThrottling,
                $"The cloud has too many requests of us: {of}",
                $"{AnswersMeanwhile(facts)} Lower UPSTREAM_MAX_RPS, or ask the vendor for a higher limit.{stream}");
        }

        return main is null or CloudFailureKind.Network or CloudFailureKind.Timeout
            ? new StatusCause(
                CauseNames.CloudUnreachable,
                $"{NameOf(path)} can't be reached{(suspended is null ? "" : ", reads are suspended")}{(failures > 0 ? $": {of}" : "")}",
                $"{AnswersMeanwhile(facts)}{stream} Look at the cloud's own status page, then at name service, proxy and egress rules on the way "
                + $"to {(path == CloudPath.Edge ? "EDGE_API_URL" : "API_URL")}. Nothing has to be restarted.",
                IsWithoutSource(facts))
            : new StatusCause(
                CauseNames.CloudFailing,
                $"{NameOf(path)} answers with errors{(suspended is null ? "" : ", reads are suspended")}: {of}",
                $"{AnswersMeanwhile(facts)}{stream} Look at the cloud's own status page; the log names the error.",
                IsWithoutSource(facts));
    }

    private static CloudPath[] Ways(StatusFacts facts) =>
        [facts.ReadPath, .. Enum.GetValues<CloudPath>().Where(path => path != facts.ReadPath)];

    private static bool IsOver(StatusCounts moment, CloudPath path) => moment.Failures(path) == 0 && moment.Requests(path) > 0;

    // One that failed says nothing while others succeed. A refused key is the key's affair.
    private static bool IsFailing(StatusFacts facts, StatusCounts counts, CloudPath path) =>
        counts.Failures(path) - counts[path, CloudFailureKind.InvalidKey] is var failures and > 0 && 2 * failures >= counts.Requests(path)
        && (failures >= CloudFailures || facts.Key == KeyState.Unknown);

    private static StatusCause? Fallbacks(StatusFacts facts, StatusRates minute, StatusCause? reason)
    {
        var (fallbacks, answers) = (minute.Counts.Fallbacks, minute.Counts.Answers);
        if (fallbacks < Telling || fallbacks < FallbackShare * answers)
            return null;
        var what = Invariant($"{100.0 * fallbacks / answers:0} % of the answers within the last minute are fallbacks");
        return reason is null
            ? new StatusCause(
                CauseNames.FallbackAnswers, what,
                $"Nothing is known of the customers or the features asked about. {WhereToLook(facts)} `sidecar check` tells of one question why.")
            : new StatusCause(
                CauseNames.FallbackAnswers, what,
                "Nothing is known of the customers asked about, for the reason above.",
                IsOutage: 2 * fallbacks >= answers);
    }

    private static string WhereToLook(StatusFacts facts) =>
        facts.IsOffline ? "The process is offline and knows what stands in OFFLINE_DATA_FILE alone: look whether they are there, and at the ids that clients ask with."
        : facts.Key == KeyState.Valid ? "The cloud is well, so look at what clients ask: the ids, and whether the key belongs to this environment."
        : "The cloud has not accepted the API key so far, nor refused it: look whether it can be reached, then at the ids that clients ask with.";

    private static StatusCause? Stale(StatusRates minute)
    {
        var (stale, answers) = (minute.Counts[AnswerSource.Stale], minute.Counts.Answers);
        return stale < Telling || stale < StaleShare * answers ? null : new StatusCause(
            CauseNames.StaleAnswers,
            Invariant($"{100.0 * stale / answers:0} % of the answers within the last minute may be out of date"),
            "The cloud, or a customer's owner in the cluster, does not answer within REVALIDATE_WAIT_MS, and what was last known answers. Look at "
            + "the times of requests to the cloud and at reads that wait.");
    }

    private static StatusCause? Slow(StatusRates minute) =>
        minute.Counts.Answers < 100 || minute.Counts.Latency(0.99) is not { } seconds || seconds <= SlowSeconds ? null : new StatusCause(
            CauseNames.SlowAnswers,
            Invariant($"One answer in a hundred takes {seconds:0.0} s or more"),
            "What is not in memory waits for Redis or the cloud. Look at the hit rate, at the times of requests to the cloud, and whether the "
            + "process is short of CPU.");

    private static bool IsWithoutSource(StatusFacts facts) => facts.Customers == 0 && facts is not { IsRedisUsed: true, IsRedisUp: true };

    private static string AnswersMeanwhile(StatusFacts facts) =>
        IsWithoutSource(facts) ? "Fallbacks answer meanwhile, since nothing is in memory."
        : facts is { IsRedisUsed: true, IsRedisUp: true } ? "Answers come from memory and Redis meanwhile, and nothing new is learnt."
        : "Answers come from memory meanwhile, and nothing new is learnt.";

    private static string NameOf(CloudPath path) => path == CloudPath.Edge ? "The cloud (Edge)" : "The cloud (API)";

    private static string Words(CloudFailureKind? kind) => kind switch
    {
        CloudFailureKind.Network => "a network error",
        CloudFailureKind.Timeout => "no answer in time",
        CloudFailureKind.ServerError => "a server error (5xx)",
        CloudFailureKind.RateLimited => "429, too many requests",
        CloudFailureKind.Refused => "a refusal",
        CloudFailureKind.InvalidKey => "a refused key",
        CloudFailureKind.ErrorInBody => "an error in the body",
        _ => "a body that can't be read",
    };
}
