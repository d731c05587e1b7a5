using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// All that is known of one entry: its entitlements, sorted by id, and the reason of the whole where there is one. Immutable. What
/// customers of a plan have in common is one object for all of them; what is the entry's own stands in one array. An
/// <see cref="Entitlement"/> is made when somebody asks for one; answers are decided without.
/// </summary>
public sealed class EntitlementState
{
    private const int ObjectSize = HeapSize.Head + (5 * HeapSize.Field);

    private readonly EntitlementTerms _terms;
    private readonly uint[] _layout;
    private readonly long[] _own;
    private readonly long _updatedAt;
    private readonly long _validUntil;

    private EntitlementState(EntitlementTerms terms, ReadOnlySpan<OwnValues> all)
    {
        _terms = terms;
        _updatedAt = DateTimeOffset.UnixEpoch.UtcTicks;
        _validUntil = OwnValues.Absent;
        foreach (ref readonly var own in all)
        {
            _updatedAt = Math.Max(_updatedAt, own.UpdatedAt);
            if (own.ValidUntil != OwnValues.Absent && (_validUntil == OwnValues.Absent || own.ValidUntil < _validUntil))
                _validUntil = own.ValidUntil;
        }

        (_layout, _own) = OwnBlock.Pack(all, terms, _updatedAt);
    }

    // The same entitlements, but for what is used of them.
    private EntitlementState(EntitlementState set, uint[] layout, long[] own)
    {
        _terms = set._terms;
        _layout = layout;
        _own = own;
        _updatedAt = set._updatedAt;
        _validUntil = set._validUntil;
    }

    /// <summary>Why the whole is denied (customer not found, archived, no active subscription), or null.</summary>
    public AccessDeniedReason? AccessDeniedReason => _terms.AccessDeniedReason;

    /// <summary>The features' entitlements, by id; made anew each time.</summary>
    public ReadOnlySpan<FeatureEntitlement> Features
    {
        get
        {
            var features = new FeatureEntitlement[_terms.Features.Length];
            for (var i = 0; i < features.Length; i++)
                features[i] = _terms.Features[i].With(Own(i));
            return features;
        }
    }

    /// <summary>The credit entitlements, by currency id; made anew each time.</summary>
    public ReadOnlySpan<CreditEntitlement> Credits
    {
        get
        {
            var credits = new CreditEntitlement[_terms.Credits.Length];
            for (var i = 0; i < credits.Length; i++)
                credits[i] = _terms.Credits[i].With(Own(_terms.Features.Length + i));
            return credits;
        }
    }

    /// <summary>How many entitlements there are.</summary>
    public int Count => _terms.Count;

    /// <summary>True without a single entitlement.</summary>
    public bool IsEmpty => _terms.Count == 0;

    /// <summary>The set's date: the latest <c>entitlementUpdatedAt</c> in it; the epoch where it holds none.</summary>
    public DateTimeOffset UpdatedAt => new(_updatedAt, TimeSpan.Zero);

    /// <summary>The earliest <c>validUntil</c> in the set, or null.</summary>
    public DateTimeOffset? ValidUntil => OwnValues.Date(_validUntil);

    /// <summary>True where the cloud does not know the customer (or resource) at all.</summary>
    public bool IsUnknown => IsEmpty
        && AccessDeniedReason is Stigg.Sidecar.V1.AccessDeniedReason.CustomerNotFound
            or Stigg.Sidecar.V1.AccessDeniedReason.CustomerResourceNotFound;

    /// <summary>Whether there is a customer (or resource) that is or may be entitled to something (the evaluation contract, "Writes").</summary>
    public bool EntityExists => AccessDeniedReason is null or Stigg.Sidecar.V1.AccessDeniedReason.NoActiveSubscription;

    /// <summary>What it takes in memory, in bytes, without what it may have in common with others.</summary>
    public long OwnSize => ObjectSize + HeapSize.OfArray(_own.Length);

    /// <summary>Where its own values stand: in common with most customers of the same plan.</summary>
    public SharedPart SharedLayout => new(_layout, HeapSize.OfArray(_layout.Length, sizeof(uint)));

    /// <summary>What it grants: in common with the customers of the same plan.</summary>
    public SharedPart SharedTerms => new(_terms, _terms.OwnSize);

    /// <summary>What <see cref="SharedTerms"/> consists of: in common with plans that grant some of the same.</summary>
    public IEnumerable<SharedPart> PartsOfTerms => _terms.Parts;

    /// <summary>What is granted.</summary>
    internal EntitlementTerms Terms => _terms;

    /// <summary>Builds a state. Of two entitlements with one id the last one counts.</summary>
    /// <param name="reason">Why the whole is denied, or null.</param>
    /// <param name="entitlements">The entitlements, in any order.</param>
    public static EntitlementState Create(AccessDeniedReason? reason, IEnumerable<Entitlement> entitlements) =>
        Of(reason, entitlements.Select(OwnEntitlement.Of).ToList());

    /// <summary>Builds a state. Of two entitlements with one id the last one counts.</summary>
    /// <param name="reason">Why the whole is denied, or null.</param>
    /// <param name="entitlements">The entitlements, in any order.</param>
    internal static EntitlementState Of(AccessDeniedReason? reason, List<OwnEntitlement> entitlements)
    {
        var sorted = Sorted(entitlements);
        var featureCount = 0;
        while (featureCount < sorted.Count && sorted[featureCount].Feature is not null)
            featureCount++;
        var features = featureCount == 0 ? [] : new FeatureTerms[featureCount];
        var credits = featureCount == sorted.Count ? [] : new CreditTerms[sorted.Count - featureCount];
        var all = new OwnValues[sorted.Count];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = sorted[i].Own;
            if (i < featureCount)
                features[i] = sorted[i].Feature!;
            else
                credits[i - featureCount] = sorted[i].Credit!;
        }

        return new EntitlementState(Shared.Terms(new SetGrant(reason, features, credits)), all);
    }

    /// <summary>The entitlement to a feature, or null.</summary>
    public FeatureEntitlement? FindFeature(string featureId) =>
        _terms.IndexOfFeature(featureId) is var index && index < 0 ? null : _terms.Features[index].With(Own(index));

    /// <summary>The entitlement to a currency's credits, or null.</summary>
    public CreditEntitlement? FindCredit(string currencyId) =>
        _terms.IndexOfCredit(currencyId) is var index && index < 0 ? null : _terms.Credits[index].With(Own(_terms.Features.Length + index));

    /// <summary>The entitlement that a reference names, or null.</summary>
    public Entitlement? Find(EntitlementReference of) => of.IsCredit ? FindCredit(of.Id) : FindFeature(of.Id);

    /// <summary>Whether an entitlement's <c>validUntil</c> lies after one instant, and not after another.</summary>
    public bool HasExpiryBetween(DateTimeOffset after, DateTimeOffset upTo)
    {
        if (_validUntil == OwnValues.Absent)
            return false;
        foreach (var entry in _layout)
        {
            var validUntil = OwnBlock.ValidUntilOf(_own, entry);
            if (validUntil != OwnValues.Absent && validUntil > after.UtcTicks && validUntil <= upTo.UtcTicks)
                return true;
        }

        return false;
    }

    /// <summary>All entitlements, features first; made as they are asked for.</summary>
    public IEnumerable<Entitlement> All()
    {
        for (var i = 0; i < Count; i++)
            yield return _terms.With(i, Own(i));
    }

    /// <summary>The same state with another usage of one entitlement that it holds; all else is shared.</summary>
    public EntitlementState WithUsage(EntitlementReference of, Usage usage)
    {
        var index = of.IsCredit ? _terms.IndexOfCredit(of.Id) : _terms.IndexOfFeature(of.Id);
        if (index < 0)
            throw new ArgumentException("the state does not hold this entitlement", nameof(of));
        if (of.IsCredit)
            index += _terms.Features.Length;
        var own = Own(index);
        own.Usage = usage;
        if (OwnBlock.With(_own, _layout[index], own, _terms.IsCounted(index)) is { } values)
            return new EntitlementState(this, _layout, values);
        var all = Unpacked();
        all[index] = own;
        return With(all);
    }

    /// <summary>The same state with the usage that a function tells of each entitlement; this instance where it tells none.</summary>
    /// <param name="usageOf">Another usage of an entitlement, or null where its own stays.</param>
    public EntitlementState WithUsages(Func<Entitlement, Usage?> usageOf)
    {
        OwnValues[]? all = null;
        for (var i = 0; i < Count; i++)
        {
            if (usageOf(_terms.With(i, Own(i))) is not { } usage)
                continue;
            all ??= Unpacked();
            all[i].Usage = usage;
        }

        return all is null ? this : With(all);
    }

    /// <summary>True where both say the same but for what is used: no set was replaced by a different one.</summary>
    public bool IsSameSetAs(EntitlementState other)
    {
        if (_updatedAt != other._updatedAt || _validUntil != other._validUntil || !_terms.IsSameAs(other._terms))
            return false;
        for (var i = 0; i < _layout.Length; i++)
        {
            var (mine, theirs) = (_layout[i], other._layout[i]);
            if (OwnBlock.UpdatedAtOf(_own, mine, _updatedAt) != OwnBlock.UpdatedAtOf(other._own, theirs, other._updatedAt)
                || OwnBlock.ValidUntilOf(_own, mine) != OwnBlock.ValidUntilOf(other._own, theirs)
                || OwnBlock.AnchorOf(_own, mine) != OwnBlock.AnchorOf(other._own, theirs))
                return false;
        }

        return true;
    }

    /// <summary>True where both say the same.</summary>
    public bool IsSameAs(EntitlementState other) => ReferenceEquals(this, other)
        || (_updatedAt == other._updatedAt && _validUntil == other._validUntil && _terms.IsSameAs(other._terms)
            && _layout.AsSpan().SequenceEqual(other._layout) && _own.AsSpan().SequenceEqual(other._own));

    /// <summary>Looks for the entitlement to a feature without making one.</summary>
    /// <param name="featureId">The feature.</param>
    /// <param name="held">The entitlement, where there is one.</param>
    internal bool TryFindFeature(string featureId, out HeldFeature held)
    {
        var index = _terms.IndexOfFeature(featureId);
        held = index < 0 ? default : FeatureAt(index);
        return index >= 0;
    }

    /// <summary>Looks for the entitlement to a currency's credits without making one.</summary>
    /// <param name="currencyId">The currency.</param>
    /// <param name="held">The entitlement, where there is one.</param>
    internal bool TryFindCredit(string currencyId, out HeldCredit held)
    {
        var index = _terms.IndexOfCredit(currencyId);
        held = index < 0 ? default : CreditAt(index);
        return index >= 0;
    }

    /// <summary>The entitlement to a feature at a place among them.</summary>
    internal HeldFeature FeatureAt(int index) => new(_terms.Features[index], _own, _layout[index]);

    /// <summary>The entitlement to credits at a place among them.</summary>
    internal HeldCredit CreditAt(int index) => new(_terms.Credits[index], _own, _layout[_terms.Features.Length + index]);

    // In order, and of one id the last one alone.
    private static List<OwnEntitlement> Sorted(List<OwnEntitlement> entitlements)
    {
        if (IsSorted(entitlements))
            return entitlements;
        // Sorting keeps the order of equal ones.
        List<OwnEntitlement> sorted = [.. entitlements.Order(Comparer<OwnEntitlement>.Create(OwnEntitlement.Order))];
        var kept = 0;
        for (var i = 0; i < sorted.Count; i++)
        {
            if (i + 1 == sorted.Count || OwnEntitlement.Order(sorted[i], sorted[i + 1]) != 0)
                sorted[kept++] = sorted[i];
        }

        sorted.RemoveRange(kept, sorted.Count - kept);
        return sorted;
    }

    private static bool IsSorted(List<OwnEntitlement> entitlements)
    {
        for (var i = 1; i < entitlements.Count; i++)
        {
            if (OwnEntitlement.Order(entitlements[i - 1], entitlements[i]) >= 0)
                return false;
        }

        return true;
    }

    private OwnValues Own(int index) => OwnBlock.Read(_own, _layout[index], _updatedAt);

    private OwnValues[] Unpacked()
    {
        var all = new OwnValues[Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = Own(i);
        return all;
    }

    private EntitlementState With(OwnValues[] all)
    {
        var (layout, own) = OwnBlock.Pack(all, _terms, _updatedAt);
        return new EntitlementState(this, layout, own);
    }
}
