using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Persistence;

/// <summary>The persistence ids of entries: the keys of the shared Redis layout (the Redis contract).</summary>
public static class SnapshotKeys
{
    private static readonly string[] Ambiguous = [":r_", ":f_", ":credit_"];
    private static readonly string[] AmbiguousEnds = [":metadata", "#timestamp"];

    /// <summary>
    /// The id of an entry, <c>P:c_C</c> or <c>P:c_C:r_R</c>; null where an id could be taken for a part of another entry's key: such
    /// an entry is kept in memory only, so that one customer's answer never comes from another's key.
    /// </summary>
    /// <param name="prefix">The environment's prefix.</param>
    /// <param name="key">The entry.</param>
    public static string? Of(string prefix, EntryKey key)
    {
        if (IsAmbiguous(key.CustomerId) || (key.ResourceId is not null && IsAmbiguous(key.ResourceId)))
            return null;
        return key.ResourceId is null ? $"{prefix}:c_{key.CustomerId}" : $"{prefix}:c_{key.CustomerId}:r_{key.ResourceId}";
    }

    private static bool IsAmbiguous(string id) =>
        Array.Exists(Ambiguous, part => id.Contains(part, StringComparison.Ordinal))
        || Array.Exists(AmbiguousEnds, end => id.EndsWith(end, StringComparison.Ordinal));
}
