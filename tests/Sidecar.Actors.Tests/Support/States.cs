using Sidecar.Actors.Snapshots;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Stigg.Sidecar.V1;

namespace Sidecar.Actors.Tests.Support;

/// <summary>States, views and bodies to try things with.</summary>
internal static class States
{
    /// <summary>What the cloud says of a customer that it does not know.</summary>
    public static readonly EntitlementState Unknown = EntitlementState.Create(AccessDeniedReason.CustomerNotFound, []);

    /// <summary>What the cloud says of a customer that is entitled to nothing.</summary>
    public static readonly EntitlementState Denied = EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, []);

    /// <summary>What the cloud says of a customer that it does not know, as a body.</summary>
    public const string UnknownBody =
        """{"data": {"entitlementsState": {"accessDeniedReason": "CustomerNotFound", "entitlementsV2": []}}}""";

    /// <summary>A state as the snapshot store finds it.</summary>
    public static EntrySnapshot Snapshot(EntitlementState state) => new(new EntryKey("customer"), state, StoredChange.None);

    /// <summary>A state that grants features of a name.</summary>
    public static EntitlementState Granting(params string[] features) => Granting(validUntil: null, features);

    /// <summary>A state that grants features of a name up to an instant.</summary>
    public static EntitlementState Granting(DateTimeOffset? validUntil, params string[] features) => EntitlementState.Create(
        null,
        features.Select(id => new FeatureEntitlement(new FeatureDefinition(id, FeatureType.Boolean)) { ValidUntil = validUntil }));

    /// <summary>A set of one metered feature: the set's date, in days, its limit, and the date and count of what is used.</summary>
    public static EntitlementState Metered(int day, double limit = 100, int usageDay = 1, double used = 0, string featureId = "calls") =>
        EntitlementState.Create(null, [
            new FeatureEntitlement(new FeatureDefinition(
                featureId, FeatureType.Number, MeterType.Fluctuating, HasMeter: true, Units: "", UnitsPlural: "", featureId))
            {
                UsageLimit = limit,
                UpdatedAt = Day(day),
                Usage = new Usage(used, null, null, Day(usageDay)),
            },
        ]);

    /// <summary>A date: the higher, the later.</summary>
    public static DateTimeOffset Day(int day) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day);

    /// <summary>News of what is used of <see cref="Metered"/>'s feature.</summary>
    public static UsageNews Used(double used, int day, string featureId = "calls") =>
        new(new EntitlementReference(featureId, IsCredit: false), new Usage(used, null, null, Day(day)));

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
