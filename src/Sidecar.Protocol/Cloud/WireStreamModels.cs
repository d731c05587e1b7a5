using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

// What the cloud tells over the stream as it stands on the wire, as far as it is used. Every field may be null or absent.
internal sealed class WireNews
{
    public WireNewsData? Data { get; init; }

    public List<WireError?>? Errors { get; init; }
}

// One of the fields, that of the subscription.
internal sealed class WireNewsData
{
    public WireEntitlementsUpdated? EntitlementsUpdatedV2 { get; init; }

    public WireUsageUpdated? UsageUpdatedV2 { get; init; }

    public WirePackagePublished? PackagePublished { get; init; }

    [JsonIgnore]
    public int Count => (EntitlementsUpdatedV2 is null ? 0 : 1) + (UsageUpdatedV2 is null ? 0 : 1) + (PackagePublished is null ? 0 : 1);
}

internal sealed class WireEntitlementsUpdated
{
    public string? CustomerId { get; init; }

    public string? ResourceId { get; init; }

    public string? AccessDeniedReason { get; init; }

    public WireEntitlementList? Entitlements { get; init; }
}

internal sealed class WireUsageUpdated
{
    public string? CustomerId { get; init; }

    public string? ResourceId { get; init; }

    public WireEntitlementReference? EntitlementReference { get; init; }

    public WireUsage? Usage { get; init; }
}

internal sealed class WireEntitlementReference
{
    public string? Id { get; init; }

    public string? Type { get; init; }
}

internal sealed class WireUsage
{
    public double? CurrentUsage { get; init; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsageUpdatedAt { get; init; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsagePeriodStart { get; init; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsagePeriodEnd { get; init; }
}

internal sealed class WirePackagePublished
{
    public string? MigrationType { get; init; }
}

// A field that is there twice says two things: such news is refused.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(WireNews))]
[JsonSerializable(typeof(List<WireError>))]
internal sealed partial class WireStreamJson : JsonSerializerContext;
