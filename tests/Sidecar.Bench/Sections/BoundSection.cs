using System.Globalization;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>Whether the bound of the cache bounds the process.</summary>
internal static class BoundSection
{
    /// <summary>What the process may take above its idle memory: 1.3 times the bound, and 30 MB.</summary>
    public const double AllowedMegabytes = (1.3 * Bound / 1e6) + 30;

    private const int Bound = 64 * 1024 * 1024;

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        await using var service = await stage.StartSidecarAsync(
            new() { ["CACHE_MAX_SIZE_BYTES"] = Bound.ToString(CultureInfo.InvariantCulture) });
        var idle = await stage.SettleAsync(service);
        stage.Note(Section.Bound, "resident memory, idle", Unit.Megabytes, idle / 1e6);

        await WarmAsync();
        // For the runtime to compile what is called often: it is the cache that is judged here.
        await AskWarmAsync(Stage.WarmUp);
        var before = await WarmRateAsync("before");
        stage.Progress($"  asking about {stage.Options.BoundCustomers:N0} others ...");
        await stage.AskOnceAsync(service, Stage.WarmCustomers, stage.Options.BoundCustomers);
        stage.Note(Section.Bound, What.AboveIdle + ", at once", Unit.Megabytes, (ProcessFigures.ResidentBytes(service.ProcessId) - idle) / 1e6);
        stage.Note(Section.Bound, What.AboveIdle, Unit.Megabytes, (await stage.SettleAsync(service) - idle) / 1e6);
        stage.Note(Section.Bound, "customers in memory then", Unit.None, await service.MetricAsync("sidecar_cache_customers", cancellation));
        stage.Note(Section.Bound, "customers evicted until then", Unit.None, await service.MetricAsync("sidecar_cache_evictions_total", cancellation));
        await WarmAsync();
        var after = await WarmRateAsync("after");
        stage.Note(Section.Bound, What.WarmThroughput, Unit.Ratio, after / before);

        Task WarmAsync() => stage.AskOnceAsync(service, 0, Stage.WarmCustomers);

        Task<LoadResult> AskWarmAsync(TimeSpan duration) => Generator.RunAsync(
            new LoadPlan(service.Address, Order.Mixed(Stage.WarmCustomers), stage.Expected) { Duration = duration }, cancellation);

        async Task<double> WarmRateAsync(string when)
        {
            var rates = new List<double>();
            for (var round = 0; round < stage.Options.Pairs; round++)
            {
                var result = await AskWarmAsync(TimeSpan.FromSeconds(stage.Options.Seconds));
                rates.Add(result.PerSecond);
                stage.Note(Section.Bound, $"warm throughput {when}", Unit.PerSecond, result.PerSecond, round);
            }

            return Statistics.Median(rates);
        }
    }
}
