using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Nodes;

/// <summary>States as nodes tell each other: all that a state holds, to the bit and to the tick.</summary>
public static class NodeStates
{
    /// <summary>The form that a state is sent in.</summary>
    public static Wire.State Write(EntitlementState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var told = new Wire.State();
        if (state.AccessDeniedReason is { } reason)
            told.AccessDeniedReason = reason;
        foreach (var entitlement in state.All())
            told.Entitlements.Add(Write(entitlement));
        return told;
    }

    /// <summary>
    /// Reads a state. What it has in common with others is the one instance of it. An entitlement to what this release does not know is
    /// passed over.
    /// </summary>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public static EntitlementState Read(Wire.State told)
    {
        ArgumentNullException.ThrowIfNull(told);
        var entitlements = new List<OwnEntitlement>(told.Entitlements.Count);
        foreach (var entitlement in told.Entitlements)
        {
            if (Read(entitlement) is { } read)
                entitlements.Add(read);
        }

        return EntitlementState.Of(Reason(told.HasAccessDeniedReason, told.AccessDeniedReason), entitlements);
    }

    private static Wire.Entitlement Write(Entitlement of)
    {
        var told = new Wire.Entitlement { HasSoftLimit = of.HasSoftLimit };
        if (of.AccessDeniedReason is { } reason)
            told.AccessDeniedReason = reason;
        if (of.UsageLimit is { } limit)
            told.UsageLimit = limit;
        if (of.UpdatedAt is { } updatedAt)
            told.UpdatedAt = updatedAt.UtcTicks;
        if (of.ValidUntil is { } validUntil)
            told.ValidUntil = validUntil.UtcTicks;
        if (!ReferenceEquals(of.Usage, Usage.None))
            told.Usage = NodeEntries.Write(of.Usage);
        if (of is FeatureEntitlement feature)
            WriteFeature(told, feature);
        else if (of is CreditEntitlement credit)
            told.Currency = Write(credit.Currency);
        return told;
    }

    private static void WriteFeature(Wire.Entitlement told, FeatureEntitlement of)
    {
        told.Feature = Write(of.Feature);
        told.HasUnlimitedUsage = of.HasUnlimitedUsage;
        told.EnumValues.AddRange(of.EnumValues);
        if (of.ResetPeriod is { } period)
            told.ResetPeriod = period;
        if (of.UsagePeriodAnchor is { } anchor)
            told.UsagePeriodAnchor = anchor.UtcTicks;
        if (of.ResetPeriodConfiguration is { } configuration)
        {
            told.ResetPeriodConfiguration = new Wire.ResetPeriodConfiguration { Field = configuration.Field, Value = configuration.Value };
            if (configuration.TypeName is { } typeName)
                told.ResetPeriodConfiguration.TypeName = typeName;
        }

        if (of.CreditRate is { } rate)
            told.CreditRate = new Wire.CreditRate { Amount = rate.Amount, CurrencyId = rate.CurrencyId };
    }

    private static Wire.Feature Write(FeatureDefinition of)
    {
        var told = new Wire.Feature { Id = of.Id, Type = of.Type, Meter = of.Meter, HasMeter = of.HasMeter };
        if (of.Units is { } units)
            told.Units = units;
        if (of.UnitsPlural is { } unitsPlural)
            told.UnitsPlural = unitsPlural;
        if (of.DisplayName is { } displayName)
            told.DisplayName = displayName;
        if (of.UnknownType is { } unknownType)
            told.UnknownType = unknownType;
        if (of.UnknownMeter is { } unknownMeter)
            told.UnknownMeter = unknownMeter;
        return told;
    }

    private static Wire.Currency Write(CreditCurrency of)
    {
        var told = new Wire.Currency { Id = of.Id, DisplayName = of.DisplayName, AdditionalMetaData = of.AdditionalMetaData };
        if (of.Description is { } description)
            told.Description = description;
        if (of.UnitSingular is { } unitSingular)
            told.UnitSingular = unitSingular;
        if (of.UnitPlural is { } unitPlural)
            told.UnitPlural = unitPlural;
        return told;
    }

    private static OwnEntitlement? Read(Wire.Entitlement told)
    {
        var own = OwnValues.None;
        own.UpdatedAt = NodeEntries.Ticks(told.HasUpdatedAt, told.UpdatedAt);
        own.ValidUntil = NodeEntries.Ticks(told.HasValidUntil, told.ValidUntil);
        if (told.Usage is { } usage)
            NodeEntries.Read(usage, ref own);
        switch (told.SubjectCase)
        {
            case Wire.Entitlement.SubjectOneofCase.Feature:
                own.Anchor = NodeEntries.Ticks(told.HasUsagePeriodAnchor, told.UsagePeriodAnchor);
                return new OwnEntitlement(ReadFeature(told), own);
            case Wire.Entitlement.SubjectOneofCase.Currency:
                return new OwnEntitlement(ReadCredit(told), own);
            default:
                return null;
        }
    }

    private static FeatureTerms ReadFeature(Wire.Entitlement told)
    {
        NodeBytes.ExpectText(told.Feature.Id, "a feature's id");
        var feature = new NodeFeature(told.Feature);
        return Shared.Terms(new FeatureGrant
        {
            Feature = Shared.Feature(ref feature),
            AccessDeniedReason = Reason(told.HasAccessDeniedReason, told.AccessDeniedReason),
            UsageLimit = told.HasUsageLimit ? told.UsageLimit : null,
            HasSoftLimit = told.HasSoftLimit,
            HasUnlimitedUsage = told.HasUnlimitedUsage,
            EnumValues = [.. told.EnumValues],
            ResetPeriod = told.HasResetPeriod ? NodeBytes.Known(told.ResetPeriod, EntitlementResetPeriod.Unspecified) : null,
            ResetPeriodConfiguration = Read(told.ResetPeriodConfiguration),
            CreditRate = told.CreditRate is { } rate ? new CreditRate(rate.Amount, rate.CurrencyId) : null,
        });
    }

    private static CreditTerms ReadCredit(Wire.Entitlement told)
    {
        var currency = told.Currency;
        return Shared.Terms(new CreditGrant
        {
            Currency = new CreditCurrency(
                NodeBytes.ExpectText(currency.Id, "a currency's id"),
                currency.DisplayName,
                currency.HasDescription ? currency.Description : null,
                currency.HasUnitSingular ? currency.UnitSingular : null,
                currency.HasUnitPlural ? currency.UnitPlural : null,
                currency.AdditionalMetaData),
            AccessDeniedReason = Reason(told.HasAccessDeniedReason, told.AccessDeniedReason),
            UsageLimit = told.HasUsageLimit ? told.UsageLimit : null,
            HasSoftLimit = told.HasSoftLimit,
        });
    }

    private static ResetPeriodConfiguration? Read(Wire.ResetPeriodConfiguration? told)
    {
        // One of a form that only a newer release knows is none, as in what the cloud tells.
        if (told is null || !ResetPeriodConfiguration.IsKnown(told.Field))
            return null;
        var configuration = new NodeConfiguration(told);
        return Shared.Configuration(ref configuration);
    }

    private static AccessDeniedReason? Reason(bool isThere, AccessDeniedReason reason) =>
        isThere ? NodeBytes.Known(reason, AccessDeniedReason.Unknown) : null;
}
