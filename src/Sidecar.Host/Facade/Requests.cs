using System.Text;
using Grpc.Core;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>Maps requests to questions, and refuses those that make no sense with a word on the field (the operations contract, "Bad requests").</summary>
internal static class Requests
{
    /// <summary>The longest id, in bytes of UTF-8.</summary>
    public const int MaxIdBytes = 1024;

    /// <summary>The entry that a request names. Present but empty is the same as absent.</summary>
    public static EntryKey Entry(string customerId, string resourceId)
    {
        Id(customerId, "customer_id");
        if (resourceId.Length == 0)
            return new EntryKey(customerId);
        CheckLength(resourceId, "resource_id");
        return new EntryKey(customerId, resourceId);
    }

    public static EntryKey Entry(GetEntitlementsRequest request) => Entry(request.CustomerId, request.ResourceId);

    public static EntryKey Entry(GetEntitlementsStateV2Request request) => Entry(request.CustomerId, request.ResourceId);

    /// <summary>An id that has to be there.</summary>
    public static string Id(string id, string field)
    {
        if (id.Length == 0)
            throw Invalid($"{field} is empty, expected an id");
        CheckLength(id, field);
        return id;
    }

    /// <summary>A usage that may be there; present, it has to be a number.</summary>
    public static double? RequestedUsage(bool isPresent, double usage)
    {
        if (!isPresent)
            return null;
        return double.IsFinite(usage) ? usage : throw Invalid($"requested_usage is {usage}, expected a finite number");
    }

    public static EntitlementQuery Query(GetEntitlementRequest request) =>
        OfAnyKind(Entry(request.CustomerId, request.ResourceId), Id(request.FeatureId, "feature_id"), request.Options);

    public static EntitlementQuery Query(GetEntitlementV2Request request)
    {
        var key = Entry(request.CustomerId, request.ResourceId);
        return (request.FeatureId.Length > 0, request.CurrencyId.Length > 0) switch
        {
            (true, false) => OfAnyKind(key, Id(request.FeatureId, "feature_id"), request.Options),
            (false, true) => new EntitlementQuery(
                key,
                Id(request.CurrencyId, "currency_id"),
                EntitlementKind.Credit,
                // Without meaning for credits, but no less wrong where it is no number.
                RequestedUsage(request.Options?.HasRequestedUsage ?? false, request.Options?.RequestedUsage ?? 0),
                Fallback: Of(request.Options?.Fallback)),
            (true, true) => throw Invalid("feature_id and currency_id are both given, expected exactly one of them"),
            _ => throw Invalid("feature_id and currency_id are both empty, expected exactly one of them"),
        };
    }

    public static EntitlementQuery Query(GetBooleanEntitlementRequest request) => new(
        Entry(request.CustomerId, request.ResourceId),
        Id(request.FeatureId, "feature_id"),
        EntitlementKind.Boolean,
        Fallback: request.Options?.Fallback is { } fallback ? new Fallback(fallback.HasAccess) : null);

    public static EntitlementQuery Query(GetNumericEntitlementRequest request) => new(
        Entry(request.CustomerId, request.ResourceId),
        Id(request.FeatureId, "feature_id"),
        EntitlementKind.Numeric,
        Fallback: request.Options?.Fallback is { } fallback
            ? new Fallback(
                fallback.HasAccess,
                Value: fallback.HasValue ? fallback.Value : null,
                IsUnlimited: fallback.HasIsUnlimited ? fallback.IsUnlimited : null)
            : null);

    public static EntitlementQuery Query(GetMeteredEntitlementRequest request) => new(
        Entry(request.CustomerId, request.ResourceId),
        Id(request.FeatureId, "feature_id"),
        EntitlementKind.Metered,
        RequestedUsage(request.Options?.HasRequestedUsage ?? false, request.Options?.RequestedUsage ?? 0),
        Fallback: request.Options?.Fallback is { } fallback
            ? new Fallback(
                fallback.HasAccess,
                UsageLimit: fallback.HasUsageLimit ? fallback.UsageLimit : null,
                IsUnlimited: fallback.HasIsUnlimited ? fallback.IsUnlimited : null)
            : null);

    public static EntitlementQuery Query(GetEnumEntitlementRequest request) => new(
        Entry(request.CustomerId, request.ResourceId),
        Id(request.FeatureId, "feature_id"),
        EntitlementKind.Enum,
        RequestedValues: request.Options?.RequestedValues,
        Fallback: request.Options?.Fallback is { } fallback ? new Fallback(fallback.HasAccess, EnumValues: fallback.EnumValues) : null);

    private static EntitlementQuery OfAnyKind(EntryKey key, string featureId, GetEntitlementOptions? options) => options is null
        ? new EntitlementQuery(key, featureId)
        : new EntitlementQuery(
            key,
            featureId,
            RequestedUsage: RequestedUsage(options.HasRequestedUsage, options.RequestedUsage),
            RequestedValues: options.RequestedValues,
            Fallback: Of(options.Fallback));

    private static Fallback? Of(GetEntitlementFallback? fallback) => fallback is null
        ? null
        : new Fallback(
            fallback.HasAccess,
            fallback.HasUsageLimit ? fallback.UsageLimit : null,
            fallback.HasIsUnlimited ? fallback.IsUnlimited : null,
            fallback.HasValue ? fallback.Value : null,
            fallback.EnumValues);

    private static void CheckLength(string id, string field)
    {
        // A character takes at most three bytes: most ids need no count.
        if (id.Length > MaxIdBytes / 3 && Encoding.UTF8.GetByteCount(id) is var bytes && bytes > MaxIdBytes)
            throw Invalid($"{field} is {bytes} bytes long, expected at most {MaxIdBytes}");
    }

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
