namespace Sidecar.Protocol.Entitlements;

/// <summary>A question about one entitlement, as a value: asking costs no allocation.</summary>
/// <param name="Key">The customer or resource that is asked about.</param>
/// <param name="Id">The feature's id, or the currency's for <see cref="EntitlementKind.Credit"/>.</param>
/// <param name="Kind">
/// The kind that a typed call expects; <see cref="EntitlementKind.Unknown"/> takes whatever kind the feature has;
/// <see cref="EntitlementKind.Credit"/> asks about a currency.
/// </param>
/// <param name="RequestedUsage">Units about to be used, or null. Finite.</param>
/// <param name="RequestedValues">Values about to be used, or null.</param>
/// <param name="Fallback">The question's own fallback, or null.</param>
public readonly record struct EntitlementQuery(
    EntryKey Key,
    string Id,
    EntitlementKind Kind = EntitlementKind.Unknown,
    double? RequestedUsage = null,
    IReadOnlyList<string>? RequestedValues = null,
    Fallback? Fallback = null);
