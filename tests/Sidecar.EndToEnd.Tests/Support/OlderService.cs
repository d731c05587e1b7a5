using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>A service from before the V2 calls: it hands on what it knows to another one, and the rest is UNIMPLEMENTED.</summary>
public sealed class OlderService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OlderService(WebApplication app) => _app = app;

    /// <summary>Where it is, as host:port.</summary>
    public string Address => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;

    /// <summary>Starts it.</summary>
    /// <param name="behind">Who answers.</param>
    /// <param name="broken">A feature that it fails about, or null.</param>
    public static async Task<OlderService> StartAsync(SidecarService.SidecarServiceClient behind, string? broken = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Calls(behind, broken));
        var app = builder.Build();
        app.UseRouting().UseEndpoints(endpoints => endpoints.MapGrpcService<Calls>());
        await app.StartAsync();
        return new OlderService(app);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Calls(SidecarService.SidecarServiceClient behind, string? broken) : SidecarService.SidecarServiceBase
    {
        public override async Task<GetEntitlementsResponse> GetEntitlements(GetEntitlementsRequest request, ServerCallContext context) =>
            await behind.GetEntitlementsAsync(request);

        public override async Task<GetEntitlementResponse> GetEntitlement(GetEntitlementRequest request, ServerCallContext context) =>
            request.FeatureId == broken ? throw new InvalidOperationException("broken") : await behind.GetEntitlementAsync(request);

        public override async Task<GetBooleanEntitlementResponse> GetBooleanEntitlement(GetBooleanEntitlementRequest request, ServerCallContext context) =>
            await behind.GetBooleanEntitlementAsync(request);

        public override async Task<GetNumericEntitlementResponse> GetNumericEntitlement(GetNumericEntitlementRequest request, ServerCallContext context) =>
            await behind.GetNumericEntitlementAsync(request);

        public override async Task<GetMeteredEntitlementResponse> GetMeteredEntitlement(GetMeteredEntitlementRequest request, ServerCallContext context) =>
            await behind.GetMeteredEntitlementAsync(request);

        public override async Task<GetEnumEntitlementResponse> GetEnumEntitlement(GetEnumEntitlementRequest request, ServerCallContext context) =>
            await behind.GetEnumEntitlementAsync(request);
    }
}
