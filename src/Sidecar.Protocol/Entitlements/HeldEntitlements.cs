using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>An entitlement to a feature where it stands in its state: reads what an answer needs, and makes nothing.</summary>
internal readonly struct HeldFeature(FeatureTerms terms, long[] own, uint entry)
{
    public FeatureDefinition Feature => terms.Feature;

    public EntitlementKind Kind => terms.Feature.Kind;

    public AccessDeniedReason? AccessDeniedReason => terms.AccessDeniedReason;

    public double? UsageLimit => terms.UsageLimit;

    public bool HasSoftLimit => terms.HasSoftLimit;

    public bool HasUnlimitedUsage => terms.HasUnlimitedUsage;

    public IReadOnlyList<string> EnumValues => terms.EnumValues;

    public EntitlementResetPeriod? ResetPeriod => terms.ResetPeriod;

    public CreditRate? CreditRate => terms.CreditRate;

    public double CurrentUsage => OwnBlock.CurrentOf(own, entry);

    public DateTimeOffset? PeriodStart => OwnValues.Date(OwnBlock.PeriodStartOf(own, entry));

    public DateTimeOffset? PeriodEnd => OwnValues.Date(OwnBlock.PeriodEndOf(own, entry));

    public DateTimeOffset? UsagePeriodAnchor => OwnValues.Date(OwnBlock.AnchorOf(own, entry));
}

/// <summary>An entitlement to credits where it stands in its state: reads what an answer needs, and makes nothing.</summary>
internal readonly struct HeldCredit(CreditTerms terms, long[] own, uint entry)
{
    public CreditCurrency Currency => terms.Currency;

    public AccessDeniedReason? AccessDeniedReason => terms.AccessDeniedReason;

    public double UsageLimit => terms.UsageLimit ?? 0;

    public bool HasSoftLimit => terms.HasSoftLimit;

    public double CurrentUsage => OwnBlock.CurrentOf(own, entry);

    /// <summary>Credits that are left, never below 0.</summary>
    public double Remaining => Math.Max(0, UsageLimit - CurrentUsage);

    public DateTimeOffset? PeriodEnd => OwnValues.Date(OwnBlock.PeriodEndOf(own, entry));

    /// <summary>Whether more may be used.</summary>
    public bool HasCreditsLeft => HasSoftLimit || CurrentUsage < UsageLimit;
}
