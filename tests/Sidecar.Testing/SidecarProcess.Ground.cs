using System.Diagnostics;
using System.Globalization;

namespace Sidecar.Testing;

/// <content>A service that stands on something other than usual.</content>
public sealed partial class SidecarProcess
{
    /// <summary>Starts the service with its lines going to a file, which may be one that takes none, and waits until it answers that it is ready.</summary>
    /// <param name="variables">Its variables, as for a service whose lines are read.</param>
    /// <param name="output">The file.</param>
    public static async Task<SidecarProcess> StartWithOutputAsync(IReadOnlyDictionary<string, string?> variables, string output)
    {
        var (grpc, metrics) = (Ports.Free(), Ports.Free());
        var all = new Dictionary<string, string?>(variables, StringComparer.Ordinal)
        {
            ["GRPC_PORT"] = grpc.ToString(CultureInfo.InvariantCulture),
            ["METRICS_PORT"] = metrics.ToString(CultureInfo.InvariantCulture),
        };
        var sidecar = Launch(
            all, "sh", ["-c", "exec dotnet \"$1\" >\"$2\"", "sh", Path.Combine(AppContext.BaseDirectory, "sidecar.dll"), output]);
        (sidecar.GrpcAddress, sidecar.MetricsAddress) = (new($"http://127.0.0.1:{grpc}"), new($"http://127.0.0.1:{metrics}"));
        try
        {
            for (var watch = Stopwatch.StartNew(); !await sidecar.IsReadyAsync();)
            {
                if (sidecar._process.HasExited || watch.Elapsed > Patience)
                    throw new InvalidOperationException($"the service did not become ready:\n{string.Join('\n', sidecar._lines)}");
                await Task.Delay(20);
            }

            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service with a limit to what it may have open, and waits until it says that it is ready.</summary>
    /// <param name="variables">Its variables.</param>
    /// <param name="files">How many files and sockets.</param>
    public static Task<SidecarProcess> StartWithFilesAsync(IReadOnlyDictionary<string, string?> variables, int files) =>
        StartAsync(variables, "prlimit", [$"--nofile={files}:{files}", "dotnet", Path.Combine(AppContext.BaseDirectory, "sidecar.dll")]);

    /// <summary>The memory that the process holds, in MB.</summary>
    public double ResidentMegabytes()
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await GetAsync("/readyz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not yet.
            return false;
        }
    }
}
