namespace Sidecar.Host.ServiceStatus;

/// <summary>The names of what can be wrong, most important first.</summary>
public static class CauseNames
{
    /// <summary>The process was told to end.</summary>
    public const string Ending = "ending";

    /// <summary>What <c>READY_WHEN</c> asks for has not been there yet.</summary>
    public const string NotReady = "not_ready";

    /// <summary>There is no API key.</summary>
    public const string KeyMissing = "key_missing";

    /// <summary>The cloud refuses the API key.</summary>
    public const string KeyRefused = "key_refused";

    /// <summary>An operator has cut the process off from the cloud for a while.</summary>
    public const string Isolated = "isolated";

    /// <summary>The cloud gives no answer.</summary>
    public const string CloudUnreachable = "cloud_unreachable";

    /// <summary>The cloud answers, but with errors.</summary>
    public const string CloudFailing = "cloud_failing";

    /// <summary>The cloud has too many requests.</summary>
    public const string CloudThrottling = "cloud_throttling";

    /// <summary>Many answers are fallbacks.</summary>
    public const string FallbackAnswers = "fallback_answers";

    /// <summary>The stream of updates is connected, and silent.</summary>
    public const string StreamFrozen = "stream_frozen";

    /// <summary>The stream of updates is down.</summary>
    public const string StreamDown = "stream_down";

    /// <summary>Redis takes no writes for want of memory.</summary>
    public const string RedisFull = "redis_full";

    /// <summary>Redis does not answer.</summary>
    public const string RedisUnreachable = "redis_unreachable";

    /// <summary>Redis answers, but not with what it is asked for.</summary>
    public const string RedisRefuses = "redis_refuses";

    /// <summary>The memory bound is smaller than what is asked about.</summary>
    public const string MemoryTooSmall = "memory_too_small";

    /// <summary>This node is in no cluster, or in one by itself.</summary>
    public const string ClusterAlone = "cluster_alone";

    /// <summary>The cluster has fewer members than it is to have.</summary>
    public const string ClusterIncomplete = "cluster_incomplete";

    /// <summary>Other nodes do not answer for the customers that they own.</summary>
    public const string ClusterOwnersSilent = "cluster_owners_silent";

    /// <summary>Usage is not reported.</summary>
    public const string ReportsFailing = "reports_failing";

    /// <summary>Usage that was reported may be missing.</summary>
    public const string ReportsUncertain = "reports_uncertain";

    /// <summary>Answers may be out of date.</summary>
    public const string StaleAnswers = "stale_answers";

    /// <summary>Answers take long.</summary>
    public const string SlowAnswers = "slow_answers";

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Ending, NotReady, KeyMissing, KeyRefused, Isolated, CloudUnreachable, CloudFailing, CloudThrottling, FallbackAnswers, StreamFrozen, StreamDown,
        RedisFull, RedisUnreachable, RedisRefuses, MemoryTooSmall, ClusterAlone, ClusterIncomplete, ClusterOwnersSilent, ReportsFailing,
        ReportsUncertain, StaleAnswers, SlowAnswers,
    ];
}
