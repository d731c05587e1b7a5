using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;

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

        var (meter, hasMeter) = Words.Meter(feature.MeterType);
        var definition = new FeatureDefinition(
            id, Words.FeatureType(feature.FeatureType), meter, hasMeter, feature.FeatureUnits, feature.FeatureUnitsPlural);
        return new FeatureEntitlement(Shared.Of(definition))
        {
            AccessDeniedReason = Words.Reason(wire.AccessDeniedReason),
            UsageLimit = wire.UsageLimit,
            HasUnlimitedUsage = wire.HasUnlimitedUsage ?? false,
            HasSoftLimit = wire.HasSoftLimit ?? false,
            EnumValues = wire.EnumValues is null ? [] : [.. wire.EnumValues.OfType<string>()],
            ResetPeriod = Words.ResetPeriod(wire.ResetPeriod),
            UsagePeriodAnchor = wire.UsagePeriodAnchor,
            CreditRate = wire.CreditRate is { CurrencyId: { Length: > 0 } currency } rate
                ? new CreditRate(rate.Amount ?? 0, currency)
                : null,
            UpdatedAt = wire.EntitlementUpdatedAt,
            ValidUntil = wire.ValidUntil,
            Usage = ToUsage(wire),
        };
    }

    private static CreditEntitlement? ToCredit(WireEntitlement wire)
    {
        if (wire.Currency is not { CurrencyId: { Length: > 0 } id } currency)
            return null;

        return new CreditEntitlement(new CreditCurrency(
            id,
            currency.DisplayName ?? "",
            currency.Description,
            currency.UnitSingular,
            currency.UnitPlural,
            currency.AdditionalMetaData is { ValueKind: JsonValueKind.Object } data ? ToValue(data).StructValue : null))
        {
            AccessDeniedReason = Words.Reason(wire.AccessDeniedReason),
            UsageLimit = wire.UsageLimit,
            HasSoftLimit = wire.HasSoftLimit ?? false,
            UpdatedAt = wire.EntitlementUpdatedAt,
            ValidUntil = wire.ValidUntil,
            Usage = ToUsage(wire),
        };
    }

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
