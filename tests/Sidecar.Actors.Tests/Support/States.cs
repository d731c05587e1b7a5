using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Actors.Tests.Support;

/// <summary>States, views and bodies to try things with.</summary>
internal static class States
{
    /// <summary>What the cloud says of a customer that it does not know.</summary>
    public static readonly EntitlementState Unknown = EntitlementState.Create(AccessDeniedReason.CustomerNotFound, []);

    /// <summary>What the cloud says of a customer that it does not know, as a body.</summary>
    public const string UnknownBody =
        """{"data": {"entitlementsState": {"accessDeniedReason": "CustomerNotFound", "entitlementsV2": []}}}""";

    /// <summary>A state that grants features of a name.</summary>
    public static EntitlementState Granting(params string[] features) => Granting(validUntil: null, features);

    /// <summary>A state that grants features of a name up to an instant.</summary>
    public static EntitlementState Granting(DateTimeOffset? validUntil, params string[] features) => EntitlementState.Create(
        null,
        features.Select(id => new FeatureEntitlement(new FeatureDefinition(id, FeatureType.Boolean)) { ValidUntil = validUntil }));

    /// <summary>The state that <see cref="Granting(string[])"/> makes, as the cloud's body.</summary>
    public static string Body(params string[] features) => Envelope(string.Join(", ", features.Select(Feature)));

    /// <summary>A body around entitlements.</summary>
    public static string Envelope(string entitlements) =>
        """{"data": {"entitlementsState": {"entitlementsV2": [""" + entitlements + "]}}}";

    /// <summary>A body that tells an error.</summary>
    public static string ErrorBody(string code, string message = "it went wrong") =>
        $$$"""{"errors": [{"message": "{{{message}}}", "extensions": {"code": "{{{code}}}"}}]}""";

    /// <summary>A view of a state.</summary>
    public static EntitlementView ViewOf(EntitlementState state, TimeSpan readStartedAt = default, long number = 0) =>
        new(state, readStartedAt, NodeEpoch: 0, ReadNumber: number, SetNumber: number);

    private static string Feature(string id) =>
        $$$"""{"__typename": "FeatureEntitlement", "feature": {"refId": "{{{id}}}", "featureType": "BOOLEAN"}}""";
}
