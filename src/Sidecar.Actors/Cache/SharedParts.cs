using System.Collections.Concurrent;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Counts who holds what customers have in common, so that each part is charged once, as long as anybody holds it. A holder more of terms
/// that are held already costs one count, however many entitlements they have.
/// </summary>
internal sealed class SharedParts
{
    /// <summary>What counting takes for a part: its node, and its share of the buckets.</summary>
    public const long CountBytes = 40 + 12;

    private readonly ConcurrentDictionary<object, int> _holders = new(ReferenceEqualityComparer.Instance);

    /// <summary>Takes a holder of one state's parts, and adds one of another's.</summary>
    /// <param name="before">The state that is let go, or null.</param>
    /// <param name="after">The state that is held, or null.</param>
    /// <returns>What is held more than before, in bytes.</returns>
    public long Exchange(EntitlementState? before, EntitlementState? after)
    {
        // Held before anything is let go: what both have is not taken apart in between.
        var bytes = 0L;
        var isSameLayout = IsSame(before?.SharedLayout, after?.SharedLayout);
        var areSameTerms = IsSame(before?.SharedTerms, after?.SharedTerms);
        if (after is not null && !isSameLayout)
            bytes += Count(after.SharedLayout, 1);
        if (after is not null && !areSameTerms)
            bytes += CountTerms(after, 1);
        if (before is not null && !isSameLayout)
            bytes -= Count(before.SharedLayout, -1);
        if (before is not null && !areSameTerms)
            bytes -= CountTerms(before, -1);
        return bytes;
    }

    private static bool IsSame(SharedPart? before, SharedPart? after) =>
        before is { } one && after is { } other && ReferenceEquals(one.Instance, other.Instance);

    private long CountTerms(EntitlementState state, int change)
    {
        var bytes = Count(state.SharedTerms, change);
        if (bytes == 0)
            return 0;
        foreach (var part in state.PartsOfTerms)
            bytes += Count(part, change);
        return bytes;
    }

    // Who comes first and who goes last walk through the parts of terms at the same time, perhaps: a count may be below 0 in between.
    private long Count(SharedPart part, int change)
    {
        if (part.Size == 0)
            return 0;
        var count = _holders.AddOrUpdate(part.Instance, static (_, change) => change, static (_, count, change) => count + change, change);
        if (count == 0)
            _holders.TryRemove(new KeyValuePair<object, int>(part.Instance, 0));
        return count == Math.Max(change, 0) ? part.Size + CountBytes : 0;
    }
}
