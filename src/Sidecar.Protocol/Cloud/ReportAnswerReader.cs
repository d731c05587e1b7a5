using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sidecar.Protocol.Reports;

namespace Sidecar.Protocol.Cloud;

/// <summary>What the body of an answer to a report says.</summary>
/// <param name="Usages">
/// What became of each measurement, where the report was counted, or parts of it; none for events. Null where it says something else.
/// </param>
/// <param name="Error">The error that the cloud tells, or null; also where all was counted.</param>
/// <param name="Fault">What is wrong with the body, where it could not be read.</param>
public sealed record ReportAnswer(ImmutableArray<ReportedUsage>? Usages, CloudError? Error = null, string? Fault = null)
{
    /// <summary>How many of the measurements have no result: of them it is not known whether they were counted.</summary>
    public int Missing { get; init; }
}

/// <summary>
/// Reads the body of an answer to a report. A report that the cloud counted is never taken for one that failed because some field of the
/// answer can't be read: what can't be is left out.
/// </summary>
public static class ReportAnswerReader
{
    /// <summary>Reads a body.</summary>
    /// <param name="report">What was reported.</param>
    /// <param name="body">UTF-8 JSON, with or without a byte order mark.</param>
    public static ReportAnswer Read(Report report, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(report);
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        if (body.StartsWith(mark))
            body = body[mark.Length..];
        try
        {
            var envelope = JsonSerializer.Deserialize(body, WireReportJson.Default.WireReportEnvelope);
            return Read(report, envelope ?? new WireReportEnvelope());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return new ReportAnswer(null, Fault: "the body is not the JSON that is expected");
        }
    }

    private static ReportAnswer Read(Report report, WireReportEnvelope envelope)
    {
        var error = CloudStateReader.ErrorOf(ErrorsOf(envelope));
        // The field is never null where the mutation was done: errors beside it are about parts of the answer, or of a report in bulk.
        if (envelope.Data is { ValueKind: JsonValueKind.Object } data
            && data.TryGetProperty(ReportRequests.FieldOf(report.Kind), out var field)
            && UsagesOf(report, field, error is not null) is { } usages)
        {
            var missing = MissingIn(report, field);
            return new ReportAnswer(usages, missing > 0 ? error : null) { Missing = missing };
        }

        return error is not null ? new ReportAnswer(null, error) : new ReportAnswer(null, Fault: "the body does not tell what became of the report");
    }

    private static ImmutableArray<ReportedUsage>? UsagesOf(Report report, JsonElement field, bool hasErrors) => (report, field.ValueKind) switch
    {
        // A scalar without a meaning, null as a rule.
        (EventReport, _) => hasErrors ? null : [],
        (UsageReport { IsBulk: false } usage, JsonValueKind.Object) => [Of(WireReportedUsage.Of(field), usage.Measurements[0])],
        (UsageReport { IsBulk: true } bulk, JsonValueKind.Array) => Of(field, bulk.Measurements),
        _ => null,
    };

    // A result of whatever content acknowledges a measurement; what is no result, or is not there, acknowledges none.
    private static int MissingIn(Report report, JsonElement field) => report is UsageReport { IsBulk: true }
        ? report.Count - field.EnumerateArray().Take(report.Count).Count(element => element.ValueKind == JsonValueKind.Object)
        : 0;

    // One result for each measurement, in their order. A result that is missing says nothing of its usage, but that it changed.
    private static ImmutableArray<ReportedUsage> Of(JsonElement list, ImmutableArray<Measurement> measurements)
    {
        var results = list.EnumerateArray().Select(WireReportedUsage.Of).ToList();
        return [.. measurements.Select((measurement, i) => Of(Taken(results, i, measurement), measurement))];
    }

    // The one in the measurement's place, or another one about the same, should they be out of order.
    private static WireReportedUsage? Taken(List<WireReportedUsage?> results, int place, Measurement measurement)
    {
        var index = place < results.Count && IsAbout(results[place], measurement)
            ? place
            : results.FindIndex(result => IsAbout(result, measurement));
        if (index < 0)
            return null;
        var taken = results[index];
        results[index] = null;
        return taken;
    }

    // Errors of a form that is not known are errors all the same.
    private static List<WireError?>? ErrorsOf(WireReportEnvelope envelope)
    {
        if (envelope.Errors is not { } errors)
            return null;
        try
        {
            return errors.Deserialize(WireReportJson.Default.ListWireError);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return [null];
        }
    }

    private static ReportedUsage Of(WireReportedUsage? wire, Measurement measurement) => wire is null
        ? Untold(measurement)
        : Untold(measurement) with
        {
            MeasurementId = wire.Id ?? "",
            CurrentUsage = wire.CurrentUsage,
            PeriodStart = wire.UsagePeriodStart,
            PeriodEnd = wire.UsagePeriodEnd ?? wire.NextResetDate,
            Timestamp = wire.Timestamp,
            Credit = wire.Credit is { CurrencyId: { Length: > 0 } currency } credit
                ? new ReportedCredit(currency) { CurrentUsage = credit.CurrentUsage, PeriodEnd = credit.UsagePeriodEnd, Timestamp = credit.Timestamp }
                : null,
        };

    private static bool IsAbout(WireReportedUsage? wire, Measurement measurement) =>
        wire is not null && wire.CustomerId == measurement.Key.CustomerId && wire.FeatureId == measurement.FeatureId
        && (wire.ResourceId is null or "" || wire.ResourceId == measurement.Key.ResourceId);

    private static ReportedUsage Untold(Measurement measurement) =>
        new("", measurement.Key, measurement.FeatureId) { IsDatedByCaller = measurement.At is not null };
}

// The cloud's JSON as it stands on the wire, as far as it is used. Every field may be null or absent.
internal sealed class WireReportEnvelope
{
    public JsonElement? Data { get; init; }

    public JsonElement? Errors { get; init; }
}

internal sealed record WireReportedUsage
{
    public string? Id { get; init; }

    public string? CustomerId { get; init; }

    public string? ResourceId { get; init; }

    public string? FeatureId { get; init; }

    public double? CurrentUsage { get; init; }

    public DateTimeOffset? UsagePeriodStart { get; init; }

    public DateTimeOffset? UsagePeriodEnd { get; init; }

    public DateTimeOffset? NextResetDate { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public WireReportedCredit? Credit { get; init; }

    // Field by field, so that one that can't be read costs itself alone; null for what is no object.
    public static WireReportedUsage? Of(JsonElement element) => element.ValueKind != JsonValueKind.Object ? null : new WireReportedUsage
    {
        Id = WireField.Text(element, "id"),
        CustomerId = WireField.Text(element, "customerId"),
        ResourceId = WireField.Text(element, "resourceId"),
        FeatureId = WireField.Text(element, "featureId"),
        CurrentUsage = WireField.Number(element, "currentUsage"),
        UsagePeriodStart = WireField.Date(element, "usagePeriodStart"),
        UsagePeriodEnd = WireField.Date(element, "usagePeriodEnd"),
        NextResetDate = WireField.Date(element, "nextResetDate"),
        Timestamp = WireField.Date(element, "timestamp"),
        Credit = element.TryGetProperty("credit", out var credit) ? WireReportedCredit.Of(credit) : null,
    };
}

internal sealed record WireReportedCredit
{
    public string? CurrencyId { get; init; }

    public double? CurrentUsage { get; init; }

    public DateTimeOffset? UsagePeriodEnd { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public static WireReportedCredit? Of(JsonElement element) => element.ValueKind != JsonValueKind.Object ? null : new WireReportedCredit
    {
        CurrencyId = WireField.Text(element, "currencyId"),
        CurrentUsage = WireField.Number(element, "currentUsage"),
        UsagePeriodEnd = WireField.Date(element, "usagePeriodEnd"),
        Timestamp = WireField.Date(element, "timestamp"),
    };
}

// Fields of an object; null for one that is absent, null, or can't be read.
internal static class WireField
{
    public static string? Text(JsonElement element, string name) => Read(element, name, WireReportJson.Default.String);

    public static double? Number(JsonElement element, string name) => Read(element, name, WireReportJson.Default.NullableDouble);

    public static DateTimeOffset? Date(JsonElement element, string name) => Read(element, name, WireReportJson.Default.NullableDateTimeOffset);

    private static T? Read<T>(JsonElement element, string name, JsonTypeInfo<T> type)
    {
        try
        {
            return element.TryGetProperty(name, out var field) ? field.Deserialize(type) : default;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return default;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(WireReportEnvelope))]
[JsonSerializable(typeof(List<WireError?>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(DateTimeOffset?))]
internal sealed partial class WireReportJson : JsonSerializerContext;
