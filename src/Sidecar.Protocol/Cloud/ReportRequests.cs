using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Cloud;

/// <summary>The documents by which usage and events are reported to the cloud's GraphQL API (the upstream contract, "GraphQL over HTTP").</summary>
public static class ReportRequests
{
    // Nobody puts it into a page. So a text takes its own size as a rule; with all escaped it is up to six times that.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Measured = """
        id
        featureId
        customerId
        resourceId
        currentUsage
        usagePeriodStart
        usagePeriodEnd
        nextResetDate
        timestamp
        credit { currencyId currentUsage usageLimit usagePeriodEnd timestamp consumed }
        """;

    private const string UsageDocument = $$"""
        mutation ReportUsage($input: ReportUsageInput!) {
          reportUsage(input: $input) {
        {{Measured}}
          }
        }
        """;

    private const string UsageBulkDocument = $$"""
        mutation ReportUsageBulk($input: ReportUsageBulkInput!) {
          reportUsageBulk(input: $input) {
        {{Measured}}
          }
        }
        """;

    private const string EventDocument = """
        mutation ReportEvent($input: UsageEventsReportInput!) {
          reportEvent(events: $input)
        }
        """;

    /// <summary>The name of the operation that reports so.</summary>
    public static string OperationOf(ReportKind kind) => kind switch
    {
        ReportKind.Usage => "ReportUsage",
        ReportKind.UsageBulk => "ReportUsageBulk",
        _ => "ReportEvent",
    };

    /// <summary>The field of the answer.</summary>
    internal static string FieldOf(ReportKind kind) => kind switch
    {
        ReportKind.Usage => "reportUsage",
        ReportKind.UsageBulk => "reportUsageBulk",
        _ => "reportEvent",
    };

    /// <summary>The body that reports: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> Body(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return ApiRequests.Object(json => ApiRequests.WriteOperation(json, OperationOf(report.Kind), DocumentOf(report.Kind), variables =>
        {
            variables.WriteStartObject("input");
            WriteInput(variables, report);
            variables.WriteEndObject();
        }), Options);
    }

    private static string DocumentOf(ReportKind kind) => kind switch
    {
        ReportKind.Usage => UsageDocument,
        ReportKind.UsageBulk => UsageBulkDocument,
        _ => EventDocument,
    };

    private static void WriteInput(Utf8JsonWriter json, Report report)
    {
        switch (report)
        {
            case UsageReport { IsBulk: false } usage:
                WriteFields(json, usage.Measurements[0]);
                break;
            case UsageReport bulk:
                WriteList(json, "usages", bulk.Measurements, WriteFields);
                break;
            case EventReport events:
                WriteList(json, "usageEvents", events.Events, WriteFields);
                break;
        }
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, ImmutableArray<T> items, Action<Utf8JsonWriter, T> writeFields)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            writeFields(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFields(Utf8JsonWriter json, Measurement measurement)
    {
        json.WriteString("customerId", measurement.Key.CustomerId);
        json.WriteString("featureId", measurement.FeatureId);
        json.WriteNumber("value", measurement.Value);
        WriteResource(json, measurement.Key);
        json.WriteString("updateBehavior", measurement.IsSet ? "SET" : "DELTA");
        WriteDate(json, "createdAt", measurement.At);
        WriteDimensions(json, measurement.Dimensions);
        json.WriteString("idempotencyKey", measurement.IdempotencyKey);
    }

    private static void WriteFields(Utf8JsonWriter json, HappenedEvent happened)
    {
        json.WriteString("customerId", happened.Key.CustomerId);
        json.WriteString("eventName", happened.Name);
        json.WriteString("idempotencyKey", happened.IdempotencyKey);
        WriteResource(json, happened.Key);
        WriteDimensions(json, happened.Dimensions);
        WriteDate(json, "timestamp", happened.At);
    }

    private static void WriteResource(Utf8JsonWriter json, EntryKey key)
    {
        if (key.ResourceId is not null)
            json.WriteString("resourceId", key.ResourceId);
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date)
    {
        if (date is { } given)
            json.WriteString(name, given.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    private static void WriteDimensions(Utf8JsonWriter json, ImmutableArray<Dimension> dimensions)
    {
        if (dimensions.IsEmpty)
            return;
        json.WriteStartObject("dimensions");
        foreach (var (name, value) in dimensions)
        {
            switch (value.ValueCase)
            {
                case EventDimensionValue.ValueOneofCase.StringValue:
                    json.WriteString(name, value.StringValue);
                    break;
                case EventDimensionValue.ValueOneofCase.NumberValue:
                    json.WriteNumber(name, value.NumberValue);
                    break;
                default:
                    json.WriteBoolean(name, value.BooleanValue);
                    break;
            }
        }

        json.WriteEndObject();
    }
}
