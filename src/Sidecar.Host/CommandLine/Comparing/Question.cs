using Google.Protobuf;
using Grpc.Core;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>One call with one request.</summary>
/// <param name="Call">Its name.</param>
/// <param name="Item">The feature or the currency that it is about, or empty.</param>
/// <param name="Ask">Sends it.</param>
/// <param name="IsRecent">Whether an older service may not know the call.</param>
internal sealed record Question(
    string Call, string Item, Func<SidecarService.SidecarServiceClient, CallOptions, Task<IMessage>> Ask, bool IsRecent = false)
{
    /// <summary>The features of a customer.</summary>
    public static Question Entitlements(Subject who)
    {
        var request = new GetEntitlementsRequest { CustomerId = who.Customer };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetEntitlements", "", async (client, options) => await client.GetEntitlementsAsync(request, options));
    }

    /// <summary>The features and credits of a customer.</summary>
    public static Question State(Subject who)
    {
        var request = new GetEntitlementsStateV2Request { CustomerId = who.Customer };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetEntitlementsStateV2", "", async (client, options) => await client.GetEntitlementsStateV2Async(request, options), IsRecent: true);
    }

    /// <summary>A feature, whatever its type is.</summary>
    public static Question Entitlement(Subject who, string feature)
    {
        var request = new GetEntitlementRequest { CustomerId = who.Customer, FeatureId = feature };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetEntitlement", feature, async (client, options) => await client.GetEntitlementAsync(request, options));
    }

    /// <summary>A feature or a currency.</summary>
    public static Question EntitlementV2(Subject who, ListKey key)
    {
        var request = new GetEntitlementV2Request { CustomerId = who.Customer };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        if (key.Kind == ListKey.Currency)
            request.CurrencyId = key.Id;
        else
            request.FeatureId = key.Id;
        return new("GetEntitlementV2", key.Id, async (client, options) => await client.GetEntitlementV2Async(request, options), IsRecent: true);
    }

    /// <summary>A feature by the call of its type, or null where that is not known.</summary>
    public static Question? Typed(Subject who, string feature, GetEntitlementResponse.EntitlementOneofCase type) => type switch
    {
        GetEntitlementResponse.EntitlementOneofCase.Boolean => Boolean(who, feature),
        GetEntitlementResponse.EntitlementOneofCase.Numeric => Numeric(who, feature),
        GetEntitlementResponse.EntitlementOneofCase.Metered => Metered(who, feature),
        GetEntitlementResponse.EntitlementOneofCase.Enum => OfEnum(who, feature),
        _ => null,
    };

    private static Question Boolean(Subject who, string feature)
    {
        var request = new GetBooleanEntitlementRequest { CustomerId = who.Customer, FeatureId = feature };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetBooleanEntitlement", feature, async (client, options) => await client.GetBooleanEntitlementAsync(request, options));
    }

    private static Question Numeric(Subject who, string feature)
    {
        var request = new GetNumericEntitlementRequest { CustomerId = who.Customer, FeatureId = feature };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetNumericEntitlement", feature, async (client, options) => await client.GetNumericEntitlementAsync(request, options));
    }

    private static Question Metered(Subject who, string feature)
    {
        var request = new GetMeteredEntitlementRequest { CustomerId = who.Customer, FeatureId = feature };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetMeteredEntitlement", feature, async (client, options) => await client.GetMeteredEntitlementAsync(request, options));
    }

    private static Question OfEnum(Subject who, string feature)
    {
        var request = new GetEnumEntitlementRequest { CustomerId = who.Customer, FeatureId = feature };
        if (who.Resource is not null)
            request.ResourceId = who.Resource;
        return new("GetEnumEntitlement", feature, async (client, options) => await client.GetEnumEntitlementAsync(request, options));
    }
}
