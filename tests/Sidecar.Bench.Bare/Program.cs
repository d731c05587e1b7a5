// What gRPC in ASP.NET Core costs by itself: the limits of the service, and nothing behind it. The one argument is a
// JSON file with the replies; those to the first kind of customers are given to all.
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Bench.Bare;

using var file = JsonDocument.Parse(await File.ReadAllBytesAsync(args[0]));
var replies = file.RootElement.GetProperty("replies").EnumerateArray().Where(one => one.GetProperty("kind").GetInt32() is 0).ToDictionary(
    one => one.GetProperty("method").GetString()!, one => one.GetProperty("reply").GetBytesFromBase64(), StringComparer.Ordinal);
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
    kestrel.Limits.Http2.MaxStreamsPerConnection = 10_000;
    kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
});
builder.Services.AddRoutingCore();
builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 4 * 1024 * 1024);
builder.Services.AddSingleton(new ConstantService(replies));

await using var app = builder.Build();
app.UseRouting().UseEndpoints(endpoints => endpoints.MapGrpcService<ConstantService>());
await app.StartAsync();
Console.WriteLine($"Ready on {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()}");
await app.WaitForShutdownAsync();
