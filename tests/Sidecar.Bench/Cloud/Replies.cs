using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Sidecar.Bench.Load;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench.Cloud;

/// <summary>The replies to all calls about all kinds of customers.</summary>
internal static class Replies
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    /// <summary>Asks the service, and judges each reply by the data.</summary>
    /// <returns>The gRPC frames: for each kind of customer those of all calls.</returns>
    public static async Task<byte[][][]> LearnAsync(Uri address, CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var invoker = channel.CreateCallInvoker();
        var methods = Call.All.Select(call => new Method<byte[], byte[]>(
            MethodType.Unary, "stigg.sidecar.v1.SidecarService", call.Method, Raw, Raw)).ToList();
        var bodies = Enumerable.Range(0, CloudData.Kinds).Select(_ => new byte[Call.All.Count][]).ToArray();
        await Parallel.ForAsync(0, CloudData.Kinds, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation }, async (kind, ct) =>
        {
            for (var i = 0; i < methods.Count; i++)
            {
                var frame = new byte[Call.All[i].Length];
                Call.All[i].Write(kind, frame);
                using var call = invoker.AsyncUnaryCall(methods[i], null, new CallOptions(cancellationToken: ct), frame[5..]);
                var reply = Call.All[i].Replies.ParseFrom(await call.ResponseAsync);
                if (Problem(Call.All[i], kind, reply) is { } problem)
                    throw new BenchException($"the service's reply to {Call.All[i].Method} about {Call.Id(kind)} {problem}: {reply}");
                bodies[kind][i] = Call.Framed(reply);
            }
        });
        return bodies;
    }

    /// <summary>What is wrong with a reply, or null.</summary>
    public static string? Problem(Call call, int kind, IMessage reply)
    {
        return reply switch
        {
            GetBooleanEntitlementResponse it => Granted(it.HasAccess, it.IsFallback) ?? About(it.Entitlement?.Feature),
            GetNumericEntitlementResponse it => Granted(it.HasAccess, it.IsFallback) ?? About(it.Entitlement?.Feature)
                ?? Says(it.Entitlement!.Value, CloudData.ValueOfSeats(CloudData.NumberIn(call.FeatureId!))),
            GetMeteredEntitlementResponse it => Granted(it.HasAccess, it.IsFallback) ?? Metered(it.Entitlement),
            GetEnumEntitlementResponse it => Granted(it.HasAccess, it.IsFallback) ?? About(it.Entitlement?.Feature)
                ?? Says(it.Entitlement!.EnumValues.Count, CloudData.EnumValues.Length),
            GetEntitlementResponse it => Granted(it.HasAccess, it.IsFallback) ?? Metered(it.Metered),
            GetEntitlementV2Response it => Granted(it.Entitlement.HasAccess, it.Entitlement.IsFallback) ?? Metered(it.Entitlement.Metered),
            GetEntitlementsResponse it => Says(it.Entitlements.Count, CloudData.Entitlements),
            _ => "is of no known type",
        };

        static string? Granted(bool hasAccess, bool isFallback) => isFallback ? "is a fallback" : hasAccess ? null : "denies access";

        static string? Says(double value, double expected) => value.Equals(expected) ? null : $"says {value}, expected {expected}";

        string? About(EntitlementFeature? feature) => feature?.Id == call.FeatureId ? null : $"is about {feature?.Id}, expected {call.FeatureId}";

        string? Metered(MeteredEntitlement? it) =>
            About(it?.Feature) ?? Says(it!.CurrentUsage, CloudData.UsageOf(kind, call.FeatureId!));
    }
}
