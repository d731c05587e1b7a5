using System.Diagnostics;
using Grpc.Net.Client;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Bench.Servers;
using Sidecar.Testing;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench.Sections;

/// <summary>How long the service needs until it answers, and what it takes when nobody asks.</summary>
internal static class StartSection
{
    private const int LeastRuns = 5;

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        var runs = Math.Max(LeastRuns, stage.Options.Pairs);
        for (var run = 0; run < runs; run++)
        {
            var watch = Stopwatch.StartNew();
            await using var service = await stage.StartPlainSidecarAsync();
            await AskAsync(service, cancellation);
            var first = watch.Elapsed;
            // The first run makes ready the client, and brings the program's files into memory.
            if (run > 0)
                stage.Note(Section.Start, What.FirstAnswer, Unit.Milliseconds, first.TotalMilliseconds, run);
            if (run == runs - 1)
                await RestAsync(stage, service, watch, cancellation);
        }
    }

    private static async Task AskAsync(SidecarServer service, CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(service.Address);
        var call = Call.All[Call.Metered];
        var reply = await new SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(
            new() { CustomerId = Call.Id(0), FeatureId = call.FeatureId }, cancellationToken: cancellation);
        if (Cloud.Replies.Problem(call, kind: 0, reply) is { } problem)
            throw new BenchException($"the first answer {problem}: {reply}");
    }

    private static async Task RestAsync(Stage stage, SidecarServer service, Stopwatch sinceStart, CancellationToken cancellation)
    {
        var rest = TimeSpan.FromSeconds(stage.Options.RestSeconds);
        stage.Progress($"  resting for {rest.TotalSeconds:0} s ...");
        // The first half is for what a start leaves to do.
        await UntilAsync(rest / 2);
        var (cpu, from) = (ProcessFigures.CpuTime(service.ProcessId), sinceStart.Elapsed);
        await UntilAsync(rest);
        var share = (ProcessFigures.CpuTime(service.ProcessId) - cpu) / (sinceStart.Elapsed - from);
        stage.Note(Section.Start, What.IdleCpu, Unit.Percent, share * 100);
        stage.Note(Section.Start, What.ResidentAfter(stage.Options.RestSeconds), Unit.Megabytes, ProcessFigures.ResidentBytes(service.ProcessId) / 1e6);

        Task UntilAsync(TimeSpan moment) => moment > sinceStart.Elapsed ? Task.Delay(moment - sinceStart.Elapsed, cancellation) : Task.CompletedTask;
    }
}
