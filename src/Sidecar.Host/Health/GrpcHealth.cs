using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Connections.Features;
using Status = Grpc.Core.Status;

namespace Sidecar.Host.Health;

/// <summary>The standard health service: readiness, for the whole server and for its one service.</summary>
/// <param name="readiness">The readiness.</param>
public sealed class GrpcHealth(Readiness readiness) : Grpc.Health.V1.Health.HealthBase
{
    /// <summary>The path of the call that lasts as long as its connection.</summary>
    public const string WatchPath = "/grpc.health.v1.Health/Watch";

    private static readonly string ServiceName = Stigg.Sidecar.V1.SidecarService.Descriptor.FullName;

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => IsKnown(request.Service)
        ? Task.FromResult(Reply(readiness.Look()))
        : throw new RpcException(new Status(StatusCode.NotFound, $"unknown service; known are \"\" and \"{ServiceName}\""));

    /// <inheritdoc/>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        // The call must not keep its connection from closing.
        var closing = context.GetHttpContext().Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, closing);
        try
        {
            if (!IsKnown(request.Service))
            {
                await responseStream.WriteAsync(new() { Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown }, end.Token);
                await Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
            }

            HealthCheckResponse? last = null;
            while (true)
            {
                var (verdict, turned) = readiness.Follow();
                var reply = Reply(verdict);
                if (!reply.Equals(last))
                    await responseStream.WriteAsync(reply, end.Token);
                last = reply;
                await turned.WaitAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new RpcException(closing.IsCancellationRequested
                ? new Status(StatusCode.Unavailable, "the connection is closing")
                : new Status(StatusCode.Cancelled, "the caller has gone"));
        }
    }

    private static bool IsKnown(string service) => service.Length == 0 || service == ServiceName;

    private static HealthCheckResponse Reply(ReadinessVerdict verdict) => new()
    {
        Status = verdict.IsReady ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
    };
}
