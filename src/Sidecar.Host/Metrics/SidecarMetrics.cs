using System.Diagnostics.Metrics;
using Sidecar.Actors.Metrics;

namespace Sidecar.Host.Metrics;

/// <summary>Shows the counters as instruments. Observable ones: they are there, at 0, from the start.</summary>
public sealed class SidecarMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Sidecar";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Makes the instruments.</summary>
    public SidecarMetrics(SidecarCounters counters)
    {
        Show("sidecar_initialization_errors_total", "Errors at start-up, one a cause.", counters.InitializationErrors);
        Show("sidecar_invalid_api_key_errors_total", "Requests that the cloud refused because of the key.", counters.InvalidApiKeyErrors);
        Show("sidecar_network_request_errors_total", "Requests to the cloud that failed, retries included.", counters.NetworkRequestErrors);
        Show("sidecar_redis_client_errors_total", "Errors of the persistent cache.", counters.RedisClientErrors);
        Show("sidecar_cache_hits_total", "Questions answered from memory at once.", counters.CacheHits);
        Show("sidecar_cache_misses_total", "Questions that had to go beyond memory.", counters.CacheMisses);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Show(string name, string description, StripedCounter counter) =>
        _meter.CreateObservableCounter(name, () => counter.Value, unit: null, description);
}
