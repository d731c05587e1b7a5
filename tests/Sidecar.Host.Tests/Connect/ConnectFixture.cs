using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Host.Configuration;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Connect;

/// <summary>A whole service in this process, offline, which knows one customer and answers over HTTP.</summary>
public sealed class ConnectFixture : IAsyncLifetime
{
    public const string Customer = "known";
    public const string Flag = "flag";
    public const string Calls = "calls";
    private readonly WebApplication _app = SidecarApp.Build(Options());

    /// <summary>Asks it.</summary>
    public HttpClient Http { get; } = new();

    /// <summary>Where it answers over HTTP.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where it answers over gRPC.</summary>
    public Uri GrpcAddress { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        var listeners = _app.Services.GetRequiredService<Listeners>();
        Address = new Uri(listeners.AddressOf(ListenerKind.Http)!);
        GrpcAddress = new Uri(listeners.AddressOf(ListenerKind.Grpc)!);
        Http.BaseAddress = Address;
        var state = EntitlementState.Create(null, [new FeatureEntitlement(new FeatureDefinition(Flag, FeatureType.Boolean))]);
        _app.Services.GetRequiredService<EntitlementCache>().Publish(
            new EntryKey(Customer), new EntitlementView(state, _app.Services.GetRequiredService<ProcessClock>().Uptime), 0);
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>The path of a method.</summary>
    public static string PathOf(string method) => $"/stigg.sidecar.v1.SidecarService/{method}";

    /// <summary>Calls a method with a body.</summary>
    public Task<HttpResponseMessage> CallAsync(string method, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        CallAsync(method, Encoding.UTF8.GetBytes(body), contentType, headers);

    /// <summary>Calls a method with a body.</summary>
    public async Task<HttpResponseMessage> CallAsync(string method, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, PathOf(method)) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return await Http.SendAsync(request);
    }

    private static SidecarOptions Options()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OFFLINE"] = "true",
            ["GRPC_PORT"] = "0",
            ["GRPC_BIND"] = "127.0.0.1",
            ["PORT"] = "off",
            ["METRICS_PORT"] = "off",
            ["DIAGNOSTICS_PORT"] = "off",
            ["HTTP_PORT"] = "0",
            ["HTTP_BIND"] = "127.0.0.1",
            ["CACHE_REVALIDATE_SECONDS"] = "86400",
            ["CACHE_MAX_AGE_SECONDS"] = "86400",
            ["ENTITLEMENTS_FALLBACK"] = """{"calls":{"hasAccess":true,"usageLimit":5}}""",
        };
        return SidecarOptions.Read(
            new SettingsReader(variables.GetValueOrDefault, _ => throw new FileNotFoundException()), availableMemory: 1L << 31);
    }
}
