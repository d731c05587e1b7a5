namespace Sidecar.Host.ServiceStatus;

/// <summary>What is counted by itself in <see cref="StatusCounts"/>.</summary>
public enum StatusCount
{
    /// <summary>Questions that memory answered at once.</summary>
    CacheHits = 0,

    /// <summary>Questions that had to go beyond memory.</summary>
    CacheMisses,

    /// <summary>Messages of the stream of updates.</summary>
    StreamMessages,

    /// <summary>Connections of the stream that came up after the first one.</summary>
    StreamReconnects,

    /// <summary>Operations that Redis did.</summary>
    RedisSuccesses,

    /// <summary>Operations that it did not do.</summary>
    RedisFailures,

    /// <summary>Customers that were evicted from memory.</summary>
    Evictions,

    /// <summary>Those of them that came back soon.</summary>
    Returns,

    /// <summary>Views that were not kept for want of room.</summary>
    Refusals,

    /// <summary>Questions that were answered without a customer's owner in the cluster.</summary>
    StandIns,

    /// <summary>Reports of usage of which it is not known whether they were counted.</summary>
    ReportsUncertain,

    /// <summary>Reports of usage that were not taken, for a reason that is not the caller's.</summary>
    ReportsFailed,
}
