using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

// What the cloud tells over the stream as it stands on the wire, as far as it is used. Every field may be null or absent.
internal sealed class WireNews
{
    public WireNewsData? Data { get; set; }

    public List<WireError?>? Errors { get; set; }
}

// One of the fields, that of the subscription.
internal sealed class WireNewsData
{
    public WireEntitlementsUpdated? EntitlementsUpdatedV2 { get; set; }

    public WireUsageUpdated? UsageUpdatedV2 { get; set; }

    public WirePackagePublished? PackagePublished { get; set; }

    [JsonIgnore]
    public int Count => (EntitlementsUpdatedV2 is null ? 0 : 1) + (UsageUpdatedV2 is null ? 0 : 1) + (PackagePublished is null ? 0 : 1);
}

internal sealed class WireEntitlementsUpdated
{
    public string? CustomerId { get; set; }

    public string? ResourceId { get; set; }

    public string? AccessDeniedReason { get; set; }

    public WireEntitlements? Entitlements { get; set; }
}

internal sealed class WireUsageUpdated
{
    public string? CustomerId { get; set; }

    public string? ResourceId { get; set; }

    public WireEntitlementReference? EntitlementReference { get; set; }

    public WireUsage? Usage { get; set; }
}

internal sealed class WireEntitlementReference
{
    public string? Id { get; set; }

    public string? Type { get; set; }
}

internal sealed class WireUsage
{
    public double? CurrentUsage { get; set; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsageUpdatedAt { get; set; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsagePeriodStart { get; set; }

    [JsonConverter(typeof(WireStrictDateConverter))]
    public DateTimeOffset? UsagePeriodEnd { get; set; }
}

internal sealed class WirePackagePublished
{
    public string? MigrationType { get; set; }
}

// A field that is there twice says two things: such news is refused.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    Converters = [typeof(WireDateConverter), typeof(WireNumberConverter)])]
[JsonSerializable(typeof(WireNews))]
[JsonSerializable(typeof(List<WireError>))]
internal sealed partial class WireStreamJson : JsonSerializerContext;
