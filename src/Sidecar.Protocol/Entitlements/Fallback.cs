using System.Collections.Frozen;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What to answer when nothing is known. Each value that is given takes the built-in one's place.</summary>
/// <param name="HasAccess">Whether access is granted.</param>
/// <param name="UsageLimit">The limit of a metered feature or of credits, or null.</param>
/// <param name="IsUnlimited">Whether there is no limit, or null.</param>
/// <param name="Value">The value of a numeric feature, or null.</param>
/// <param name="EnumValues">The values of an enum feature, or null.</param>
public readonly record struct Fallback(
    bool HasAccess,
    double? UsageLimit = null,
    bool? IsUnlimited = null,
    int? Value = null,
    IReadOnlyList<string>? EnumValues = null)
{
    /// <summary>The kind of entitlement that these values describe (the evaluation contract, "Settled where the sources leave it open").</summary>
    public EntitlementKind Kind =>
        EnumValues is not null ? EntitlementKind.Enum
        : Value is not null ? EntitlementKind.Numeric
        : UsageLimit is not null || IsUnlimited is not null ? EntitlementKind.Metered
        : EntitlementKind.Boolean;
}

/// <summary>The global fallbacks, by feature id.</summary>
public sealed class FallbackTable
{
    /// <summary>A table without an entry.</summary>
    public static readonly FallbackTable Empty = new([]);

    private readonly FrozenDictionary<string, Fallback> _entries;
    private readonly string[] _sorted;

    /// <summary>Makes a table of entries with distinct feature ids.</summary>
    public FallbackTable(IReadOnlyDictionary<string, Fallback> entries)
        : this(entries.ToArray())
    {
    }

    private FallbackTable(KeyValuePair<string, Fallback>[] entries)
    {
        _entries = entries.ToFrozenDictionary(StringComparer.Ordinal);
        _sorted = [.. _entries.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>The feature ids, sorted.</summary>
    public IReadOnlyList<string> FeatureIds => _sorted;

    /// <summary>The fallback of a feature, or null.</summary>
    public Fallback? Find(string featureId) => _entries.TryGetValue(featureId, out var fallback) ? fallback : null;
}
