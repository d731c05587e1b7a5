using System.Globalization;
using Sidecar.Bench.Results;
using Sidecar.Bench.Servers;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>First questions after a restart, about customers that Redis knows.</summary>
internal static class RedisSection
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        if (RedisServer.Missing is { } missing)
        {
            stage.Progress($"  left out: {missing}");
            return;
        }

        var count = stage.Options.ColdCustomers;
        var first = Stage.WarmCustomers;
        await using var redis = await RedisServer.StartAsync();
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["REDIS_ENVIRONMENT_PREFIX"] = "bench",
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
        };
        await using (var service = await stage.StartSidecarAsync(variables))
        {
            await stage.AskOnceAsync(service, 0, first + count);
            await SidecarServer.UntilAsync(
                async () => await SavedAsync(service) >= first + count, $"{first + count} customers were not saved to Redis", Patience, cancellation);
            await service.StopAsync();
        }

        // As many reads behind the answers as an operator has who sets nothing.
        variables["UPSTREAM_MAX_RPS"] = "500";
        for (var pair = 0; pair < stage.Options.Restarts; pair++)
        {
            await using var service = await stage.StartSidecarAsync(variables);
            await stage.AskOnceAsync(service, 0, first);
            var (cpu, loaded) = (ProcessFigures.CpuTime(service.ProcessId), await FromRedisAsync(service));
            var result = await stage.AskOnceAsync(service, first, count);
            stage.Note(Section.Redis, "answers a second", Unit.PerSecond, result.PerSecond, pair);
            stage.Note(
                Section.Redis, "CPU a customer, while they are answered", Unit.Microseconds,
                (ProcessFigures.CpuTime(service.ProcessId) - cpu).TotalMicroseconds / count, pair);
            stage.Note(Section.Redis, What.P99, Unit.Milliseconds, result.Latencies.Percentile(0.99) / 1e3, pair);
            stage.Note(Section.Redis, "of them from Redis", Unit.Ratio, (await FromRedisAsync(service) - loaded) / count, pair);
            stage.Progress($"  {pair + 1}: {result.PerSecond:N0}/s");
        }

        Task<double> SavedAsync(SidecarServer service) =>
            service.MetricAsync("sidecar_redis_operations_total", cancellation, "operation=\"save\"", "outcome=\"success\"");

        async Task<double> FromRedisAsync(SidecarServer service)
        {
            // Scrapes closer to one another may show the same figures.
            await Task.Delay(TimeSpan.FromMilliseconds(400), cancellation);
            return await service.MetricAsync("sidecar_answers_total", cancellation, "source=\"redis\"");
        }
    }
}
