using System.Diagnostics;
using Grpc.Core;
using Sidecar.Soak.Results;
using Sidecar.Soak.Running;

namespace Sidecar.Soak;

/// <summary>One run.</summary>
internal static class SoakRun
{
    // What was held back by the last fault arrives, and Redis gets what it is owed.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    /// <summary>Runs.</summary>
    /// <param name="options">How long, and how hard.</param>
    /// <param name="progress">Takes lines on how far it is.</param>
    /// <param name="cancellation">Breaks it off.</param>
    /// <exception cref="SoakException">The service could not be started, or did not heal.</exception>
    public static async Task<Outcome> RunAsync(SoakOptions options, Action<string> progress, CancellationToken cancellation)
    {
        await using var world = await World.StartAsync(options, cancellation);
        var changes = new Changes(world, options);
        var (readers, reporters, sampler) = (new Readers(world, options), new Reporters(world, options), new Sampler(world, options));
        var faults = new Faults(world, changes, options, progress);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = Stopwatch.StartNew();
        // The last fault is healed while all others still go on.
        using var stopFaults = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stopFaults.CancelAfter(options.Duration);
        var troubled = faults.RunAsync(watch, stopFaults.Token, cancellation);
        Task[] all = [readers.RunAsync(stop.Token), reporters.RunAsync(stop.Token), changes.RunAsync(stop.Token), sampler.RunAsync(watch, stop.Token)];
        // One that breaks down ends the run.
        var first = await Task.WhenAny([troubled, .. all]);
        await first;
        await troubled;
        await stop.CancelAsync();
        await Task.WhenAll(all);
        cancellation.ThrowIfCancellationRequested();
        var took = watch.Elapsed;

        await Task.Delay(Quiet, cancellation);
        var quiet = await ProblemAsync(world, mayBeBehind: true, cancellation);
        var (code, problem) = await RestartAsync(world, cancellation);
        return new Outcome
        {
            Options = options,
            Took = took,
            Samples = sampler.Samples,
            Faults = faults.Lines,
            Tally = world.Tally,
            Reports = reporters.Compare(),
            HasRedis = world.Redis is not null,
            QuietProblem = quiet,
            ExitCode = code,
            RestartProblem = problem,
        };
    }

    private static async Task<(int Code, string? Problem)> RestartAsync(World world, CancellationToken cancellation)
    {
        if (world.Redis is null)
        {
            world.Service.SendTerminate();
            return (await world.Service.WaitForExitAsync(), null);
        }

        await world.Cloud.StopAsync();
        var code = await world.RestartAsync();
        return (code, await ProblemAsync(world, mayBeBehind: false, cancellation));
    }

    private static async Task<string?> ProblemAsync(World world, bool mayBeBehind, CancellationToken cancellation)
    {
        try
        {
            return await world.AskEachAsync(mayBeBehind, cancellation);
        }
        catch (RpcException e)
        {
            return e.Message;
        }
    }
}
