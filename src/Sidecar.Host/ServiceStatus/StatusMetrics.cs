using System.Diagnostics.Metrics;
using Sidecar.Actors;
using Sidecar.Host.Metrics;

namespace Sidecar.Host.ServiceStatus;

/// <summary>Shows the verdict, and what it rests on and nothing else shows, as instruments.</summary>
internal sealed class StatusMetrics : IDisposable
{
    private readonly Meter _meter = new(SidecarMetrics.MeterName);

    /// <summary>Makes the instruments.</summary>
    public StatusMetrics(ActorServices services, StatusReader reader)
    {
        var (redis, cache) = (services.Counters.Redis, services.Cache);
        Show("sidecar_status", "0 healthy, 1 degraded, 2 down.", () => [new((int)reader.Look().Verdict.State)]);
        Show("sidecar_status_cause", "1 while this is wrong.", () =>
        {
            var present = reader.Look().Verdict.Causes.Select(static cause => cause.Name).ToHashSet(StringComparer.Ordinal);
            return CauseNames.All.Select(name => new Measurement<long>(present.Contains(name) ? 1 : 0, new KeyValuePair<string, object?>("cause", name)));
        });
        Show("sidecar_redis_enabled", "1 where Redis is used.", () => [new(redis.IsEnabled ? 1 : 0)]);
        Show("sidecar_redis_trouble", "1 for the reason why Redis does not do what it is asked, until it does so again.", () => redis.Troubles.Select(
            static one => new Measurement<long>(one.IsPresent ? 1 : 0, new KeyValuePair<string, object?>("kind", one.Kind))));
        _meter.CreateObservableCounter("sidecar_cache_returns_total", () => cache.Returns, unit: null,
            "Customers that came back soon after they were evicted.");
        _meter.CreateObservableCounter("sidecar_cache_refusals_total", () => cache.Refusals, unit: null,
            "Entries that were not kept, since the cache's bound left no room.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Show(string name, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, read, unit: null, description);
}
