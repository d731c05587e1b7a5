using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <summary>Redis as the keeper uses it.</summary>
public interface IRedisStore
{
    /// <summary>Whether there is a connection.</summary>
    bool IsUp { get; }

    /// <summary>
    /// How often all that memory holds is written again, so that none of it comes to the end of its life there while it is known here; null
    /// where nothing comes to an end, or another program sees to it.
    /// </summary>
    TimeSpan? RenewalInterval { get; }

    /// <summary>Whether an entry is kept there at all.</summary>
    bool Keeps(EntryKey key);

    /// <summary>How many of some entries are there.</summary>
    Task<int> CountAsync(IReadOnlyList<EntryKey> keys, TimeSpan limit);

    /// <summary>Writes an entry as memory knows it, each value only where the stored one is not newer.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="state">What memory knows.</param>
    /// <param name="isOwed">
    /// Whether a save of it failed: an empty set, which has no date, wins then, as it would have; else what others wrote meanwhile stays.
    /// </param>
    /// <param name="limit">The longest that it may take.</param>
    Task RestoreAsync(EntryKey key, EntitlementState state, bool isOwed, TimeSpan limit);

    /// <summary>Removes an entry.</summary>
    Task DeleteAsync(EntryKey key, TimeSpan limit);
}
