namespace Sidecar.Protocol.Entitlements;

/// <summary>Names one entitlement of a state: features and currencies have ids of their own.</summary>
/// <param name="Id">The feature's or currency's id.</param>
/// <param name="IsCredit">True for a currency.</param>
public readonly record struct EntitlementReference(string Id, bool IsCredit)
{
    /// <summary>The reference to an entitlement.</summary>
    public static EntitlementReference To(Entitlement entitlement) => new(entitlement.Id, entitlement is CreditEntitlement);
}

/// <summary>News of what is used of one entitlement.</summary>
/// <param name="Of">The entitlement.</param>
/// <param name="Usage">The usage, with its date.</param>
public sealed record UsageNews(EntitlementReference Of, Usage Usage);

/// <summary>What news is about.</summary>
public enum NewsKind
{
    /// <summary>It can't be told.</summary>
    Unknown = 0,

    /// <summary>An entry's entitlements.</summary>
    Entitlements,

    /// <summary>What is used of a feature.</summary>
    Usage,

    /// <summary>What is used of a currency's credits.</summary>
    CreditUsage,

    /// <summary>A package that was published.</summary>
    Package,
}

/// <summary>What the cloud tells of itself, over the stream of updates (the upstream contract, "Real-time updates").</summary>
/// <param name="Kind">What it is about.</param>
public abstract record News(NewsKind Kind);

/// <summary>News of one entry.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Kind">What it is about.</param>
public abstract record EntryNews(EntryKey Key, NewsKind Kind) : News(Kind);

/// <summary>An entry's entitlements are these now. The set has a date, or it is empty and has a reason.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Set">The entitlements.</param>
public sealed record EntitlementsReplaced(EntryKey Key, EntitlementState Set) : EntryNews(Key, NewsKind.Entitlements);

/// <summary>What is used of one entitlement is this now. It has a date.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Usage">The usage.</param>
public sealed record UsageSet(EntryKey Key, UsageNews Usage)
    : EntryNews(Key, Usage.Of.IsCredit ? NewsKind.CreditUsage : NewsKind.Usage);

/// <summary>
/// Something of an entry changed, and what can't be told: the cloud did not say, or without a date, or in words that can't be read. Only a
/// read tells what is true.
/// </summary>
/// <param name="Key">The entry.</param>
/// <param name="Kind">What it is about.</param>
public sealed record EntryChanged(EntryKey Key, NewsKind Kind) : EntryNews(Key, Kind);

/// <summary>Something happened, and nothing tells to whom: every entry may have changed.</summary>
/// <param name="Kind">What it is about, where that can be told.</param>
public sealed record AnythingChanged(NewsKind Kind) : News(Kind);

/// <summary>A package was published.</summary>
/// <param name="IsForEveryone">Whether it concerns those who are customers already: then every entry may have changed.</param>
public sealed record PackagePublished(bool IsForEveryone) : News(NewsKind.Package);
