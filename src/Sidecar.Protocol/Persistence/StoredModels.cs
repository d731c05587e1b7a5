using System.Text.Json.Serialization;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Protocol.Persistence;

// What other programs write, of both generations. Every field may be null or absent.
internal sealed class StoredEntitlement
{
    public StoredCalculation? CalculatedEntitlement { get; set; }

    public StoredUsage? UsageData { get; set; }

    // The older name.
    public StoredUsage? FeatureUsage { get; set; }
}

internal sealed class StoredCalculation
{
    public string? Type { get; set; }

    public StoredFeature? Feature { get; set; }

    public WireCurrency? Currency { get; set; }

    public double? UsageLimit { get; set; }

    public bool? HasUnlimitedUsage { get; set; }

    public bool? HasSoftLimit { get; set; }

    public string? AccessDeniedReason { get; set; }

    public List<string?>? EnumValues { get; set; }

    public DateTimeOffset? ValidUntil { get; set; }

    public WireCreditRate? CreditRate { get; set; }

    public DateTimeOffset? UsagePeriodAnchor { get; set; }

    public string? ResetPeriod { get; set; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; set; }
}

internal sealed class StoredFeature
{
    public string? Id { get; set; }

    public string? DisplayName { get; set; }

    public string? FeatureType { get; set; }

    public string? MeterType { get; set; }

    public string? Units { get; set; }

    public string? UnitsPlural { get; set; }
}

internal sealed class StoredUsage
{
    public double? CurrentUsage { get; set; }

    public DateTimeOffset? UsagePeriodStart { get; set; }

    public DateTimeOffset? UsagePeriodEnd { get; set; }

    // The older name of the period's end.
    public DateTimeOffset? NextResetDate { get; set; }

    // Of the older generation only.
    public DateTimeOffset? UsagePeriodAnchor { get; set; }

    public string? ResetPeriod { get; set; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; set; }
}

internal sealed class StoredMetadata
{
    public string? AccessDeniedReason { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(StoredEntitlement))]
[JsonSerializable(typeof(StoredUsage))]
[JsonSerializable(typeof(StoredMetadata))]
internal sealed partial class StoredJson : JsonSerializerContext;
