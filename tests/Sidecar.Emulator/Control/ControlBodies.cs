using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Control;

/// <summary>The JSON that goes over the control API, both ways.</summary>
internal static class ControlBodies
{
    private static readonly ImmutableDictionary<string, FaultKind> Kinds = Words.CamelCase<FaultKind>();
    private static readonly ImmutableDictionary<string, BrokenBody> Variants = Words.CamelCase<BrokenBody>();
    private static readonly ImmutableDictionary<string, FaultMoment> Moments = Words.CamelCase<FaultMoment>();
    private static readonly ImmutableDictionary<string, RequestTarget> Targets = Words.CamelCase<RequestTarget>();

    // "any" is what no target at all means; it is written out where it helps to read.
    private static readonly ImmutableDictionary<string, RequestTarget?> TargetsOrAny = Targets
        .ToImmutableDictionary(target => target.Key, target => (RequestTarget?)target.Value, StringComparer.Ordinal)
        .Add("any", null);

    public static FaultRule ReadFault(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var rule = new FaultRule
        {
            Kind = fields.Required("kind").Word(Kinds),
            Target = fields.Take("target")?.Word(TargetsOrAny),
            CustomerId = fields.Text("customerId"),
            ResourceId = fields.Text("resourceId"),
            Times = fields.Integer("times", 1, int.MaxValue),
            DelayMs = fields.Integer("delayMs", 0, int.MaxValue),
            Status = fields.Integer("status", 200, 599),
            Code = fields.Text("code"),
            Body = fields.Text("body"),
            AfterBytes = fields.Integer("afterBytes", 0, int.MaxValue),
            Variant = fields.Word("variant", Variants),
            Moment = fields.Word("moment", Moments),
            Probability = fields.Number("probability"),
            Seed = fields.Integer("seed", int.MinValue, int.MaxValue),
        };
        fields.End();
        return rule.Fault() is var (field, problem) ? throw new EmulatorDataException($"{cursor.PathOf(field)}: {problem}") : rule;
    }

    public static string ReadApiKey(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var apiKey = fields.Required("apiKey");
        var text = apiKey.Text();
        fields.End();
        return text.Length > 0 ? text : throw apiKey.Wrong("must not be empty");
    }

    public static UsageChange ReadUsage(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var change = new UsageChange(
            fields.Text("feature"),
            fields.Text("currency"),
            fields.Required("currentUsage").Number(),
            fields.Text("resourceId"),
            fields.Date("usageUpdatedAt"));
        fields.End();
        return (change.FeatureId is null) != (change.CurrencyId is null)
            ? change
            : throw cursor.Wrong("exactly one of \"feature\" and \"currency\" must be given");
    }

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, CounterSnapshot counters)
    {
        json.WriteStartObject();
        json.WriteNumber("total", counters.Total);
        json.WriteNumber("config", counters.Config);
        json.WriteNumber("state", counters.State);
        json.WriteNumber("apiConfig", counters.ApiConfig);
        json.WriteNumber("apiState", counters.ApiState);
        json.WriteNumber("apiUsage", counters.ApiUsage);
        json.WriteNumber("apiUsageBulk", counters.ApiUsageBulk);
        json.WriteNumber("apiEvents", counters.ApiEvents);
        json.WriteNumber("unauthorized", counters.Unauthorized);
        json.WriteNumber("badRequests", counters.BadRequests);
        json.WriteNumber("notFound", counters.NotFound);
        json.WriteNumber("inFlight", counters.InFlight);
        json.WriteNumber("maxInFlight", counters.MaxInFlight);
        WriteCounts(json, "headerFaults", counters.HeaderFaults);
        WriteCounts(json, "customers", counters.Customers);
        WriteCounts(json, "apiCustomers", counters.ApiCustomers);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RecordedRequest request)
    {
        json.WriteStartObject();
        json.WriteNumber("number", request.Number);
        json.WriteString("arrivedAt", WireDate.Format(request.ArrivedAt));
        json.WriteString("rawTarget", request.RawTarget);
        json.WriteString("target", request.Target is { } target ? Words.InCamelCase(target) : null);
        json.WriteString("operation", request.Operation);
        json.WriteString("customerId", request.CustomerId);
        json.WriteString("resourceId", request.ResourceId);
        json.WriteStartObject("headers");
        foreach (var (name, value) in request.Headers)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("headerFaults");
        foreach (var name in request.HeaderFaults)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, FaultEntry entry)
    {
        var rule = entry.Rule;
        json.WriteStartObject();
        json.WriteNumber("id", entry.Id);
        json.WriteNumber("hits", entry.Hits);
        json.WriteString("kind", Words.InCamelCase(rule.Kind));
        json.WriteString("target", rule.Target is { } target ? Words.InCamelCase(target) : "any");
        json.WriteString("customerId", rule.CustomerId);
        json.WriteString("resourceId", rule.ResourceId);
        WriteNumber(json, "times", rule.Times);
        WriteNumber(json, "delayMs", rule.DelayMs);
        WriteNumber(json, "status", rule.Status);
        json.WriteString("code", rule.Code);
        json.WriteString("body", rule.Body);
        WriteNumber(json, "afterBytes", rule.AfterBytes);
        json.WriteString("variant", rule.Variant is { } variant ? Words.InCamelCase(variant) : null);
        json.WriteString("moment", rule.Moment is { } moment ? Words.InCamelCase(moment) : null);
        if (rule.Probability is { } probability)
            json.WriteNumber("probability", probability);
        else
            json.WriteNull("probability");
        WriteNumber(json, "seed", rule.Seed);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, ImmutableSortedDictionary<string, int> counts)
    {
        json.WriteStartObject(name);
        foreach (var (id, count) in counts)
            json.WriteNumber(id, count);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, ImmutableSortedDictionary<string, CustomerCount> counts)
    {
        json.WriteStartObject(name);
        foreach (var (id, customer) in counts)
        {
            json.WriteStartObject(id);
            json.WriteNumber("total", customer.Total);
            json.WriteNumber("own", customer.Own);
            WriteCounts(json, "resources", customer.Resources);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
        else
            json.WriteNull(name);
    }
}

/// <summary>New usage of a feature or a currency.</summary>
internal sealed record UsageChange(
    string? FeatureId, string? CurrencyId, double CurrentUsage, string? ResourceId, DateTimeOffset? UpdatedAt);
