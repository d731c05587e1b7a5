using Google.Protobuf;
using Grpc.Core;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;
using Form = Sidecar.Host.Facade.PlainQuestion.Form;

namespace Sidecar.Fuzz.Targets;

/// <summary>The facade without its actors: validates requests as it does, and answers questions from a state that is always the same.</summary>
internal static class FacadeCalls
{
    private const int LongestRefusal = 600;
    private static readonly DateTimeOffset Now = new(2026, 10, 15, 12, 0, 0, TimeSpan.Zero);

    private static readonly EntitlementState State = CloudStateReader.Read(
        """
        {"data":{"entitlementsState":{"accessDeniedReason":null,"entitlementsV2":[
          {"__typename":"FeatureEntitlement","feature":{"refId":"b","featureType":"BOOLEAN"}},
          {"__typename":"FeatureEntitlement","usageLimit":7,"feature":{"refId":"n","featureType":"NUMBER","featureUnits":"seat","featureUnitsPlural":"seats"}},
          {"__typename":"FeatureEntitlement","usageLimit":1000,"currentUsage":25,"usagePeriodAnchor":"2026-01-31T00:00:00.000Z","resetPeriod":"MONTH",
            "feature":{"refId":"m","featureType":"NUMBER","meterType":"Incremental"},"creditRate":{"amount":2,"currencyId":"c"}},
          {"__typename":"FeatureEntitlement","enumValues":["a","b"],"feature":{"refId":"e","featureType":"ENUM"}},
          {"__typename":"CreditEntitlement","usageLimit":500,"currentUsage":120,"currency":{"currencyId":"c","displayName":"Tokens","additionalMetaData":{"k":"v"}}}]}}}
        """u8).State!;

    [ThreadStatic]
    private static MessageWriter? t_writer;

    private delegate TReply Map<out TReply>(in Answer answer, in EntitlementQuery query);

    private delegate void Write(MessageWriter to, in Answer answer, in EntitlementQuery query);

    /// <summary>Validates a request, and answers it where it is a question.</summary>
    /// <returns>The answer; null for a request that is refused, and for one that asks nothing.</returns>
    public static IMessage? Call(IMessage request)
    {
        try
        {
            return Answer(request);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            Promises.IsLine(e.Status.Detail, LongestRefusal);
        }
        catch (ReportFormatException e)
        {
            Promises.IsLine(e.Message, LongestRefusal);
        }

        return null;
    }

    /// <summary>Checks that the quick way reads of a message what the generated parser reads, wherever it reads anything.</summary>
    public static void CheckQuick(IMessage? request, string method, ReadOnlySpan<byte> message)
    {
        var (form, kind) = method switch
        {
            "GetEntitlement" => (Form.AnyKind, EntitlementKind.Unknown),
            "GetEntitlementV2" => (Form.V2, EntitlementKind.Unknown),
            "GetBooleanEntitlement" => (Form.OneKind, EntitlementKind.Boolean),
            "GetNumericEntitlement" => (Form.OneKind, EntitlementKind.Numeric),
            "GetEnumEntitlement" => (Form.OneKind, EntitlementKind.Enum),
            "GetMeteredEntitlement" => (Form.Metered, EntitlementKind.Metered),
            "GetEntitlements" or "GetEntitlementsStateV2" => (Form.List, EntitlementKind.Unknown),
            _ => (default, EntitlementKind.Unknown),
        };
        if (form.Resource == 0 || !PlainQuestion.TryRead(message, form, out var plain))
            return;
        var isList = form.Feature == 0;
        if (!isList && plain.FeatureId is null)
            return;
        Promises.That(request is not null, "the quick way reads what is no message");
        EntitlementQuery full;
        try
        {
            full = isList ? new EntitlementQuery(EntryOf(request!), "") : QueryOf(request!);
        }
        catch (RpcException e)
        {
            throw new BrokenPromiseException($"the quick way reads what is refused: {e.Status.Detail}");
        }

        var quick = new EntitlementQuery(new EntryKey(plain.CustomerId, plain.ResourceId), plain.FeatureId ?? "", kind, plain.RequestedUsage);
        // Options that are there without values have an empty list.
        Promises.That(full.RequestedValues is null or { Count: 0 }, "the quick way passes values over");
        Promises.That(quick == full with { RequestedValues = null }, $"the quick way reads {quick}, the other one {full}");
    }

    private static IMessage? Answer(IMessage request)
    {
        switch (request)
        {
            case GetEntitlementRequest of:
                return Decide(Requests.Query(of), Replies.Any, QuickReplies.Any);
            case GetEntitlementV2Request of:
                return Decide(Requests.Query(of), Replies.AnyV2, QuickReplies.AnyV2);
            case GetBooleanEntitlementRequest of:
                return Decide(Requests.Query(of), Replies.Boolean, QuickReplies.Boolean);
            case GetNumericEntitlementRequest of:
                return Decide(Requests.Query(of), Replies.Numeric, QuickReplies.Numeric);
            case GetMeteredEntitlementRequest of:
                return Decide(Requests.Query(of), Replies.Metered, QuickReplies.Metered);
            case GetEnumEntitlementRequest of:
                return Decide(Requests.Query(of), Replies.Enum, QuickReplies.Enum);
            case ReportUsageRequest of:
                Tell(ReportParser.Parse(of, "", static () => "key"));
                return null;
            case ReportUsageBulkRequest of:
                Tell(ReportParser.Parse(of, "idempotency-key", static () => "key"));
                return null;
            case ReportEventsRequest of:
                Tell(ReportParser.Parse(of));
                return null;
            default:
                EntryOf(request);
                return null;
        }
    }

    private static EntitlementQuery QueryOf(IMessage request) => request switch
    {
        GetEntitlementRequest of => Requests.Query(of),
        GetEntitlementV2Request of => Requests.Query(of),
        GetBooleanEntitlementRequest of => Requests.Query(of),
        GetNumericEntitlementRequest of => Requests.Query(of),
        GetMeteredEntitlementRequest of => Requests.Query(of),
        GetEnumEntitlementRequest of => Requests.Query(of),
        _ => throw new ArgumentException($"{request.Descriptor.Name} is no question about one entitlement", nameof(request)),
    };

    private static EntryKey EntryOf(IMessage request) => request switch
    {
        GetEntitlementsRequest of => Requests.Entry(of),
        GetEntitlementsStateV2Request of => Requests.Entry(of),
        ReloadEntitlementsRequest of => Requests.Entry(of.CustomerId, of.ResourceId),
        _ => throw new ArgumentException($"{request.Descriptor.Name} names no entry", nameof(request)),
    };

    private static TReply Decide<TReply>(in EntitlementQuery query, Map<TReply> map, Write write)
        where TReply : IMessage
    {
        var answer = EntitlementEvaluator.Answer(State, State, query, globalFallback: null, Now);
        var reply = map(answer, query);
        var writer = t_writer ??= new MessageWriter(4096);
        writer.Clear();
        write(writer, answer, query);
        Promises.IsSame(writer.Written, reply.ToByteArray(), "the quick answer");
        Promises.That(EntitlementExplainer.Explain(State, State, query, globalFallback: null, Now).Steps.Count > 0, "an explanation has no step");
        return reply;
    }

    // As the cloud is told it.
    private static void Tell(Report report)
    {
        Promises.That(report.Count > 0, "a report says nothing");
        ReportRequests.Body(report);
    }
}
