using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What is granted of a feature, as it is told: <see cref="FeatureTerms"/> are the one instance of it.</summary>
internal readonly struct FeatureGrant : ISharedDraft<FeatureTerms>
{
    public required FeatureDefinition Feature { get; init; }

    public required AccessDeniedReason? AccessDeniedReason { get; init; }

    public required double? UsageLimit { get; init; }

    public required bool HasSoftLimit { get; init; }

    public required bool HasUnlimitedUsage { get; init; }

    /// <summary>Never changed: many rely on it.</summary>
    public required string[] EnumValues { get; init; }

    public required EntitlementResetPeriod? ResetPeriod { get; init; }

    public required ResetPeriodConfiguration? ResetPeriodConfiguration { get; init; }

    public required CreditRate? CreditRate { get; init; }

    // Of numbers alone: what combines any values has to be compiled for just these when the service starts.
    public int Hash
    {
        get
        {
            var hash = (uint)Feature.Id.GetHashCode(StringComparison.Ordinal);
            hash = (hash * 31) + (uint)AccessDeniedReason.GetValueOrDefault();
            hash = (hash * 31) + (uint)(UsageLimit ?? -1).GetHashCode();
            hash = (hash * 31) + (HasSoftLimit ? 1u : 0) + (HasUnlimitedUsage ? 2u : 0);
            hash = (hash * 31) + (uint)EnumValues.Length;
            hash = (hash * 31) + (uint)ResetPeriod.GetValueOrDefault();
            return (int)((hash * 31) + (uint)(CreditRate?.Amount ?? -1).GetHashCode());
        }
    }

    public bool IsSameAs(FeatureTerms known)
    {
        ref readonly var other = ref known.Grant;
        return IsAlike(other)
            && OwnValues.Bits(UsageLimit) == OwnValues.Bits(other.UsageLimit)
            && OwnValues.Bits(CreditRate?.Amount) == OwnValues.Bits(other.CreditRate?.Amount);
    }

    public FeatureTerms Make() => new(this);

    /// <summary>Whether both say the same, but for the sign of a 0.</summary>
    public bool IsAlike(in FeatureGrant other) => (ReferenceEquals(Feature, other.Feature) || Feature == other.Feature)
        && AccessDeniedReason == other.AccessDeniedReason
        && Nullable.Equals(UsageLimit, other.UsageLimit)
        && HasSoftLimit == other.HasSoftLimit
        && HasUnlimitedUsage == other.HasUnlimitedUsage
        && EnumValues.AsSpan().SequenceEqual(other.EnumValues)
        && ResetPeriod == other.ResetPeriod
        && ResetPeriodConfiguration == other.ResetPeriodConfiguration
        && CreditRate == other.CreditRate;
}

/// <summary>What is granted of a feature: the part of an entitlement that customers of one plan have in common. Immutable.</summary>
internal sealed class FeatureTerms(in FeatureGrant grant)
{
    // References, the limit and whether there is one, two words and whether they are there, two flags, and the hash.
    private const int ObjectSize = HeapSize.Head + (10 * HeapSize.Field);
    private const int RateSize = HeapSize.Head + (2 * HeapSize.Field);

    private readonly FeatureGrant _grant = grant;

    public ref readonly FeatureGrant Grant => ref _grant;

    public FeatureDefinition Feature => _grant.Feature;

    public AccessDeniedReason? AccessDeniedReason => _grant.AccessDeniedReason;

    public double? UsageLimit => _grant.UsageLimit;

    public bool HasSoftLimit => _grant.HasSoftLimit;

    public bool HasUnlimitedUsage => _grant.HasUnlimitedUsage;

    public IReadOnlyList<string> EnumValues => _grant.EnumValues;

    public EntitlementResetPeriod? ResetPeriod => _grant.ResetPeriod;

    public ResetPeriodConfiguration? ResetPeriodConfiguration => _grant.ResetPeriodConfiguration;

    public CreditRate? CreditRate => _grant.CreditRate;

    /// <summary>Equal for those that say the same.</summary>
    public int Hash { get; } = grant.Hash;

    /// <summary>What it takes in memory, in bytes, without what other terms may have in common with it.</summary>
    public long OwnSize => ObjectSize + HeapSize.OfArray(_grant.EnumValues.Length) + _grant.EnumValues.Sum(HeapSize.Of)
        + (CreditRate is { } rate ? RateSize + HeapSize.Of(rate.CurrencyId) : 0);

    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(FeatureTerms other) => ReferenceEquals(this, other) || (Hash == other.Hash && _grant.IsAlike(other._grant));

    /// <summary>The entitlement of one customer.</summary>
    public FeatureEntitlement With(in OwnValues own) => new(Feature)
    {
        AccessDeniedReason = AccessDeniedReason,
        UsageLimit = UsageLimit,
        HasSoftLimit = HasSoftLimit,
        HasUnlimitedUsage = HasUnlimitedUsage,
        EnumValues = EnumValues,
        ResetPeriod = ResetPeriod,
        ResetPeriodConfiguration = ResetPeriodConfiguration,
        CreditRate = CreditRate,
        UsagePeriodAnchor = OwnValues.Date(own.Anchor),
        UpdatedAt = OwnValues.Date(own.UpdatedAt),
        ValidUntil = OwnValues.Date(own.ValidUntil),
        Usage = own.Usage,
    };
}
