using Sidecar.Bench.Cloud;
using Sidecar.Bench.Results;
using Sidecar.Emulator;
using Sidecar.Testing;

namespace Sidecar.Bench.Servers;

/// <summary>The service.</summary>
internal sealed class SidecarServer : IBenchServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(350);
    private readonly SidecarProcess _process;

    private SidecarServer(SidecarProcess process) => _process = process;

    public string Name { get; set; } = Server.Sidecar;

    public Uri Address => _process.GrpcAddress;

    public int ProcessId => _process.Id;

    /// <summary>Starts it beside an emulated cloud, with the stream of updates.</summary>
    /// <param name="program">The program.</param>
    /// <param name="cloud">The cloud.</param>
    /// <param name="more">Further variables.</param>
    /// <param name="launcher">A command that the program is started with.</param>
    public static async Task<SidecarServer> StartAsync(
        string program, CloudProcess cloud, IReadOnlyDictionary<string, string?>? more = null, IReadOnlyList<string>? launcher = null)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = EmulatorOptions.DefaultApiKey,
            ["EDGE_API_URL"] = cloud.Address.ToString(),
            ["API_URL"] = cloud.Address.ToString(),
            ["WS_ENABLED"] = "true",
            ["WS_URL"] = cloud.StreamAddress.ToString(),
            ["GRPC_BIND"] = "127.0.0.1",
            ["METRICS_BIND"] = "127.0.0.1",
        };
        foreach (var (name, value) in more ?? new Dictionary<string, string?>(StringComparer.Ordinal))
            variables[name] = value;
        return new SidecarServer(launcher is null
            ? await SidecarProcess.StartAsync(variables, program)
            : await SidecarProcess.StartAsync(variables, launcher[0], [.. launcher.Skip(1), program]));
    }

    /// <summary>Waits until the stream of updates is up: what is read before that has to be read again.</summary>
    public Task StreamIsUpAsync(CancellationToken cancellation) =>
        UntilAsync(async () => await MetricAsync("sidecar_stream_up", cancellation) is 1, "the stream of updates did not come up", Patience, cancellation);

    /// <summary>The sum of a metric over all lines that have all these labels.</summary>
    public async Task<double> MetricAsync(string name, CancellationToken cancellation, params string[] labels)
    {
        using var response = await _process.GetAsync("/metrics");
        return MetricText.Sum(await response.Content.ReadAsStringAsync(cancellation), name, labels);
    }

    /// <summary>Looks until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string problem, TimeSpan patience, CancellationToken cancellation)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > patience)
                throw new BenchException($"{problem} within {patience.TotalSeconds:0} s");
            // Scrapes closer to one another may show the same figures.
            await Task.Delay(LookEvery, cancellation);
        }
    }

    /// <summary>Ends it as an operator does.</summary>
    public async Task StopAsync()
    {
        _process.SendTerminate();
        await _process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
