using Grpc.Core;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>Acknowledges reports while the service is offline: nothing is sent and nothing kept (the evaluation contract, "Offline").</summary>
internal static class OfflineReports
{
    /// <summary>The most usages of one call.</summary>
    public const int MaxUsages = 100;

    /// <summary>The most events of one call.</summary>
    public const int MaxEvents = 1_000;

    /// <summary>Acknowledges one usage.</summary>
    public static ReportUsageResponse Acknowledge(ReportUsageRequest request)
    {
        var key = Requests.Entry(request.CustomerId, request.ResourceId);
        var reply = new ReportUsageResponse
        {
            MeasurementId = Guid.NewGuid().ToString(),
            CustomerId = key.CustomerId,
            FeatureId = Requests.Id(request.FeatureId, "feature_id"),
        };
        if (!double.IsFinite(request.Value))
            throw Invalid($"value is {request.Value}, expected a finite number");
        if (key.ResourceId is not null)
            reply.ResourceId = key.ResourceId;
        return reply;
    }

    /// <summary>Acknowledges some usages, in their order.</summary>
    public static ReportUsageBulkResponse Acknowledge(ReportUsageBulkRequest request)
    {
        if (request.Usages.Count > MaxUsages)
            throw Invalid($"usages has {request.Usages.Count} elements, expected at most {MaxUsages}");
        return new ReportUsageBulkResponse { Usages = { request.Usages.Select(Acknowledge) } };
    }

    /// <summary>Refuses events that no service would take.</summary>
    public static void Check(ReportEventsRequest request)
    {
        if (request.Events.Count > MaxEvents)
            throw Invalid($"events has {request.Events.Count} elements, expected at most {MaxEvents}");
        foreach (var reported in request.Events)
        {
            Requests.Entry(reported.CustomerId, reported.ResourceId);
            Requests.Id(reported.EventName, "event_name");
        }
    }

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
