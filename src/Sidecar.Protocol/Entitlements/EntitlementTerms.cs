using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What a set grants, as it is told: <see cref="EntitlementTerms"/> are the one instance of it.</summary>
/// <param name="reason">Why the whole is denied, or null.</param>
/// <param name="features">Of each feature its one instance, by id; never changed any more.</param>
/// <param name="credits">Of each currency its one instance, by id; never changed any more.</param>
internal readonly struct SetGrant(AccessDeniedReason? reason, FeatureTerms[] features, CreditTerms[] credits) : ISharedDraft<EntitlementTerms>
{
    public AccessDeniedReason? AccessDeniedReason => reason;

    public FeatureTerms[] Features => features;

    public CreditTerms[] Credits => credits;

    public int Hash
    {
        get
        {
            var hash = (uint)reason.GetValueOrDefault();
            foreach (var feature in features)
                hash = (hash * 31) + (uint)feature.Hash;
            foreach (var credit in credits)
                hash = (hash * 31) + (uint)credit.Hash;
            return (int)hash;
        }
    }

    // Of the same instances.
    public bool IsSameAs(EntitlementTerms known)
    {
        if (reason != known.AccessDeniedReason || features.Length != known.Features.Length || credits.Length != known.Credits.Length)
            return false;
        for (var i = 0; i < features.Length; i++)
        {
            if (!ReferenceEquals(features[i], known.Features[i]))
                return false;
        }

        for (var i = 0; i < credits.Length; i++)
        {
            if (!ReferenceEquals(credits[i], known.Credits[i]))
                return false;
        }

        return true;
    }

    public EntitlementTerms Make() => new(this);
}

/// <summary>
/// What a set grants, without what is one customer's own: all that customers of one plan have in common, sorted by id. Immutable, and one
/// instance for many.
/// </summary>
internal sealed class EntitlementTerms
{
    private const int ObjectSize = HeapSize.Head + (6 * HeapSize.Field);

    private readonly FeatureTerms[] _features;
    private readonly CreditTerms[] _credits;

    // Beside the terms, so that a search touches nothing of those it passes by.
    private readonly string[] _featureIds;
    private readonly string[] _creditIds;

    public EntitlementTerms(in SetGrant grant)
    {
        AccessDeniedReason = grant.AccessDeniedReason;
        _features = grant.Features;
        _credits = grant.Credits;
        _featureIds = Array.ConvertAll(_features, f => f.Feature.Id);
        _creditIds = Array.ConvertAll(_credits, c => c.Currency.Id);
        Hash = grant.Hash;
    }

    public AccessDeniedReason? AccessDeniedReason { get; }

    public ReadOnlySpan<FeatureTerms> Features => _features;

    public ReadOnlySpan<CreditTerms> Credits => _credits;

    public int Count => _features.Length + _credits.Length;

    /// <summary>Equal for those that say the same.</summary>
    public int Hash { get; }

    /// <summary>What it takes in memory, in bytes, without its parts. Of those without an entitlement there is one a reason.</summary>
    public long OwnSize => Count == 0 ? 0 : ObjectSize + (2 * HeapSize.OfArray(_features.Length)) + (2 * HeapSize.OfArray(_credits.Length));

    /// <summary>What other terms may have in common with these. One that they have twice is told twice.</summary>
    public IEnumerable<SharedPart> Parts
    {
        get
        {
            foreach (var feature in _features)
            {
                yield return new SharedPart(feature, feature.OwnSize);
                yield return new SharedPart(feature.Feature, feature.Feature.Size);
                if (feature.ResetPeriodConfiguration is { } configuration)
                    yield return new SharedPart(configuration, configuration.Size);
            }

            foreach (var credit in _credits)
                yield return new SharedPart(credit, credit.OwnSize);
        }
    }

    /// <summary>A feature's place, or a negative number.</summary>
    public int IndexOfFeature(string featureId) => IndexOf(_featureIds, featureId);

    /// <summary>A currency's place among the credits, or a negative number.</summary>
    public int IndexOfCredit(string currencyId) => IndexOf(_creditIds, currencyId);

    /// <summary>Whether the usage of an entitlement is counted: features come first, then credits.</summary>
    public bool IsCounted(int index) => index >= _features.Length || _features[index].Feature.IsMetered;

    /// <summary>The entitlement of one customer.</summary>
    public Entitlement With(int index, in OwnValues own) =>
        index < _features.Length ? _features[index].With(own) : _credits[index - _features.Length].With(own);

    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(EntitlementTerms other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (!IsAlike(other))
            return false;
        for (var i = 0; i < _features.Length; i++)
        {
            if (!_features[i].IsSameAs(other._features[i]))
                return false;
        }

        for (var i = 0; i < _credits.Length; i++)
        {
            if (!_credits[i].IsSameAs(other._credits[i]))
                return false;
        }

        return true;
    }

    private bool IsAlike(EntitlementTerms other) => Hash == other.Hash
        && AccessDeniedReason == other.AccessDeniedReason
        && _features.Length == other._features.Length
        && _credits.Length == other._credits.Length;

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
}
