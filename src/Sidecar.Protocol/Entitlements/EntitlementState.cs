using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>All that is known of one entry: its entitlements, sorted by id, and the reason of the whole where there is one. Immutable.</summary>
public sealed class EntitlementState
{
    private readonly FeatureEntitlement[] _features;
    private readonly CreditEntitlement[] _credits;

    // Beside the entitlements, so that a search touches nothing of those it passes by.
    private readonly string[] _featureIds;
    private readonly string[] _creditIds;

    private EntitlementState(AccessDeniedReason? reason, FeatureEntitlement[] features, CreditEntitlement[] credits)
    {
        AccessDeniedReason = reason;
        _features = features;
        _credits = credits;
        _featureIds = Array.ConvertAll(features, f => f.Id);
        _creditIds = Array.ConvertAll(credits, c => c.Id);
        foreach (var entitlement in All())
        {
            if (entitlement.UpdatedAt > UpdatedAt)
                UpdatedAt = entitlement.UpdatedAt.Value;
            if (ValidUntil is null || entitlement.ValidUntil < ValidUntil)
                ValidUntil = entitlement.ValidUntil ?? ValidUntil;
        }
    }

    // The same entitlements, but for what is used of them.
    private EntitlementState(EntitlementState set, FeatureEntitlement[] features, CreditEntitlement[] credits)
    {
        AccessDeniedReason = set.AccessDeniedReason;
        _features = features;
        _credits = credits;
        _featureIds = set._featureIds;
        _creditIds = set._creditIds;
        UpdatedAt = set.UpdatedAt;
        ValidUntil = set.ValidUntil;
    }

    /// <summary>Why the whole is denied (customer not found, archived, no active subscription), or null.</summary>
    public AccessDeniedReason? AccessDeniedReason { get; }

    /// <summary>The features' entitlements, by id.</summary>
    public ReadOnlySpan<FeatureEntitlement> Features => _features;

    /// <summary>The credit entitlements, by currency id.</summary>
    public ReadOnlySpan<CreditEntitlement> Credits => _credits;

    /// <summary>How many entitlements there are.</summary>
    public int Count => _features.Length + _credits.Length;

    /// <summary>True without a single entitlement.</summary>
    public bool IsEmpty => _features.Length == 0 && _credits.Length == 0;

    /// <summary>The set's date: the latest <c>entitlementUpdatedAt</c> in it; the epoch where it holds none.</summary>
    public DateTimeOffset UpdatedAt { get; } = DateTimeOffset.UnixEpoch;

    /// <summary>The earliest <c>validUntil</c> in the set, or null.</summary>
    public DateTimeOffset? ValidUntil { get; }

    /// <summary>True where the cloud does not know the customer (or resource) at all.</summary>
    public bool IsUnknown => IsEmpty
        && AccessDeniedReason is Stigg.Sidecar.V1.AccessDeniedReason.CustomerNotFound
            or Stigg.Sidecar.V1.AccessDeniedReason.CustomerResourceNotFound;

    /// <summary>Whether there is a customer (or resource) that is or may be entitled to something (the evaluation contract, "Writes").</summary>
    public bool EntityExists => AccessDeniedReason is null or Stigg.Sidecar.V1.AccessDeniedReason.NoActiveSubscription;

    /// <summary>Builds a state. Of two entitlements with one id the last one counts.</summary>
    /// <param name="reason">Why the whole is denied, or null.</param>
    /// <param name="entitlements">The entitlements, in any order.</param>
    public static EntitlementState Create(AccessDeniedReason? reason, IEnumerable<Entitlement> entitlements)
    {
        var features = new SortedDictionary<string, FeatureEntitlement>(StringComparer.Ordinal);
        var credits = new SortedDictionary<string, CreditEntitlement>(StringComparer.Ordinal);
        foreach (var entitlement in entitlements)
        {
            if (entitlement is FeatureEntitlement feature)
                features[feature.Id] = feature;
            else if (entitlement is CreditEntitlement credit)
                credits[credit.Id] = credit;
        }

        return new EntitlementState(reason, [.. features.Values], [.. credits.Values]);
    }

    /// <summary>The entitlement to a feature, or null.</summary>
    public FeatureEntitlement? FindFeature(string featureId) =>
        IndexOf(_featureIds, featureId) is var index && index < 0 ? null : _features[index];

    /// <summary>The entitlement to a currency's credits, or null.</summary>
    public CreditEntitlement? FindCredit(string currencyId) =>
        IndexOf(_creditIds, currencyId) is var index && index < 0 ? null : _credits[index];

    /// <summary>The entitlement that a reference names, or null.</summary>
    public Entitlement? Find(EntitlementReference of) => of.IsCredit ? FindCredit(of.Id) : FindFeature(of.Id);

    /// <summary>Whether an entitlement's <c>validUntil</c> lies after one instant, and not after another.</summary>
    public bool HasExpiryBetween(DateTimeOffset after, DateTimeOffset upTo)
    {
        foreach (var feature in _features)
        {
            if (feature.ValidUntil > after && feature.ValidUntil <= upTo)
                return true;
        }

        foreach (var credit in _credits)
        {
            if (credit.ValidUntil > after && credit.ValidUntil <= upTo)
                return true;
        }

        return false;
    }

    /// <summary>All entitlements, features first.</summary>
    public IEnumerable<Entitlement> All() => ((IEnumerable<Entitlement>)_features).Concat(_credits);

    /// <summary>The same state with each entitlement put through a function that keeps its id.</summary>
    public EntitlementState Select(Func<Entitlement, Entitlement> change) => new(
        AccessDeniedReason,
        Array.ConvertAll(_features, f => (FeatureEntitlement)change(f)),
        Array.ConvertAll(_credits, c => (CreditEntitlement)change(c)));

    /// <summary>The same state with another usage of one entitlement that it holds; all else is shared.</summary>
    public EntitlementState WithUsage(EntitlementReference of, Usage usage)
    {
        var index = IndexOf(of.IsCredit ? _creditIds : _featureIds, of.Id);
        if (index < 0)
            throw new ArgumentException("the state does not hold this entitlement", nameof(of));
        if (of.IsCredit)
        {
            var credits = _credits.AsSpan().ToArray();
            credits[index] = credits[index] with { Usage = usage };
            return new EntitlementState(this, _features, credits);
        }

        var features = _features.AsSpan().ToArray();
        features[index] = features[index] with { Usage = usage };
        return new EntitlementState(this, features, _credits);
    }

    /// <summary>True where both say the same but for what is used: no set was replaced by a different one.</summary>
    public bool IsSameSetAs(EntitlementState other) =>
        AccessDeniedReason == other.AccessDeniedReason
        && _features.AsSpan().SequenceEqual(other._features, SameFeature.Instance)
        && _credits.AsSpan().SequenceEqual(other._credits, SameCredit.Instance);

    private static int IndexOf(string[] sorted, string id)
    {
        int low = 0, high = sorted.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(sorted[middle], id);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    private sealed class SameFeature : IEqualityComparer<FeatureEntitlement>
    {
        public static readonly SameFeature Instance = new();

        // Enum values are compared by content: a list's own equality is that of the reference.
        public bool Equals(FeatureEntitlement? x, FeatureEntitlement? y) =>
            x is not null && y is not null
            && x.EnumValues.SequenceEqual(y.EnumValues, StringComparer.Ordinal)
            && (x with { Usage = Usage.None, EnumValues = y.EnumValues }) == (y with { Usage = Usage.None });

        public int GetHashCode(FeatureEntitlement obj) => obj.Id.GetHashCode(StringComparison.Ordinal);
    }

    private sealed class SameCredit : IEqualityComparer<CreditEntitlement>
    {
        public static readonly SameCredit Instance = new();

        public bool Equals(CreditEntitlement? x, CreditEntitlement? y) =>
            x is not null && y is not null && (x with { Usage = Usage.None }) == (y with { Usage = Usage.None });

        public int GetHashCode(CreditEntitlement obj) => obj.Id.GetHashCode(StringComparison.Ordinal);
    }
}
