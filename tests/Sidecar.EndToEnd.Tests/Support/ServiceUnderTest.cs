using Grpc.Net.Client;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Testing;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>A service in a process of its own beside a cloud in this one.</summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    /// <summary>The key that the cloud accepts. No other text holds it, so that it can be searched for.</summary>
    public const string ApiKey = "server-key-9f1c3a7e5b";

    private ServiceUnderTest(CloudEmulator cloud, SidecarProcess service)
    {
        Cloud = cloud;
        Service = service;
        Channel = service.Connect();
        Client = new SidecarService.SidecarServiceClient(Channel);
    }

    /// <summary>The cloud.</summary>
    public CloudEmulator Cloud { get; }

    /// <summary>What can be changed in it.</summary>
    public EmulatorControl Control => Cloud.Control;

    /// <summary>The service's process.</summary>
    public SidecarProcess Service { get; }

    /// <summary>A connection to it.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Asks it.</summary>
    public SidecarService.SidecarServiceClient Client { get; }

    /// <summary>Requests about entitlements that reached the cloud.</summary>
    public int StateRequests => Control.Requests.Snapshot().State;

    /// <summary>Starts both.</summary>
    /// <param name="variables">Variables of the service beside the cloud's address and key; null takes one away.</param>
    /// <param name="prepare">What to change in the cloud before the service starts.</param>
    /// <param name="data">The cloud's data; null for the demo's.</param>
    /// <param name="variablesOf">Variables that depend on the cloud's address, as where there is something between; null for none.</param>
    /// <param name="output">The file that the service writes its lines to; null where they are read.</param>
    /// <param name="filesAtMost">How many files the service may have open; null for as many as this process.</param>
    public static async Task<ServiceUnderTest> StartAsync(
        Dictionary<string, string?>? variables = null,
        Action<EmulatorControl>? prepare = null,
        EmulatorData? data = null,
        Func<Uri, Task<Dictionary<string, string?>>>? variablesOf = null,
        string? output = null,
        int? filesAtMost = null)
    {
        var options = new EmulatorOptions
        {
            ApiKey = ApiKey,
            Data = data ?? EmulatorData.Demo(TimeProvider.System.GetUtcNow()),
        };
        var cloud = await CloudEmulator.StartAsync(options, CancellationToken.None);
        try
        {
            prepare?.Invoke(cloud.Control);
            var all = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["SERVER_API_KEY"] = ApiKey,
                ["EDGE_API_URL"] = cloud.Address.ToString(),
                ["API_URL"] = cloud.Address.ToString(),
                ["WS_URL"] = StreamAddress(cloud.Address).ToString(),
            };
            foreach (var (name, value) in variables ?? [])
                all[name] = value;
            foreach (var (name, value) in variablesOf is null ? [] : await variablesOf(cloud.Address))
                all[name] = value;
            return new ServiceUnderTest(
                cloud,
                output is not null ? await SidecarProcess.StartWithOutputAsync(all, output)
                    : filesAtMost is { } files ? await SidecarProcess.StartWithFilesAsync(all, files)
                    : await SidecarProcess.StartAsync(all));
        }
        catch
        {
            await cloud.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts both, with the stream of updates, and waits until that is up.</summary>
    /// <param name="variables">Variables of the service beside the cloud's address and key; null takes one away.</param>
    /// <param name="prepare">What to change in the cloud before the service starts.</param>
    /// <param name="data">The cloud's data; null for the demo's.</param>
    public static async Task<ServiceUnderTest> StartWithStreamAsync(
        Dictionary<string, string?>? variables = null, Action<EmulatorControl>? prepare = null, EmulatorData? data = null)
    {
        var it = await StartAsync(new(variables ?? [], StringComparer.Ordinal) { ["WS_ENABLED"] = "true" }, prepare, data);
        try
        {
            await it.StreamIsAsync(up: true);
            return it;
        }
        catch
        {
            await it.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the stream is up, or down.</summary>
    public async Task StreamIsAsync(bool up, TimeSpan? within = null) => await Eventually.HoldsAsync(
        async () => await Service.CounterAsync("sidecar_stream_up") == (up ? 1 : 0), within);

    /// <summary>Where a cloud's stream of updates is.</summary>
    public static Uri StreamAddress(Uri cloud) => new UriBuilder(cloud) { Scheme = Uri.UriSchemeWs }.Uri;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await Service.DisposeAsync();
        await Cloud.DisposeAsync();
    }
}
