using System.Globalization;
using System.Runtime.InteropServices;
using Grpc.Core;
using Sidecar.Bench.Cloud;
using Sidecar.Bench.Results;
using Sidecar.Bench.Sections;
using Sidecar.Testing;

namespace Sidecar.Bench;

/// <summary>The benchmark of the whole service; <c>./bench</c> publishes the servers and calls it.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int BadUsage = 64;
    private const int Interrupted = 130;
    private const string PageFile = "README.md";
    private const string ChartFile = "chart.svg";

    private static async Task<int> Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        // All traffic stays on this machine, whatever proxy the environment names.
        Environment.SetEnvironmentVariable("NO_PROXY", "127.0.0.1");
        Environment.SetEnvironmentVariable("no_proxy", "127.0.0.1");
        using var interrupted = new CancellationTokenSource();
        using var atInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var atTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return arguments is [CloudProgram.Command, var customers]
                ? await CloudProgram.RunAsync(int.Parse(customers, CultureInfo.InvariantCulture), interrupted.Token)
                : await RunAsync(arguments, interrupted.Token);
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("bench: interrupted");
            return Interrupted;
        }
        catch (Exception e) when (e is BenchException or FormatException or RpcException or IOException or InvalidOperationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"bench: {e.Message}");
            return Failed;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    private static async Task<int> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        BenchOptions options;
        try
        {
            options = BenchOptions.Read(arguments);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"bench: {wrong.Message}; options: ./bench --help");
            return BadUsage;
        }

        if (options.IsLook)
            return 0;
        var report = Report.Of(await MeasureAsync(options, cancellation));
        Console.Write(Page.Text(report));
        if (options.JsonFile is { } file)
            await File.WriteAllTextAsync(file, report.ToJson(), cancellation);
        if (options.PageFolder is { } folder)
        {
            var machine = Machine.Here(TimeProvider.System);
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, PageFile), Page.Markdown(report, machine, options.Command, ChartFile), cancellation);
            await File.WriteAllTextAsync(Path.Combine(folder, ChartFile), Chart.Svg(report, machine), cancellation);
        }

        var missed = report.Verdicts.Count(verdict => !verdict.IsKept);
        if (!options.Check || missed is 0)
            return 0;
        await Console.Error.WriteLineAsync($"bench: {missed} of {report.Verdicts.Count} targets were missed");
        return Failed;
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(BenchOptions options, CancellationToken cancellation)
    {
        await using var stage = await Stage.SetAsync(options, Console.WriteLine, cancellation);
        await RunAsync(Section.Start, StartSection.RunAsync);
        await RunAsync(Section.Cold, ColdSection.RunAsync);
        await RunAsync(Section.Redis, RedisSection.RunAsync);
        await RunAsync(Section.Bound, BoundSection.RunAsync);
        string[] loaded = [Section.Memory, Section.Mixed, Section.Hot, Section.Rate];
        if (loaded.Any(options.Has))
            await LoadedSections.RunAsync(stage, cancellation);
        // Their updates change the answers for good.
        await RunAsync(Section.Cluster, ClusterSection.RunAsync);
        await RunAsync(Section.Soak, SoakSection.RunAsync);
        return stage.Samples;

        async Task RunAsync(string section, Func<Stage, CancellationToken, Task> run)
        {
            if (!options.Has(section))
                return;
            Console.WriteLine($"{section} ...");
            await run(stage, cancellation);
        }
    }
}
