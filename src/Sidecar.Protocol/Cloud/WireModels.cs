using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

// The cloud's JSON as it stands on the wire, as far as it is used. Every field may be null or absent.
internal sealed class WireEnvelope
{
    public WireData? Data { get; init; }

    public List<WireError?>? Errors { get; init; }
}

// A body of which only the errors matter.
internal sealed class WireErrors
{
    public List<WireError?>? Errors { get; init; }
}

internal sealed class WireData
{
    public WireState? EntitlementsState { get; init; }
}

internal sealed class WireError
{
    public string? Message { get; init; }

    public WireErrorExtensions? Extensions { get; init; }
}

internal sealed class WireErrorExtensions
{
    public string? Code { get; init; }

    public string? TraceId { get; init; }
}

internal sealed class WireState
{
    public string? AccessDeniedReason { get; init; }

    public WireEntitlementList? EntitlementsV2 { get; init; }

    public WireEntitlementList? Entitlements { get; init; }
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
    public string? TypeName { get; init; }

    public string? AccessDeniedReason { get; init; }

    public double? UsageLimit { get; init; }

    public bool? HasUnlimitedUsage { get; init; }

    public bool? HasSoftLimit { get; init; }

    public double? CurrentUsage { get; init; }

    public List<string?>? EnumValues { get; init; }

    public DateTimeOffset? EntitlementUpdatedAt { get; init; }

    public DateTimeOffset? UsageUpdatedAt { get; init; }

    public DateTimeOffset? UsagePeriodAnchor { get; init; }

    public DateTimeOffset? UsagePeriodStart { get; init; }

    public DateTimeOffset? UsagePeriodEnd { get; init; }

    public string? ResetPeriod { get; init; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; init; }

    public WireFeature? Feature { get; init; }

    public WireCurrency? Currency { get; init; }

    public WireCreditRate? CreditRate { get; init; }

    public DateTimeOffset? ValidUntil { get; init; }
}

internal sealed class WireFeature
{
    public string? RefId { get; init; }

    public string? DisplayName { get; init; }

    public string? FeatureType { get; init; }

    public string? MeterType { get; init; }

    public string? FeatureUnits { get; init; }

    public string? FeatureUnitsPlural { get; init; }
}

// One of three forms, each with a field of its own.
internal sealed class WireResetPeriodConfiguration
{
    [JsonPropertyName("__typename")]
    public string? TypeName { get; init; }

    public string? YearlyAccordingTo { get; init; }

    public string? MonthlyAccordingTo { get; init; }

    public string? WeeklyAccordingTo { get; init; }
}

internal sealed class WireCurrency
{
    public string? CurrencyId { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public string? UnitSingular { get; init; }

    public string? UnitPlural { get; init; }

    public JsonElement? AdditionalMetaData { get; init; }
}

internal sealed class WireCreditRate
{
    public double? Amount { get; init; }

    public string? CurrencyId { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(WireEnvelope))]
[JsonSerializable(typeof(WireErrors))]
[JsonSerializable(typeof(WireEntitlement))]
internal sealed partial class WireJson : JsonSerializerContext;
