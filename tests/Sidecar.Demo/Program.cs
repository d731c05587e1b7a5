using System.Runtime.InteropServices;
using Grpc.Core;

namespace Sidecar.Demo;

/// <summary>The demo: <c>sidecar-demo [--keep]</c>. It is a check too: an answer that is not the expected one makes it fail.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int BadUsage = 64;
    private const int Interrupted = 130;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ([] or ["--keep"]))
        {
            await Console.Error.WriteLineAsync($"demo: can't use \"{string.Join(' ', arguments)}\"; options: --keep, --help");
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
            await Tour.RunAsync(arguments is ["--keep"], interrupted.Token);
            return 0;
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            // A call, a wait or a process broke off: whatever it says, this is why.
            await Console.Error.WriteLineAsync("demo: interrupted");
            return Interrupted;
        }
        catch (DemoException wrong)
        {
            await Console.Error.WriteLineAsync($"demo: {wrong.Message}");
        }
        catch (Exception e) when (e is RpcException or HttpRequestException or InvalidOperationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"demo: {e.Message}");
        }

        return Failed;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }
}

/// <summary>Something is not as the demo expects it.</summary>
internal sealed class DemoException(string message) : Exception(message);
