using System.Globalization;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>Values of a parsed document, read in the plainest way: what the readers of bytes are compared with.</summary>
internal static class SlowReading
{
    /// <summary>Whether a failure tells that something can't be read.</summary>
    public static bool IsOfReading(Exception e) => e is JsonException or InvalidOperationException or FormatException;

    /// <summary>The fields of an object by name, of two with one name the last one; null for null.</summary>
    /// <param name="json">The object.</param>
    /// <param name="check">Looks at each field, also at one that another one takes the place of.</param>
    public static Dictionary<string, JsonElement>? Fields(JsonElement json, Action<string, JsonElement> check)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in Expect(json, JsonValueKind.Object).EnumerateObject())
        {
            check(field.Name, field.Value);
            fields[field.Name] = field.Value;
        }

        return fields;
    }

    public static T? Get<T>(this Dictionary<string, JsonElement> fields, string name, Func<JsonElement, T?> read) =>
        fields.TryGetValue(name, out var value) ? read(value) : default;

    public static string? Text(JsonElement json) =>
        json.ValueKind == JsonValueKind.Null ? null : Expect(json, JsonValueKind.String).GetString();

    public static bool? Flag(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetBoolean();

    public static double? Number(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        var number = json.ValueKind == JsonValueKind.String
            ? double.Parse(json.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
            : json.GetDouble();
        return double.IsFinite(number) ? number : throw new FormatException("not finite");
    }

    public static DateTimeOffset? Date(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (json.ValueKind == JsonValueKind.Number)
            return At(json.GetDouble());
        var text = Expect(json, JsonValueKind.String).GetString()!;
        return text.Length < 10 ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) ? At(milliseconds)
            : text[4] == '-' && DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date
            : null;
    }

    public static string[]? Texts(JsonElement json) => json.ValueKind == JsonValueKind.Null
        ? null
        : [.. Expect(json, JsonValueKind.Array).EnumerateArray().Select(Text).ToList().OfType<string>()];

    public static AccessDeniedReason? Reason(JsonElement json) => Text(json) is not { Length: > 0 } word ? null
        : System.Enum.TryParse<AccessDeniedReason>(word, ignoreCase: true, out var known) ? known : AccessDeniedReason.Unknown;

    public static EntitlementResetPeriod? Period(string? word) => word is not { Length: > 0 } ? null
        : System.Enum.TryParse<EntitlementResetPeriod>(word, ignoreCase: true, out var known) ? known : EntitlementResetPeriod.Unspecified;

    public static ResetPeriodConfiguration? Configuration(JsonElement json)
    {
        string[] names = ["yearlyAccordingTo", "monthlyAccordingTo", "weeklyAccordingTo"];
        if (Fields(json, (name, value) => _ = names.Append("__typename").Contains(name) ? Text(value) : null) is not { } fields)
            return null;
        return names.FirstOrDefault(name => fields.Get(name, Text) is not null) is { } field
            ? new ResetPeriodConfiguration(fields.Get("__typename", Text), field, fields.Get(field, Text)!)
            : null;
    }

    public static CreditRate? Rate(JsonElement json) =>
        Fields(json, (name, value) => _ = name == "amount" ? Number(value) : name == "currencyId" ? Text(value)?.Length : null) is { } fields
        && fields.Get("currencyId", Text) is { Length: > 0 } id
            ? new CreditRate(fields.Get("amount", Number) ?? 0, id)
            : null;

    public static FeatureDefinition? Feature(JsonElement json, string idName, string unitsName, string unitsPluralName)
    {
        string[] names = [idName, unitsName, unitsPluralName, "displayName", "featureType", "meterType"];
        if (Fields(json, (name, value) => _ = names.Contains(name) ? Text(value) : null) is not { } fields
            || fields.Get(idName, Text) is not { Length: > 0 } id)
            return null;
        var (typeWord, meterWord) = (fields.Get("featureType", Text), fields.Get("meterType", Text));
        var type = System.Enum.TryParse<FeatureType>(typeWord, ignoreCase: true, out var knownType) ? knownType : FeatureType.Unspecified;
        var meter = System.Enum.TryParse<MeterType>(meterWord, ignoreCase: true, out var knownMeter) ? knownMeter : MeterType.Unspecified;
        var hasMeter = !string.IsNullOrEmpty(meterWord) && meter != MeterType.None;
        return new FeatureDefinition(
            id, type, meter, hasMeter, fields.Get(unitsName, Text), fields.Get(unitsPluralName, Text), fields.Get("displayName", Text),
            type == FeatureType.Unspecified ? typeWord : null, hasMeter && meter == MeterType.Unspecified ? meterWord : null);
    }

    /// <summary>A currency; its meta data is looked into later, and only where it is needed.</summary>
    public static Func<CreditCurrency>? Currency(JsonElement json)
    {
        string[] names = ["currencyId", "displayName", "description", "unitSingular", "unitPlural"];
        if (Fields(json, (name, value) => _ = names.Contains(name) ? Text(value) : null) is not { } fields
            || fields.Get("currencyId", Text) is not { Length: > 0 } id)
            return null;
        return () => new CreditCurrency(
            id, fields.Get("displayName", Text) ?? "", fields.Get("description", Text), fields.Get("unitSingular", Text),
            fields.Get("unitPlural", Text), fields.Get("additionalMetaData", MetaData));
    }

    /// <summary>Whether two states say the same.</summary>
    public static bool IsSame(EntitlementState? one, EntitlementState? other) => one is null || other is null
        ? one is null && other is null
        : one.AccessDeniedReason == other.AccessDeniedReason && one.All().Select(Comparable).SequenceEqual(other.All().Select(Comparable));

    private static readonly string[] NoValues = [];

    // With its values in a form that compares as they do, and not as the list.
    private static (Entitlement Entitlement, string Values) Comparable(Entitlement entitlement) => entitlement is FeatureEntitlement feature
        ? (feature with { EnumValues = NoValues }, string.Join('\0', feature.EnumValues))
        : (entitlement, "");

    private static Struct? MetaData(JsonElement json) => json.ValueKind == JsonValueKind.Object ? ValueOf(json).StructValue : null;

    private static Value ValueOf(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new Struct();
                foreach (var field in json.EnumerateObject())
                    fields.Fields[field.Name] = ValueOf(field.Value);
                return Value.ForStruct(fields);
            case JsonValueKind.Array:
                return Value.ForList([.. json.EnumerateArray().Select(ValueOf)]);
            case JsonValueKind.String:
                return Value.ForString(json.GetString());
            case JsonValueKind.Number:
                return Value.ForNumber(json.GetDouble());
            case JsonValueKind.Null:
                return Value.ForNull();
            default:
                return Value.ForBool(json.GetBoolean());
        }
    }

    private static DateTimeOffset? At(double milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)
            : null;

    private static JsonElement Expect(JsonElement json, JsonValueKind kind) =>
        json.ValueKind == kind ? json : throw new JsonException($"{kind} is expected, not {json.ValueKind}");
}
