using System.Diagnostics;
using System.Text;
using Sidecar.Emulator;
using Sidecar.Emulator.Data;
using Sidecar.Testing;

namespace Sidecar.Bench;

/// <summary>A server to load, in a process of its own.</summary>
internal interface IBenchServer : IAsyncDisposable
{
    /// <summary>What it is called.</summary>
    string Name { get; }

    /// <summary>Where it answers.</summary>
    Uri Address { get; }

    /// <summary>Its process.</summary>
    int ProcessId { get; }
}

/// <summary>The service, with an emulated cloud in this process.</summary>
internal sealed class SidecarServer : IBenchServer
{
    /// <summary>Its name.</summary>
    public const string ServerName = "sidecar";

    private readonly CloudEmulator _cloud;
    private readonly SidecarProcess _process;

    private SidecarServer(CloudEmulator cloud, SidecarProcess process) => (_cloud, _process) = (cloud, process);

    public string Name => ServerName;

    public Uri Address => _process.GrpcAddress;

    public int ProcessId => _process.Id;

    /// <summary>Starts both.</summary>
    public static async Task<SidecarServer> StartAsync(string program, CancellationToken cancellation)
    {
        // Data that stands: the others give the same reply for ever.
        var data = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var cloud = await CloudEmulator.StartAsync(new EmulatorOptions { Data = data }, cancellation);
        try
        {
            var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["SERVER_API_KEY"] = EmulatorOptions.DefaultApiKey,
                ["EDGE_API_URL"] = cloud.Address.ToString(),
                ["API_URL"] = cloud.Address.ToString(),
                ["GRPC_BIND"] = "127.0.0.1",
                ["METRICS_BIND"] = "127.0.0.1",
            };
            return new SidecarServer(cloud, await SidecarProcess.StartAsync(variables, program));
        }
        catch
        {
            await cloud.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _cloud.DisposeAsync();
    }
}

/// <summary>A program that says <c>Ready on</c> and its address, and then answers until it is ended.</summary>
internal sealed class PlainServer : IBenchServer
{
    private const string ReadyLine = "Ready on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private PlainServer(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public int ProcessId => _process.Id;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<PlainServer> StartAsync(string name, string program, string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new PlainServer(name, new Process { StartInfo = start });
        server._process.ErrorDataReceived += (_, e) => server._errors.AppendLine(e.Data);
        server._process.Start();
        try
        {
            server._process.BeginErrorReadLine();
            var line = await server._process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
            if (line?.StartsWith(ReadyLine, StringComparison.Ordinal) is not true)
                throw new BenchException($"{name} did not start: {line}{server._errors}");
            server.Address = new Uri(line[ReadyLine.Length..]);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
