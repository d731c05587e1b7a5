using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Persistence;

/// <summary>
/// The keys of one entry in the Redis layout that is shared with other programs (the Redis contract): where its entitlements stand, the
/// reason of the whole, what is used of each, and the date of each of these.
/// </summary>
public sealed record EntryKeys
{
    private const string CustomerPart = ":c_";
    private const string ResourcePart = ":r_";
    private const string FeaturePart = ":f_";
    private const string CreditPart = ":credit_";
    private const string MetadataSuffix = ":metadata";
    private const string TimestampSuffix = "#timestamp";

    private static readonly string[] Ambiguous = [ResourcePart, FeaturePart, CreditPart];
    private static readonly string[] AmbiguousEnds = [MetadataSuffix, TimestampSuffix];

    private EntryKeys(string set, string @lock)
    {
        Set = set;
        Lock = @lock;
    }

    /// <summary>The key of the entitlements, <c>P:c_C</c> or <c>P:c_C:r_R</c>; also the entry's persistence id.</summary>
    public string Set { get; }

    /// <summary>The key of the reason of the whole.</summary>
    public string Metadata => Set + MetadataSuffix;

    /// <summary>The key that a writer holds while it replaces the set, <c>P-C</c> or <c>P-C:R</c>.</summary>
    public string Lock { get; }

    /// <summary>
    /// The keys of an entry; null where an id could be taken for a part of another entry's key: such an entry is kept in memory only, so
    /// that one customer's answer never comes from another's key.
    /// </summary>
    /// <param name="prefix">The environment's prefix.</param>
    /// <param name="key">The entry.</param>
    public static EntryKeys? Of(string prefix, EntryKey key)
    {
        if (IsAmbiguous(key.CustomerId) || (key.ResourceId is not null && IsAmbiguous(key.ResourceId)))
            return null;
        return key.ResourceId is null
            ? new EntryKeys($"{prefix}:c_{key.CustomerId}", $"{prefix}-{key.CustomerId}")
            : new EntryKeys($"{prefix}:c_{key.CustomerId}:r_{key.ResourceId}", $"{prefix}-{key.CustomerId}:{key.ResourceId}");
    }

    /// <summary>
    /// The entry that a key of the layout belongs to: of its set, its metadata, a usage, or a date of these; null for any other key.
    /// </summary>
    /// <param name="prefix">The environment's prefix.</param>
    /// <param name="redisKey">The key.</param>
    public static EntryKey? EntryOf(string prefix, string redisKey)
    {
        var begin = prefix.Length + CustomerPart.Length;
        if (!redisKey.StartsWith(prefix, StringComparison.Ordinal)
            || string.CompareOrdinal(redisKey, prefix.Length, CustomerPart, 0, CustomerPart.Length) != 0)
            return null;
        var rest = redisKey.AsSpan(begin);
        if (rest.EndsWith(TimestampSuffix, StringComparison.Ordinal))
            rest = rest[..^TimestampSuffix.Length];
        // A usage's id may be anything, so that what comes first counts.
        var usage = First(rest, FeaturePart, CreditPart);
        if (usage >= 0)
            rest = rest[..usage];
        else if (rest.EndsWith(MetadataSuffix, StringComparison.Ordinal))
            rest = rest[..^MetadataSuffix.Length];
        var resource = rest.IndexOf(ResourcePart, StringComparison.Ordinal);
        var key = resource < 0
            ? new EntryKey(rest.ToString())
            : new EntryKey(rest[..resource].ToString(), rest[(resource + ResourcePart.Length)..].ToString());
        return key.CustomerId.Length > 0 && key.ResourceId is not "" && Of(prefix, key) is not null ? key : null;

        static int First(ReadOnlySpan<char> text, string one, string other)
        {
            var (a, b) = (text.IndexOf(one, StringComparison.Ordinal), text.IndexOf(other, StringComparison.Ordinal));
            return a < 0 || (b >= 0 && b < a) ? b : a;
        }
    }

    /// <summary>The key of what is used of an entitlement.</summary>
    public string Usage(EntitlementReference of) => of.IsCredit ? $"{Set}:credit_{of.Id}" : $"{Set}:f_{of.Id}";

    /// <summary>The key of a value's date: epoch milliseconds as a decimal number.</summary>
    public static string Timestamp(string key) => key + TimestampSuffix;

    /// <summary>
    /// Whether what is used of an entitlement has a key that can't be taken for another one's date; where not, the entry is kept in memory
    /// only.
    /// </summary>
    public static bool HasUsageKey(EntitlementReference of) => !of.Id.EndsWith(TimestampSuffix, StringComparison.Ordinal);

    private static bool IsAmbiguous(string id) =>
        Array.Exists(Ambiguous, part => id.Contains(part, StringComparison.Ordinal))
        || Array.Exists(AmbiguousEnds, end => id.EndsWith(end, StringComparison.Ordinal));
}
