using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What is granted of a currency, as it is told: <see cref="CreditTerms"/> are the one instance of it.</summary>
internal readonly struct CreditGrant : ISharedDraft<CreditTerms>
{
    public required CreditCurrency Currency { get; init; }

    public required AccessDeniedReason? AccessDeniedReason { get; init; }

    public required double? UsageLimit { get; init; }

    public required bool HasSoftLimit { get; init; }

    public int Hash
    {
        get
        {
            var hash = (uint)Currency.Id.GetHashCode(StringComparison.Ordinal);
            hash = (hash * 31) + (uint)AccessDeniedReason.GetValueOrDefault();
            hash = (hash * 31) + (uint)(UsageLimit ?? -1).GetHashCode();
            return (int)((hash * 31) + (HasSoftLimit ? 1u : 0));
        }
    }

    public bool IsSameAs(CreditTerms known)
    {
        ref readonly var other = ref known.Grant;
        return IsAlike(other) && OwnValues.Bits(UsageLimit) == OwnValues.Bits(other.UsageLimit);
    }

    public CreditTerms Make() => new(this);

    /// <summary>Whether both say the same, but for the sign of a 0.</summary>
    public bool IsAlike(in CreditGrant other) => Currency == other.Currency
        && AccessDeniedReason == other.AccessDeniedReason
        && Nullable.Equals(UsageLimit, other.UsageLimit)
        && HasSoftLimit == other.HasSoftLimit;
}

/// <summary>What is granted of a currency: the part of a credit entitlement that customers of one plan have in common. Immutable.</summary>
internal sealed class CreditTerms(in CreditGrant grant)
{
    // A reference, the limit and whether there is one, a word and whether it is there, a flag, and the hash.
    private const int ObjectSize = HeapSize.Head + (6 * HeapSize.Field);
    private const int CurrencySize = HeapSize.Head + (6 * HeapSize.Field);

    private readonly CreditGrant _grant = grant;

    public ref readonly CreditGrant Grant => ref _grant;

    public CreditCurrency Currency => _grant.Currency;

    public AccessDeniedReason? AccessDeniedReason => _grant.AccessDeniedReason;

    public double? UsageLimit => _grant.UsageLimit;

    public bool HasSoftLimit => _grant.HasSoftLimit;

    /// <summary>Equal for those that say the same.</summary>
    public int Hash { get; } = grant.Hash;

    /// <summary>What it takes in memory, in bytes.</summary>
    public long OwnSize => ObjectSize + CurrencySize + HeapSize.Of(Currency.Id) + HeapSize.Of(Currency.DisplayName)
        + HeapSize.Of(Currency.Description) + HeapSize.Of(Currency.UnitSingular) + HeapSize.Of(Currency.UnitPlural)
        + HeapSize.Of(Currency.AdditionalMetaData);

    /// <summary>Whether both say the same.</summary>
    public bool IsSameAs(CreditTerms other) => ReferenceEquals(this, other) || (Hash == other.Hash && _grant.IsAlike(other._grant));

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
