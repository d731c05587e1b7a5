using System.Diagnostics;
using Grpc.Core;

namespace Sidecar.Soak.Running;

/// <summary>Has one thing after the other go wrong, at random, and waits each time until the service is well again.</summary>
internal sealed class Faults(World world, Changes changes, SoakOptions options, Action<string> progress)
{
    // A refused key is tried again after a minute.
    private static readonly TimeSpan LongestHealing = TimeSpan.FromSeconds(150);
    private readonly List<FaultLine> _lines = [];

    /// <summary>Those that were.</summary>
    public IReadOnlyList<FaultLine> Lines => _lines;

    /// <summary>Goes on until it is stopped, and ends in a calm moment.</summary>
    /// <param name="watch">The time of the run.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="cancellation">Breaks the run off, also while a fault heals.</param>
    public async Task RunAsync(Stopwatch watch, CancellationToken stop, CancellationToken cancellation)
    {
        var random = new Random(options.Seed);
        Fault[] left = [];
        while (true)
        {
            world.IsCalm = true;
            await Task.Delay(options.Calm * (1 + (2 * random.NextDouble())), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            // Each comes once before one comes again.
            if (left.Length is 0)
            {
                left = [.. Fault.Of(world.Redis is not null, options.Only)];
                random.Shuffle(left);
            }

            await RunAsync(left[^1], options.Trouble * (1 + (5 * random.NextDouble())), watch, cancellation);
            left = left[..^1];
        }
    }

    private async Task RunAsync(Fault fault, TimeSpan time, Stopwatch watch, CancellationToken cancellation)
    {
        world.IsCalm = false;
        world.Fault = fault.Name;
        var from = watch.Elapsed;
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            end.CancelAfter(time);
            await fault.RunAsync(world, changes, end.Token);
        }

        var to = watch.Elapsed;
        await World.UntilAsync(IsWellAsync, $"after \"{fault.Name}\" it did not heal", cancellation, LongestHealing);
        var line = new FaultLine(fault.Name, from, to, watch.Elapsed - to);
        _lines.Add(line);
        progress($"  {from:hh\\:mm\\:ss} {fault.Name}: {(to - from).TotalSeconds:0.0} s, healed after {line.Healed.TotalSeconds:0.0} s");
        await Task.Delay(options.UntilCalm, cancellation);
    }

    private async Task<bool> IsWellAsync()
    {
        if (await world.MetricAsync("sidecar_stream_up") is not 1
            || await world.MetricAsync("sidecar_upstream_suspended") is not 0
            || await world.MetricAsync("sidecar_upstream_rereads_waiting") is not 0
            || (world.Redis is not null && (await world.MetricAsync("sidecar_redis_up") is not 1 || await world.MetricAsync("sidecar_redis_suspended") is not 0)))
        {
            return false;
        }

        try
        {
            var reply = await world.Clients[0].GetMeteredEntitlementAsync(new() { CustomerId = SoakData.Known(0), FeatureId = SoakData.Told });
            return !reply.IsFallback && reply.Entitlement.CurrentUsage >= world.Told.Least(0);
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
