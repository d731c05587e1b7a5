using System.Text.Json;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Persistence;

/// <summary>An entitlement as programs of both generations write it.</summary>
internal static class StoredEntitlement
{
    private static readonly WireFields Fields = WireFields.Of<Field>();

    private static readonly WireFields CalculationFields = WireFields.Of<CalculationField>();

    private static readonly WireFields FeatureFields = WireFeature.Fields("id", "units", "unitsPlural");

    private enum Field
    {
        Unknown = 0,
        CalculatedEntitlement,
        UsageData,

        // The older name.
        FeatureUsage,
    }

    private enum CalculationField
    {
        Unknown = 0,
        Type,
        Feature,
        Currency,
        UsageLimit,
        HasUnlimitedUsage,
        HasSoftLimit,
        AccessDeniedReason,
        EnumValues,
        ValidUntil,
        CreditRate,
        UsagePeriodAnchor,
        ResetPeriod,
        ResetPeriodConfiguration,
    }

    /// <summary>Reads one; null for one that is of nothing.</summary>
    /// <param name="json">A reader at its start.</param>
    /// <param name="date">The set's date, in ticks of UTC.</param>
    public static OwnEntitlement? Read(scoped ref Utf8JsonReader json, long date)
    {
        if (!WireValue.IsObject(ref json))
            return null;
        Calculation calculation = default;
        StoredUsage newer = default, older = default;
        while (Fields.Next(ref json, out var field))
        {
            switch ((Field)field)
            {
                case Field.CalculatedEntitlement:
                    calculation = ReadCalculation(ref json);
                    break;
                case Field.UsageData:
                    newer = StoredUsage.Read(ref json);
                    break;
                case Field.FeatureUsage:
                    older = StoredUsage.Read(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return ToEntitlement(ref calculation, newer.IsThere ? newer : older, date);
    }

    private static Calculation ReadCalculation(scoped ref Utf8JsonReader json)
    {
        var read = new Calculation { Anchor = OwnValues.Absent, ValidUntil = OwnValues.Absent };
        if (!WireValue.IsObject(ref json))
            return read;
        while (CalculationFields.Next(ref json, out var field))
        {
            switch ((CalculationField)field)
            {
                case CalculationField.Type:
                    read.Type = WireValue.Text(ref json);
                    break;
                case CalculationField.Feature:
                    read.Grant.Feature = WireFeature.Read(ref json, FeatureFields);
                    break;
                case CalculationField.Currency:
                    read.Grant.Currency = WireCurrency.Read(ref json);
                    break;
                case CalculationField.UsageLimit:
                    read.Grant.UsageLimit = WireValue.Number(ref json);
                    break;
                case CalculationField.HasUnlimitedUsage:
                    read.Grant.HasUnlimitedUsage = WireValue.Flag(ref json) ?? false;
                    break;
                case CalculationField.HasSoftLimit:
                    read.Grant.HasSoftLimit = WireValue.Flag(ref json) ?? false;
                    break;
                case CalculationField.AccessDeniedReason:
                    read.Grant.AccessDeniedReason = Words.Reason(WireValue.Text(ref json).Utf8);
                    break;
                case CalculationField.EnumValues:
                    read.Grant.EnumValues = WireValue.Texts(ref json);
                    break;
                case CalculationField.ValidUntil:
                    read.ValidUntil = WireValue.Date(ref json);
                    break;
                case CalculationField.CreditRate:
                    read.Grant.CreditRate = WireGrant.Rate(ref json);
                    break;
                case CalculationField.UsagePeriodAnchor:
                    read.Anchor = WireValue.Date(ref json);
                    break;
                case CalculationField.ResetPeriod:
                    read.Grant.ResetPeriod = WireValue.Text(ref json);
                    break;
                case CalculationField.ResetPeriodConfiguration:
                    read.Grant.ResetPeriodConfiguration = WireConfiguration.Read(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return read;
    }

    private static OwnEntitlement? ToEntitlement(scoped ref Calculation calculation, scoped in StoredUsage usage, long date)
    {
        var own = OwnValues.None;
        own.UpdatedAt = date;
        own.ValidUntil = calculation.ValidUntil;
        own.Anchor = calculation.Anchor;
        // Without a key of its own, usage is as old as can be.
        if (usage.IsThere)
            usage.SetIn(ref own, at: OwnValues.Absent);
        if (calculation.Type.Is("CREDIT") || !calculation.Grant.Feature.HasId)
            return calculation.Grant.ToCredit(own);

        // Beside the usage, where the older generation has them.
        if (own.Anchor == OwnValues.Absent && usage.IsThere)
            own.Anchor = usage.Anchor;
        if (!calculation.Grant.ResetPeriod.IsThere)
            calculation.Grant.ResetPeriod = usage.ResetPeriod;
        if (!calculation.Grant.ResetPeriodConfiguration.IsThere)
            calculation.Grant.ResetPeriodConfiguration = usage.ResetPeriodConfiguration;
        return calculation.Grant.ToFeature(own);
    }

    private ref struct Calculation
    {
        public WireText Type;
        public WireGrant Grant;
        public long Anchor;
        public long ValidUntil;
    }
}
