namespace Sidecar.Actors.Metrics;

/// <summary>What this process counts, under the names of the operations contract. All of it starts at 0.</summary>
public sealed class SidecarCounters
{
    /// <summary>Errors at start-up, one a cause: <c>sidecar_initialization_errors_total</c>.</summary>
    public StripedCounter InitializationErrors { get; } = new();

    /// <summary>Requests that the cloud refused because of the key: <c>sidecar_invalid_api_key_errors_total</c>.</summary>
    public StripedCounter InvalidApiKeyErrors { get; } = new();

    /// <summary>Requests to the cloud that failed in another way, retries included: <c>sidecar_network_request_errors_total</c>.</summary>
    public StripedCounter NetworkRequestErrors { get; } = new();

    /// <summary>Errors of the persistent cache: <c>sidecar_redis_client_errors_total</c>.</summary>
    public StripedCounter RedisClientErrors { get; } = new();

    /// <summary>Questions answered from memory at once: <c>sidecar_cache_hits_total</c>.</summary>
    public StripedCounter CacheHits { get; } = new();

    /// <summary>Questions that had to go beyond memory: <c>sidecar_cache_misses_total</c>.</summary>
    public StripedCounter CacheMisses { get; } = new();

    /// <summary>Customers whose views were evicted: <c>sidecar_cache_evictions_total</c>.</summary>
    public StripedCounter Evictions { get; } = new();

    /// <summary>Requests to the cloud.</summary>
    public UpstreamMetrics Upstream { get; } = new();

    /// <summary>The stream of updates.</summary>
    public StreamMetrics Stream { get; } = new();

    /// <summary>News of the stream.</summary>
    public NewsMetrics News { get; } = new();

    /// <summary>Reports of usage and events.</summary>
    public ReportMetrics Reports { get; } = new();

    /// <summary>The cluster.</summary>
    public ClusterMetrics Cluster { get; } = new();

    /// <summary>Redis.</summary>
    public RedisMetrics Redis { get; } = new();

    /// <summary>Reads of entitlements that wait for their turn now: <c>sidecar_upstream_reads_waiting</c>.</summary>
    public Gauge ReadsWaiting { get; } = new();

    /// <summary>Those of them of what is known already: <c>sidecar_upstream_rereads_waiting</c>.</summary>
    public Gauge RereadsWaiting { get; } = new();

    /// <summary>Reads of entitlements under way now: <c>sidecar_upstream_reads_under_way</c>.</summary>
    public Gauge ReadsUnderWay { get; } = new();
}
