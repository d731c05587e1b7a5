using System.Diagnostics;
using Sidecar.Testing;

namespace Sidecar.Soak.Running;

/// <summary>Looks at the service every few seconds.</summary>
internal sealed class Sampler(World world, SoakOptions options)
{
    private readonly List<Sample> _samples = [];

    /// <summary>What was seen.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Looks until it is stopped.</summary>
    /// <param name="watch">The time of the run.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Stopwatch watch, CancellationToken stop)
    {
        var (cpu, at) = (ProcessFigures.CpuTime(world.Service.Id), watch.Elapsed);
        world.Tally.TakeLatencies();
        using var timer = new PeriodicTimer(options.SampleEvery);
        while (!stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            var (cpuNow, now) = (ProcessFigures.CpuTime(world.Service.Id), watch.Elapsed);
            var latencies = world.Tally.TakeLatencies();
            _samples.Add(new Sample(
                now,
                ProcessFigures.ResidentBytes(world.Service.Id),
                await world.HeapBytesAsync(),
                await world.MetricAsync("sidecar_cache_bytes"),
                (cpuNow - cpu) / (now - at),
                Directory.EnumerateFileSystemEntries($"/proc/{world.Service.Id}/fd").Count(),
                latencies.Length,
                Percentile(latencies, 0.5),
                Percentile(latencies, 0.99),
                Percentile(latencies, 1)));
            (cpu, at) = (cpuNow, now);
        }
    }

    private static double Percentile(double[] ascending, double share) =>
        ascending.Length is 0 ? 0 : ascending[(int)Math.Min(ascending.Length * share, ascending.Length - 1)];
}
