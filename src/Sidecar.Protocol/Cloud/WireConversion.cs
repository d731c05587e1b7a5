using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Cloud;

/// <summary>Makes entitlements of what the cloud writes, the same way wherever it writes them.</summary>
internal static class WireConversion
{
    /// <summary>The entitlements of a list, but for those without a subject and those of a kind that this release does not know.</summary>
    /// <param name="list">The list; null is an empty one.</param>
    /// <param name="unreadable">How many were passed over because they can't be read.</param>
    public static List<Entitlement> ToEntitlements(WireEntitlementList? list, out int unreadable)
    {
        var entitlements = new List<Entitlement>(list?.Items.Count ?? 0);
        unreadable = list?.Unreadable ?? 0;
        foreach (var item in list?.Items ?? [])
        {
            try
            {
                if (ToEntitlement(item) is { } entitlement)
                    entitlements.Add(entitlement);
            }
            catch (InvalidOperationException)
            {
                // A text within, such as one of the meta data, that is no Unicode.
                unreadable++;
            }
        }

        return entitlements;
    }

    // Null for an entitlement without a feature (the evaluation contract, rule 2) and for a type that this release does not know.
    private static Entitlement? ToEntitlement(WireEntitlement wire) => wire.TypeName switch
    {
        "CreditEntitlement" => ToCredit(wire),
        "FeatureEntitlement" => ToFeature(wire),
        null => wire.Feature is null && wire.Currency is not null ? ToCredit(wire) : ToFeature(wire),
        _ => wire.Feature is null ? null : ToFeature(wire),
    };

    private static FeatureEntitlement? ToFeature(WireEntitlement wire)
    {
        if (wire.Feature is not { RefId: { Length: > 0 } id } feature)
            return null;

        return new FeatureEntitlement(ToDefinition(
            id, feature.FeatureType, feature.MeterType, feature.FeatureUnits, feature.FeatureUnitsPlural, feature.DisplayName))
        {
            AccessDeniedReason = Words.Reason(wire.AccessDeniedReason),
            UsageLimit = wire.UsageLimit,
            HasUnlimitedUsage = wire.HasUnlimitedUsage ?? false,
            HasSoftLimit = wire.HasSoftLimit ?? false,
            EnumValues = wire.EnumValues is null ? [] : [.. wire.EnumValues.OfType<string>()],
            ResetPeriod = Words.ResetPeriod(wire.ResetPeriod),
            ResetPeriodConfiguration = ToConfiguration(wire.ResetPeriodConfiguration),
            UsagePeriodAnchor = wire.UsagePeriodAnchor,
            CreditRate = wire.CreditRate is { CurrencyId: { Length: > 0 } currency } rate
                ? new CreditRate(rate.Amount ?? 0, currency)
                : null,
            UpdatedAt = wire.EntitlementUpdatedAt,
            ValidUntil = wire.ValidUntil,
            Usage = ToUsage(wire),
        };
    }

    /// <summary>A feature of the cloud's words; one instance for equal ones.</summary>
    public static FeatureDefinition ToDefinition(
        string id, string? typeWord, string? meterWord, string? units, string? unitsPlural, string? displayName)
    {
        var type = Words.FeatureType(typeWord);
        var (meter, hasMeter) = Words.Meter(meterWord);
        return Shared.Of(new FeatureDefinition(
            id, type, meter, hasMeter, units, unitsPlural, displayName,
            UnknownType: type == FeatureType.Unspecified ? typeWord : null,
            UnknownMeter: meter == MeterType.Unspecified && hasMeter ? meterWord : null));
    }

    /// <summary>A reset period's configuration; null for one of a form that this release does not know.</summary>
    public static ResetPeriodConfiguration? ToConfiguration(WireResetPeriodConfiguration? wire) => wire switch
    {
        { YearlyAccordingTo: { } word } => Shared.Of(new ResetPeriodConfiguration(wire.TypeName, "yearlyAccordingTo", word)),
        { MonthlyAccordingTo: { } word } => Shared.Of(new ResetPeriodConfiguration(wire.TypeName, "monthlyAccordingTo", word)),
        { WeeklyAccordingTo: { } word } => Shared.Of(new ResetPeriodConfiguration(wire.TypeName, "weeklyAccordingTo", word)),
        _ => null,
    };

    private static CreditEntitlement? ToCredit(WireEntitlement wire)
    {
        if (wire.Currency is not { CurrencyId: { Length: > 0 } id } currency)
            return null;

        return new CreditEntitlement(ToCurrency(id, currency))
        {
            AccessDeniedReason = Words.Reason(wire.AccessDeniedReason),
            UsageLimit = wire.UsageLimit,
            HasSoftLimit = wire.HasSoftLimit ?? false,
            UpdatedAt = wire.EntitlementUpdatedAt,
            ValidUntil = wire.ValidUntil,
            Usage = ToUsage(wire),
        };
    }

    /// <summary>A currency of the cloud's words.</summary>
    public static CreditCurrency ToCurrency(string id, WireCurrency currency) => new(
        id,
        currency.DisplayName ?? "",
        currency.Description,
        currency.UnitSingular,
        currency.UnitPlural,
        currency.AdditionalMetaData is { ValueKind: JsonValueKind.Object } data ? ToValue(data).StructValue : null);

    // A usage that is not told is as old as can be: what is known of it counts.
    private static Usage ToUsage(WireEntitlement wire) => new(
        wire.CurrentUsage ?? 0,
        wire.UsagePeriodStart,
        wire.UsagePeriodEnd,
        wire.UsageUpdatedAt ?? (wire.CurrentUsage is null ? null : wire.EntitlementUpdatedAt) ?? DateTimeOffset.UnixEpoch);

    private static Value ToValue(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new Struct();
                foreach (var field in json.EnumerateObject())
                    fields.Fields[field.Name] = ToValue(field.Value);
                return Value.ForStruct(fields);
            case JsonValueKind.Array:
                return Value.ForList([.. json.EnumerateArray().Select(ToValue)]);
            case JsonValueKind.String:
                return Value.ForString(json.GetString());
            case JsonValueKind.Number:
                return Value.ForNumber(json.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return Value.ForBool(json.GetBoolean());
            default:
                return Value.ForNull();
        }
    }
}
