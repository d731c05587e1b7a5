using System.Text.Json;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Cloud;

/// <summary>What an entitlement grants, as the cloud tells it and as it is stored: of a feature, or of a currency.</summary>
internal ref struct WireGrant
{
    private static readonly WireFields RateFields = WireFields.Of<RateField>();

    public WireFeature Feature;
    public WireCurrency Currency;
    public AccessDeniedReason? AccessDeniedReason;
    public double? UsageLimit;
    public bool HasUnlimitedUsage;
    public bool HasSoftLimit;
    public string[]? EnumValues;
    public WireText ResetPeriod;
    public WireConfiguration ResetPeriodConfiguration;
    public CreditRate? CreditRate;

    private enum RateField
    {
        Unknown = 0,
        Amount,
        CurrencyId,
    }

    /// <summary>Reads a rate; null for one without a currency.</summary>
    public static CreditRate? Rate(scoped ref Utf8JsonReader json)
    {
        if (!WireValue.IsObject(ref json))
            return null;
        double? amount = null;
        WireText currency = default;
        while (RateFields.Next(ref json, out var field))
        {
            switch ((RateField)field)
            {
                case RateField.Amount:
                    amount = WireValue.Number(ref json);
                    break;
                case RateField.CurrencyId:
                    currency = WireValue.Text(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return currency.HasContent ? new CreditRate(amount ?? 0, currency.ToText()!) : null;
    }

    /// <summary>The entitlement to the feature; null where there is none.</summary>
    public OwnEntitlement? ToFeature(in OwnValues own) => !Feature.HasId ? null : new OwnEntitlement(
        Shared.Terms(new FeatureGrant
        {
            Feature = Shared.Feature(ref Feature),
            AccessDeniedReason = AccessDeniedReason,
            UsageLimit = UsageLimit,
            HasUnlimitedUsage = HasUnlimitedUsage,
            HasSoftLimit = HasSoftLimit,
            EnumValues = EnumValues ?? [],
            ResetPeriod = Words.ResetPeriod(ResetPeriod.Utf8),
            ResetPeriodConfiguration = ResetPeriodConfiguration.ToConfiguration(),
            CreditRate = CreditRate,
        }),
        own);

    /// <summary>The entitlement to credits of the currency; null where there is none.</summary>
    public readonly OwnEntitlement? ToCredit(in OwnValues own)
    {
        if (!Currency.HasId)
            return null;
        var terms = Shared.Terms(new CreditGrant
        {
            Currency = Currency.ToCurrency(),
            AccessDeniedReason = AccessDeniedReason,
            UsageLimit = UsageLimit,
            HasSoftLimit = HasSoftLimit,
        });
        return new OwnEntitlement(terms, own with { Anchor = OwnValues.Absent });
    }
}
