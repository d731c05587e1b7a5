using System.Globalization;
using System.Runtime.InteropServices;
using Grpc.Core;

namespace Sidecar.Bench;

/// <summary>The benchmark of the whole service; <c>./bench</c> publishes the servers and calls it.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int BadUsage = 64;
    private const int Interrupted = 130;

    private static async Task<int> Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
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

        // All traffic stays on this machine, whatever proxy the environment names.
        Environment.SetEnvironmentVariable("NO_PROXY", "127.0.0.1");
        Environment.SetEnvironmentVariable("no_proxy", "127.0.0.1");
        using var interrupted = new CancellationTokenSource();
        using var atInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var atTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await RunAsync(options, interrupted.Token);
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("bench: interrupted");
            return Interrupted;
        }
        catch (Exception e) when (e is BenchException or RpcException or IOException or InvalidOperationException or TimeoutException)
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

    private static async Task<int> RunAsync(BenchOptions options, CancellationToken cancellation)
    {
        var rounds = await Rounds.MeasureAsync(options, Console.WriteLine, cancellation);
        var report = Report.Of(rounds);
        Console.WriteLine();
        Console.Write(report);
        if (options.JsonFile is { } file)
            await File.WriteAllTextAsync(file, report.ToJson(rounds), cancellation);
        if (!options.Check || report.IsWithinThresholds)
            return 0;
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"bench: missed: a throughput of at least {Report.MinThroughput} and a CPU of at most {Report.MaxCpu} of the bare server's"));
        return Failed;
    }
}
