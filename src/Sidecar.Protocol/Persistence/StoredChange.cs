using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Persistence;

/// <summary>What of an entry is to be written to the persistent cache: all of it, or what is used of some entitlements.</summary>
public sealed record StoredChange
{
    /// <summary>Nothing.</summary>
    public static readonly StoredChange None = new();

    /// <summary>The entitlements, the reason of the whole, and what is used of each.</summary>
    public static readonly StoredChange All = new() { IsAll = true };

    private StoredChange()
    {
    }

    /// <summary>Whether it is all of the entry.</summary>
    public bool IsAll { get; private init; }

    /// <summary>The entitlements of which the usage is to be written, where it is not all.</summary>
    public ImmutableHashSet<EntitlementReference> Usages { get; private init; } = [];

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsNone => !IsAll && Usages.IsEmpty;

    /// <summary>What is used of one entitlement.</summary>
    public static StoredChange UsageOf(EntitlementReference of) => new() { Usages = [of] };

    /// <summary>Both.</summary>
    public StoredChange And(StoredChange other) =>
        IsAll || other.IsAll ? All
        : other.Usages.IsEmpty ? this
        : new StoredChange { Usages = Usages.Union(other.Usages) };

    /// <summary>What has changed between two states of an entry.</summary>
    /// <param name="before">The earlier one; null where nothing was known.</param>
    /// <param name="after">The later one.</param>
    public static StoredChange Between(EntitlementState? before, EntitlementState after)
    {
        if (before is null || before.UpdatedAt != after.UpdatedAt || !before.IsSameSetAs(after))
            return All;
        var changed = after.All()
            .Where(entitlement => StoredEntry.IsTracked(entitlement) && before.Find(EntitlementReference.To(entitlement))?.Usage != entitlement.Usage)
            .Select(EntitlementReference.To)
            .ToImmutableHashSet();
        return changed.IsEmpty ? None : new StoredChange { Usages = changed };
    }
}
