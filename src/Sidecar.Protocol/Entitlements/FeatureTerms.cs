using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What is granted of a feature: the part of an entitlement that customers of one plan have in common. Immutable.</summary>
internal sealed class FeatureTerms
{
    // References, the limit and whether there is one, two words and whether they are there, the hash and two flags.
    private const int ObjectSize = HeapSize.Head + (9 * HeapSize.Field);
    private const int RateSize = HeapSize.Head + (2 * HeapSize.Field);

    private readonly string[] _enumValues;

    public FeatureTerms(FeatureEntitlement of)
    {
        Feature = of.Feature;
        AccessDeniedReason = of.AccessDeniedReason;
        UsageLimit = of.UsageLimit;
        HasSoftLimit = of.HasSoftLimit;
        HasUnlimitedUsage = of.HasUnlimitedUsage;
        // A list of its own: many rely on it.
        _enumValues = [.. of.EnumValues];
        ResetPeriod = of.ResetPeriod;
        ResetPeriodConfiguration = of.ResetPeriodConfiguration;
        CreditRate = of.CreditRate;
        Hash = HashCode.Combine(
            Feature.Id.GetHashCode(StringComparison.Ordinal), AccessDeniedReason, UsageLimit, HasSoftLimit, HasUnlimitedUsage, _enumValues.Length,
            ResetPeriod, CreditRate?.Amount);
    }

    public FeatureDefinition Feature { get; }

    public AccessDeniedReason? AccessDeniedReason { get; }

    public double? UsageLimit { get; }

    public bool HasSoftLimit { get; }

    public bool HasUnlimitedUsage { get; }

    public IReadOnlyList<string> EnumValues => _enumValues;

    public EntitlementResetPeriod? ResetPeriod { get; }

    public ResetPeriodConfiguration? ResetPeriodConfiguration { get; }

    public CreditRate? CreditRate { get; }

    /// <summary>Equal for those that say the same.</summary>
    public int Hash { get; }

    /// <summary>What it takes in memory, in bytes, without what other terms may have in common with it.</summary>
    public long OwnSize => ObjectSize + HeapSize.OfArray(_enumValues.Length) + _enumValues.Sum(HeapSize.Of)
        + (CreditRate is { } rate ? RateSize + HeapSize.Of(rate.CurrencyId) : 0);

    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(FeatureTerms other) => ReferenceEquals(this, other)
        || (Hash == other.Hash
            && Feature == other.Feature
            && AccessDeniedReason == other.AccessDeniedReason
            && Nullable.Equals(UsageLimit, other.UsageLimit)
            && HasSoftLimit == other.HasSoftLimit
            && HasUnlimitedUsage == other.HasUnlimitedUsage
            && _enumValues.AsSpan().SequenceEqual(other._enumValues)
            && ResetPeriod == other.ResetPeriod
            && ResetPeriodConfiguration == other.ResetPeriodConfiguration
            && CreditRate == other.CreditRate);

    /// <summary>Whether both say the same to the bit, a 0 with its sign: then one can stand for the other.</summary>
    public bool IsExactly(FeatureTerms other) => IsSameAs(other)
        && OwnValues.Bits(UsageLimit) == OwnValues.Bits(other.UsageLimit)
        && OwnValues.Bits(CreditRate?.Amount) == OwnValues.Bits(other.CreditRate?.Amount);

    /// <summary>The entitlement of one customer.</summary>
    public FeatureEntitlement With(in OwnValues own) => new(Feature)
    {
        AccessDeniedReason = AccessDeniedReason,
        UsageLimit = UsageLimit,
        HasSoftLimit = HasSoftLimit,
        HasUnlimitedUsage = HasUnlimitedUsage,
        EnumValues = _enumValues,
        ResetPeriod = ResetPeriod,
        ResetPeriodConfiguration = ResetPeriodConfiguration,
        CreditRate = CreditRate,
        UsagePeriodAnchor = OwnValues.Date(own.Anchor),
        UpdatedAt = OwnValues.Date(own.UpdatedAt),
        ValidUntil = OwnValues.Date(own.ValidUntil),
        Usage = own.Usage,
    };
}

/// <summary>What is granted of a currency: the part of a credit entitlement that customers of one plan have in common. Immutable.</summary>
internal sealed class CreditTerms
{
    // A reference, the limit and whether there is one, a word and whether it is there, the hash and a flag.
    private const int ObjectSize = HeapSize.Head + (5 * HeapSize.Field);
    private const int CurrencySize = HeapSize.Head + (6 * HeapSize.Field);

    public CreditTerms(CreditEntitlement of)
    {
        Currency = of.Currency;
        AccessDeniedReason = of.AccessDeniedReason;
        UsageLimit = of.UsageLimit;
        HasSoftLimit = of.HasSoftLimit;
        Hash = HashCode.Combine(Currency.Id.GetHashCode(StringComparison.Ordinal), AccessDeniedReason, UsageLimit, HasSoftLimit);
    }

    public CreditCurrency Currency { get; }

    public AccessDeniedReason? AccessDeniedReason { get; }

    public double? UsageLimit { get; }

    public bool HasSoftLimit { get; }

    /// <summary>Equal for those that say the same.</summary>
    public int Hash { get; }

    /// <summary>What it takes in memory, in bytes.</summary>
    public long OwnSize => ObjectSize + CurrencySize + HeapSize.Of(Currency.Id) + HeapSize.Of(Currency.DisplayName)
        + HeapSize.Of(Currency.Description) + HeapSize.Of(Currency.UnitSingular) + HeapSize.Of(Currency.UnitPlural)
        + HeapSize.Of(Currency.AdditionalMetaData);

    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(CreditTerms other) => ReferenceEquals(this, other)
        || (Hash == other.Hash
            && Currency == other.Currency
            && AccessDeniedReason == other.AccessDeniedReason
            && Nullable.Equals(UsageLimit, other.UsageLimit)
            && HasSoftLimit == other.HasSoftLimit);

    /// <summary>Whether both say the same to the bit, a 0 with its sign: then one can stand for the other.</summary>
    public bool IsExactly(CreditTerms other) => IsSameAs(other) && OwnValues.Bits(UsageLimit) == OwnValues.Bits(other.UsageLimit);

    /// <summary>The entitlement of one customer.</summary>
    public CreditEntitlement With(in OwnValues own) => new(Currency)
    {
        AccessDeniedReason = AccessDeniedReason,
        UsageLimit = UsageLimit,
        HasSoftLimit = HasSoftLimit,
        UpdatedAt = OwnValues.Date(own.UpdatedAt),
        ValidUntil = OwnValues.Date(own.ValidUntil),
        Usage = own.Usage,
    };
}
