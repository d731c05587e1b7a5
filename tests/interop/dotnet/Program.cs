using Grpc.Core;
using Grpc.Net.Client;
using Stigg.Sidecar.V1;

using var channel = GrpcChannel.ForAddress($"http://{Environment.GetEnvironmentVariable("SIDECAR")}");
var sidecar = new SidecarService.SidecarServiceClient(channel);
var question = new GetMeteredEntitlementRequest
{
    CustomerId = "customer-demo",
    FeatureId = "feature-api-calls",
    Options = new() { RequestedUsage = 5 },
};
try
{
    var answer = await sidecar.GetMeteredEntitlementAsync(question, deadline: DateTime.UtcNow.AddSeconds(2));
    Console.WriteLine($"allowed: {answer.HasAccess}, used: {answer.Entitlement.CurrentUsage} of {answer.Entitlement.UsageLimit}");
}
catch (RpcException e)
{
    Console.WriteLine($"{e.StatusCode}: {e.Status.Detail}");
}
