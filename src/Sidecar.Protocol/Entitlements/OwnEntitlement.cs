namespace Sidecar.Protocol.Entitlements;

/// <summary>One entitlement on its way into a state: what is granted, and what is the customer's own.</summary>
internal sealed class OwnEntitlement
{
    /// <summary>What is the customer's own; what is used may still change.</summary>
    public OwnValues Own;

    /// <summary>One to a feature.</summary>
    public OwnEntitlement(FeatureTerms feature, in OwnValues own)
    {
        Feature = feature;
        Id = feature.Feature.Id;
        Own = own;
    }

    /// <summary>One to credits.</summary>
    public OwnEntitlement(CreditTerms credit, in OwnValues own)
    {
        Credit = credit;
        Id = credit.Currency.Id;
        Own = own;
    }

    /// <summary>What is granted of a feature; null for credits.</summary>
    public FeatureTerms? Feature { get; }

    /// <summary>What is granted of a currency; null for a feature.</summary>
    public CreditTerms? Credit { get; }

    /// <summary>The feature's or the currency's id.</summary>
    public string Id { get; }

    /// <summary>Whether what is used is counted: metered features, and credits.</summary>
    public bool IsCounted => Feature is null || Feature.Feature.IsMetered;

    /// <summary>Takes an entitlement apart.</summary>
    public static OwnEntitlement Of(Entitlement entitlement) => entitlement switch
    {
        FeatureEntitlement of => new OwnEntitlement(
            Shared.Terms(new FeatureGrant
            {
                Feature = of.Feature,
                AccessDeniedReason = of.AccessDeniedReason,
                UsageLimit = of.UsageLimit,
                HasSoftLimit = of.HasSoftLimit,
                HasUnlimitedUsage = of.HasUnlimitedUsage,
                // A list of its own.
                EnumValues = [.. of.EnumValues],
                ResetPeriod = of.ResetPeriod,
                ResetPeriodConfiguration = of.ResetPeriodConfiguration,
                CreditRate = of.CreditRate,
            }),
            new OwnValues(of)),
        CreditEntitlement of => new OwnEntitlement(
            Shared.Terms(new CreditGrant
            {
                Currency = of.Currency,
                AccessDeniedReason = of.AccessDeniedReason,
                UsageLimit = of.UsageLimit,
                HasSoftLimit = of.HasSoftLimit,
            }),
            new OwnValues(of)),
        _ => throw new ArgumentException($"an entitlement to a feature or to credits is expected, not {entitlement.GetType().Name}", nameof(entitlement)),
    };

    /// <summary>Features first, each by id.</summary>
    public static int Order(OwnEntitlement one, OwnEntitlement other) =>
        (one.Feature is null, other.Feature is null) switch
        {
            (false, true) => -1,
            (true, false) => 1,
            _ => string.CompareOrdinal(one.Id, other.Id),
        };
}
