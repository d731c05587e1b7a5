using Grpc.Core;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench.Bare;

/// <summary>Gives one and the same reply, whatever is asked.</summary>
internal sealed class ConstantService(GetMeteredEntitlementResponse reply) : SidecarService.SidecarServiceBase
{
    private readonly Task<GetMeteredEntitlementResponse> _reply = Task.FromResult(reply);

    public override Task<GetMeteredEntitlementResponse> GetMeteredEntitlement(
        GetMeteredEntitlementRequest request, ServerCallContext context) => _reply;
}
