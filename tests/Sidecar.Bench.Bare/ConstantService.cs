using Google.Protobuf;
using Grpc.Core;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench.Bare;

/// <summary>Gives one and the same reply to each call of a method, whatever is asked.</summary>
/// <param name="replies">The replies, by method.</param>
internal sealed class ConstantService(IReadOnlyDictionary<string, byte[]> replies) : SidecarService.SidecarServiceBase
{
    private readonly Task<GetBooleanEntitlementResponse> _boolean = Reply(replies, nameof(GetBooleanEntitlement), GetBooleanEntitlementResponse.Parser);
    private readonly Task<GetNumericEntitlementResponse> _numeric = Reply(replies, nameof(GetNumericEntitlement), GetNumericEntitlementResponse.Parser);
    private readonly Task<GetMeteredEntitlementResponse> _metered = Reply(replies, nameof(GetMeteredEntitlement), GetMeteredEntitlementResponse.Parser);
    private readonly Task<GetEnumEntitlementResponse> _enum = Reply(replies, nameof(GetEnumEntitlement), GetEnumEntitlementResponse.Parser);
    private readonly Task<GetEntitlementResponse> _any = Reply(replies, nameof(GetEntitlement), GetEntitlementResponse.Parser);
    private readonly Task<GetEntitlementV2Response> _anyV2 = Reply(replies, nameof(GetEntitlementV2), GetEntitlementV2Response.Parser);
    private readonly Task<GetEntitlementsResponse> _list = Reply(replies, nameof(GetEntitlements), GetEntitlementsResponse.Parser);

    public override Task<GetBooleanEntitlementResponse> GetBooleanEntitlement(GetBooleanEntitlementRequest request, ServerCallContext context) => _boolean;

    public override Task<GetNumericEntitlementResponse> GetNumericEntitlement(GetNumericEntitlementRequest request, ServerCallContext context) => _numeric;

    public override Task<GetMeteredEntitlementResponse> GetMeteredEntitlement(GetMeteredEntitlementRequest request, ServerCallContext context) => _metered;

    public override Task<GetEnumEntitlementResponse> GetEnumEntitlement(GetEnumEntitlementRequest request, ServerCallContext context) => _enum;

    public override Task<GetEntitlementResponse> GetEntitlement(GetEntitlementRequest request, ServerCallContext context) => _any;

    public override Task<GetEntitlementV2Response> GetEntitlementV2(GetEntitlementV2Request request, ServerCallContext context) => _anyV2;

    public override Task<GetEntitlementsResponse> GetEntitlements(GetEntitlementsRequest request, ServerCallContext context) => _list;

    private static Task<T> Reply<T>(IReadOnlyDictionary<string, byte[]> replies, string method, MessageParser<T> parser)
        where T : IMessage<T> => Task.FromResult(parser.ParseFrom(replies[method]));
}
