namespace Sidecar.Protocol.Entitlements;

/// <summary>Names one entitlement of a state: features and currencies have ids of their own.</summary>
/// <param name="Id">The feature's or currency's id.</param>
/// <param name="IsCredit">True for a currency.</param>
public readonly record struct EntitlementReference(string Id, bool IsCredit);

/// <summary>News of what is used of one entitlement.</summary>
/// <param name="Of">The entitlement.</param>
/// <param name="Usage">The usage, with its date.</param>
public sealed record UsageNews(EntitlementReference Of, Usage Usage);
