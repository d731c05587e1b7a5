using System.Text.Json.Serialization;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Protocol.Persistence;

// What other programs write, of both generations. Every field may be null or absent.
internal sealed class StoredEntitlement
{
    public StoredCalculation? CalculatedEntitlement { get; init; }

    public StoredUsage? UsageData { get; init; }

    // The older name.
    public StoredUsage? FeatureUsage { get; init; }
}

internal sealed class StoredCalculation
{
    public string? Type { get; init; }

    public StoredFeature? Feature { get; init; }

    public WireCurrency? Currency { get; init; }

    public double? UsageLimit { get; init; }

    public bool? HasUnlimitedUsage { get; init; }

    public bool? HasSoftLimit { get; init; }

    public string? AccessDeniedReason { get; init; }

    public List<string?>? EnumValues { get; init; }

    public DateTimeOffset? ValidUntil { get; init; }

    public WireCreditRate? CreditRate { get; init; }

    public DateTimeOffset? UsagePeriodAnchor { get; init; }

    public string? ResetPeriod { get; init; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; init; }
}

internal sealed class StoredFeature
{
    public string? Id { get; init; }

    public string? DisplayName { get; init; }

    public string? FeatureType { get; init; }

    public string? MeterType { get; init; }

    public string? Units { get; init; }

    public string? UnitsPlural { get; init; }
}

internal sealed class StoredUsage
{
    public double? CurrentUsage { get; init; }

    public DateTimeOffset? UsagePeriodStart { get; init; }

    public DateTimeOffset? UsagePeriodEnd { get; init; }

    // The older name of the period's end.
    public DateTimeOffset? NextResetDate { get; init; }

    // Of the older generation only.
    public DateTimeOffset? UsagePeriodAnchor { get; init; }

    public string? ResetPeriod { get; init; }

    public WireResetPeriodConfiguration? ResetPeriodConfiguration { get; init; }
}

internal sealed class StoredMetadata
{
    public string? AccessDeniedReason { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(StoredEntitlement))]
[JsonSerializable(typeof(StoredUsage))]
[JsonSerializable(typeof(StoredMetadata))]
internal sealed partial class StoredJson : JsonSerializerContext;
