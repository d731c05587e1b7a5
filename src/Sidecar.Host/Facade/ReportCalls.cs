using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Sidecar.Actors.Reports;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>
/// Maps the reporting calls: requests to reports, results to replies, and failures to the statuses of the operations contract. Offline, what
/// makes sense is acknowledged, and goes nowhere (the evaluation contract, "Offline mode").
/// </summary>
internal static class ReportCalls
{
    /// <summary>The metadata by which a caller gives a report a key of its own.</summary>
    public const string IdempotencyKey = "idempotency-key";

    /// <summary>The report of one usage.</summary>
    public static UsageReport Report(ReportUsageRequest request, ServerCallContext context) =>
        Checked(() => ReportParser.Parse(request, KeyOf(context), NewKey));

    /// <summary>The report of some usages.</summary>
    public static UsageReport Report(ReportUsageBulkRequest request, ServerCallContext context) =>
        Checked(() => ReportParser.Parse(request, KeyOf(context), NewKey));

    /// <summary>The report of some events.</summary>
    public static EventReport Report(ReportEventsRequest request) => Checked(() => ReportParser.Parse(request));

    /// <summary>What stands in the results' place offline: nothing is known but the report itself.</summary>
    public static ReportResult Acknowledged(Report report) => new(ReportEnd.Acknowledged)
    {
        Usages = report is UsageReport usage ? [.. usage.Measurements.Select(m => new ReportedUsage(NewKey(), m.Key, m.FeatureId))] : [],
    };

    /// <summary>What a usage is answered with.</summary>
    public static ReportUsageResponse Reply(ReportedUsage usage)
    {
        var reply = new ReportUsageResponse
        {
            MeasurementId = usage.MeasurementId,
            CustomerId = usage.Key.CustomerId,
            FeatureId = usage.FeatureId,
        };
        if (usage.Key.ResourceId is { } resourceId)
            reply.ResourceId = resourceId;
        if (usage.CurrentUsage is { } used)
            reply.CurrentUsage = used;
        if (usage.PeriodStart is { } start)
            reply.UsagePeriodStart = Timestamp.FromDateTimeOffset(start);
        if (usage.PeriodEnd is { } end)
            reply.UsagePeriodEnd = Timestamp.FromDateTimeOffset(end);
        return reply;
    }

    /// <summary>The error of a report that was not acknowledged.</summary>
    public static RpcException Error(ReportResult result) => new(new Status(StatusOf(result.End), StatusMessage.Cut(result.Detail)));

    /// <summary>
    /// The status of an end. <c>UNAVAILABLE</c>, which some clients take as leave to try again, says that nothing was sent.
    /// </summary>
    public static StatusCode StatusOf(ReportEnd end) => end switch
    {
        ReportEnd.Acknowledged => StatusCode.OK,
        ReportEnd.InvalidKey or ReportEnd.NoKey => StatusCode.Unauthenticated,
        ReportEnd.NotFound => StatusCode.NotFound,
        ReportEnd.BadInput => StatusCode.InvalidArgument,
        ReportEnd.Forbidden or ReportEnd.Refused => StatusCode.FailedPrecondition,
        ReportEnd.RateLimited or ReportEnd.QueueFull => StatusCode.ResourceExhausted,
        ReportEnd.NotSent => StatusCode.Unavailable,
        ReportEnd.Withdrawn => StatusCode.Cancelled,
        ReportEnd.TimedOut => StatusCode.DeadlineExceeded,
        _ => StatusCode.Unknown,
    };

    private static string KeyOf(ServerCallContext context) => context.RequestHeaders.GetValue(IdempotencyKey) ?? "";

    private static string NewKey() => Guid.NewGuid().ToString();

    private static T Checked<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (ReportFormatException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
    }
}
