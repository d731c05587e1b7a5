using System.Globalization;
using System.Runtime.InteropServices;
using Grpc.Core;
using Sidecar.Soak.Results;
using Sidecar.Testing;

namespace Sidecar.Soak;

/// <summary>Load and faults for long; <c>./soak</c> publishes the service and calls it.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int BadUsage = 64;
    private const int Interrupted = 130;
    private const string PageFile = "soak.md";
    private const string ChartFile = "soak.svg";

    private static async Task<int> Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        using var interrupted = new CancellationTokenSource();
        using var atInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var atTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await RunAsync(SoakOptions.Read(arguments), interrupted.Token);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"soak: {wrong.Message}; options: ./soak --help");
            return BadUsage;
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("soak: interrupted");
            return Interrupted;
        }
        catch (Exception e) when (e is SoakException or RpcException or IOException or InvalidOperationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"soak: {e.Message}");
            return Failed;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    private static async Task<int> RunAsync(SoakOptions options, CancellationToken cancellation)
    {
        Console.WriteLine($"{options.Duration.TotalMinutes:0} minutes, seed {options.Seed} ...");
        var outcome = await SoakRun.RunAsync(options, Console.WriteLine, cancellation);
        var verdicts = Verdict.Of(outcome);
        Console.Write(Page.Text(outcome, verdicts));
        if (options.PageFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(
                Path.Combine(folder, PageFile), Page.Markdown(outcome, verdicts, Machine.Here(TimeProvider.System), ChartFile), cancellation);
            await File.WriteAllTextAsync(Path.Combine(folder, ChartFile), Chart.Svg(outcome), cancellation);
        }

        return verdicts.All(verdict => verdict.IsKept is not false) ? 0 : Failed;
    }
}
