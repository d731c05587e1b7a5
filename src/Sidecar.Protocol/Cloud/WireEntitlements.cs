using System.Text.Json;
using System.Text.Json.Serialization;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>A list of entitlements as the cloud writes it, the same wherever it writes one.</summary>
[JsonConverter(typeof(WireEntitlementsConverter))]
internal sealed class WireEntitlements
{
    private static readonly WireFields Fields = WireFields.Of<Field>();

    private static readonly WireFields FeatureFields = WireFeature.Fields("refId", "featureUnits", "featureUnitsPlural");

    private enum Field
    {
        Unknown = 0,
        TypeName,
        AccessDeniedReason,
        UsageLimit,
        HasUnlimitedUsage,
        HasSoftLimit,
        CurrentUsage,
        EnumValues,
        EntitlementUpdatedAt,
        UsageUpdatedAt,
        UsagePeriodAnchor,
        UsagePeriodStart,
        UsagePeriodEnd,
        ResetPeriod,
        ResetPeriodConfiguration,
        Feature,
        Currency,
        CreditRate,
        ValidUntil,
    }

    /// <summary>The entitlements, but for those without a subject and those of a kind that this release does not know.</summary>
    public List<OwnEntitlement> All { get; } = [];

    /// <summary>How many stand in the list and can be read, of whatever kind.</summary>
    public int Count { get; private set; }

    /// <summary>How many were passed over because they can't be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Reads a list, element by element, so that one of a form that can't be read costs itself alone; null for null.</summary>
    public static WireEntitlements? Read(scoped ref Utf8JsonReader json)
    {
        if (!WireValue.IsList(ref json))
            return null;
        var list = new WireEntitlements();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Null)
                list.Add(ref json);
        }

        return list;
    }

    private void Add(scoped ref Utf8JsonReader json)
    {
        var element = json;
        try
        {
            if (ReadEntitlement(ref element) is { } entitlement)
                All.Add(entitlement);
            Count++;
            json = element;
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
        {
            Unreadable++;
            json.Skip();
        }
    }

    // Null for an entitlement without a feature (the evaluation contract, rule 2) and for a type that this release does not know.
    private static OwnEntitlement? ReadEntitlement(scoped ref Utf8JsonReader json)
    {
        WireValue.IsObject(ref json);
        var grant = default(WireGrant);
        var own = OwnValues.None;
        WireText typeName = default;
        double? usage = null;
        var usedAt = OwnValues.Absent;
        while (Fields.Next(ref json, out var field))
        {
            switch ((Field)field)
            {
                case Field.TypeName:
                    typeName = WireValue.Text(ref json);
                    break;
                case Field.AccessDeniedReason:
                    grant.AccessDeniedReason = Words.Reason(WireValue.Text(ref json).Utf8);
                    break;
                case Field.UsageLimit:
                    grant.UsageLimit = WireValue.Number(ref json);
                    break;
                case Field.HasUnlimitedUsage:
                    grant.HasUnlimitedUsage = WireValue.Flag(ref json) ?? false;
                    break;
                case Field.HasSoftLimit:
                    grant.HasSoftLimit = WireValue.Flag(ref json) ?? false;
                    break;
                case Field.CurrentUsage:
                    usage = WireValue.Number(ref json);
                    break;
                case Field.EnumValues:
                    grant.EnumValues = WireValue.Texts(ref json);
                    break;
                case Field.EntitlementUpdatedAt:
                    own.UpdatedAt = WireValue.Date(ref json);
                    break;
                case Field.UsageUpdatedAt:
                    usedAt = WireValue.Date(ref json);
                    break;
                case Field.UsagePeriodAnchor:
                    own.Anchor = WireValue.Date(ref json);
                    break;
                case Field.UsagePeriodStart:
                    own.PeriodStart = WireValue.Date(ref json);
                    break;
                case Field.UsagePeriodEnd:
                    own.PeriodEnd = WireValue.Date(ref json);
                    break;
                case Field.ResetPeriod:
                    grant.ResetPeriod = WireValue.Text(ref json);
                    break;
                case Field.ResetPeriodConfiguration:
                    grant.ResetPeriodConfiguration = WireConfiguration.Read(ref json);
                    break;
                case Field.Feature:
                    grant.Feature = WireFeature.Read(ref json, FeatureFields);
                    break;
                case Field.Currency:
                    grant.Currency = WireCurrency.Read(ref json);
                    break;
                case Field.CreditRate:
                    grant.CreditRate = WireGrant.Rate(ref json);
                    break;
                case Field.ValidUntil:
                    own.ValidUntil = WireValue.Date(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        // A usage that is not told is as old as can be: what is known of it counts.
        if (usedAt == OwnValues.Absent && usage is not null)
            usedAt = own.UpdatedAt;
        own.SetUsage(usage ?? 0, usedAt);
        var isCredit = typeName.Is("CreditEntitlement")
            || (!typeName.IsThere && !grant.Feature.IsThere && grant.Currency.IsThere);
        return isCredit ? grant.ToCredit(own) : grant.ToFeature(own);
    }
}

/// <summary>For a list within what a serializer reads.</summary>
internal sealed class WireEntitlementsConverter : JsonConverter<WireEntitlements>
{
    public override WireEntitlements? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WireEntitlements.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, WireEntitlements value, JsonSerializerOptions options) =>
        throw new NotSupportedException("entitlements are only read from the cloud");
}
