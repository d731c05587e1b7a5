using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

// The cloud's JSON as it stands on the wire, as far as it is used. Every field may be null or absent. Fields are set one by one: with `init`
// the serializer would collect all of them in a box first, which takes five times as long.
internal sealed class WireEnvelope
{
    public WireData? Data { get; set; }

    public List<WireError?>? Errors { get; set; }
}

// A body of which only the errors matter.
internal sealed class WireErrors
{
    public List<WireError?>? Errors { get; set; }
}

internal sealed class WireData
{
    public WireState? EntitlementsState { get; set; }
}

internal sealed class WireError
{
    public string? Message { get; set; }

    public WireErrorExtensions? Extensions { get; set; }
}

internal sealed class WireErrorExtensions
{
    public string? Code { get; set; }

    public string? TraceId { get; set; }
}

internal sealed class WireState
{
    public string? AccessDeniedReason { get; set; }

    public WireEntitlementList? EntitlementsV2 { get; set; }

    public WireEntitlementList? Entitlements { get; set; }
}

[JsonConverter(typeof(WireEntitlementListConverter))]
internal sealed class WireEntitlementList
{
    public List<WireEntitlement> Items { get; } = [];

    // Elements of a form that can't be read; they are passed over, and counted.
    public int Unreadable { get; set; }
}

internal sealed class WireEntitlement
{
    [JsonPropertyName("__typename")]
    public string? TypeName { get; set; }

    public string? AccessDeniedReason { get; set; }

    public double? UsageLimit { get; set; }

    public bool? HasUnlimitedUsage { get; set; }

    public bool? HasSoftLimit { get; set; }

    public double? CurrentUsage { get; set; }

    public List<string?>? EnumValues { get; set; }

    public DateTimeOffset? EntitlementUpdatedAt { get; set; }

    public DateTimeOffset? UsageUpdatedAt { get; set; }

    public DateTimeOffset? UsagePeriodAnchor { get; set; }

    public DateTimeOffset? UsagePeriodStart { get; set; }

    public DateTimeOffset? UsagePeriodEnd { get; set; }

    public string? ResetPeriod { get; set; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; set; }

    public WireFeature? Feature { get; set; }

    public WireCurrency? Currency { get; set; }

    public WireCreditRate? CreditRate { get; set; }

    public DateTimeOffset? ValidUntil { get; set; }
}

internal sealed class WireFeature
{
    public string? RefId { get; set; }

    public string? DisplayName { get; set; }

    public string? FeatureType { get; set; }

    public string? MeterType { get; set; }

    public string? FeatureUnits { get; set; }

    public string? FeatureUnitsPlural { get; set; }
}

// One of three forms, each with a field of its own.
internal sealed class WireResetPeriodConfiguration
{
    [JsonPropertyName("__typename")]
    public string? TypeName { get; set; }

    public string? YearlyAccordingTo { get; set; }

    public string? MonthlyAccordingTo { get; set; }

    public string? WeeklyAccordingTo { get; set; }
}

internal sealed class WireCurrency
{
    public string? CurrencyId { get; set; }

    public string? DisplayName { get; set; }

    public string? Description { get; set; }

    public string? UnitSingular { get; set; }

    public string? UnitPlural { get; set; }

    public JsonElement? AdditionalMetaData { get; set; }
}

internal sealed class WireCreditRate
{
    public double? Amount { get; set; }

    public string? CurrencyId { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(WireEnvelope))]
[JsonSerializable(typeof(WireErrors))]
[JsonSerializable(typeof(WireEntitlement))]
internal sealed partial class WireJson : JsonSerializerContext;
