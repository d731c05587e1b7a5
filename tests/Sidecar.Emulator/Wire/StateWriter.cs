using System.Buffers;
using System.Text.Json;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Wire;

/// <summary>Writes a state as the cloud sends it.</summary>
internal static class StateWriter
{
    /// <summary>The whole body of a read.</summary>
    public static byte[] Body(EntitlementsState state)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WritePropertyName("entitlementsState");
            Write(json, state);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The whole body of a read of the older form: the features alone, their last date in epoch milliseconds.</summary>
    public static byte[] List(EntitlementsState state)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WriteStartArray("entitlements");
            foreach (var entitlement in state.Features)
                WriteFeature(json, entitlement, isOlder: true);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The state alone.</summary>
    public static void Write(Utf8JsonWriter json, EntitlementsState state)
    {
        json.WriteStartObject();
        WriteFields(json, state, "entitlementsV2");
        json.WriteEndObject();
    }

    /// <summary>What a state consists of, into an object that has begun.</summary>
    /// <param name="json">Where to write.</param>
    /// <param name="state">The state.</param>
    /// <param name="list">The name that the entitlements have there.</param>
    public static void WriteFields(Utf8JsonWriter json, EntitlementsState state, string list)
    {
        json.WriteString("accessDeniedReason", state.AccessDeniedReason);
        json.WriteStartArray(list);
        foreach (var entitlement in state.Features)
            WriteFeature(json, entitlement);
        foreach (var entitlement in state.Credits)
            WriteCredit(json, entitlement);
        json.WriteEndArray();
    }

    private static void WriteFeature(Utf8JsonWriter json, FeatureEntitlement entitlement, bool isOlder = false)
    {
        var grant = entitlement.Grant;
        json.WriteStartObject();
        json.WriteString("__typename", isOlder ? "Entitlement" : "FeatureEntitlement");
        json.WriteBoolean("isGranted", grant.AccessDeniedReason is null);
        json.WriteString("accessDeniedReason", grant.AccessDeniedReason);
        WriteNumber(json, "usageLimit", grant.Limit);
        json.WriteBoolean("hasUnlimitedUsage", grant.Unlimited ?? false);
        WriteFlag(json, "hasSoftLimit", entitlement.Feature.Meter is Meter.None ? null : grant.SoftLimit ?? false);
        WriteNumber(json, "currentUsage", entitlement.CurrentUsage);
        WriteEnumValues(json, grant);
        WriteDate(json, "entitlementUpdatedAt", entitlement.UpdatedAt);
        WriteDate(json, "usageUpdatedAt", entitlement.UsageUpdatedAt);
        WriteDate(json, "usagePeriodAnchor", entitlement.PeriodAnchor);
        WriteDate(json, "usagePeriodStart", entitlement.Period?.Start);
        WriteDate(json, "usagePeriodEnd", entitlement.Period?.End);
        WriteReset(json, grant);
        WriteFeatureItself(json, entitlement.FeatureId, entitlement.Feature);
        WriteCreditRate(json, grant.CreditRate);
        if (isOlder)
            WriteNumber(json, "validUntil", grant.ValidUntil?.ToUnixTimeMilliseconds());
        else
            WriteDate(json, "validUntil", grant.ValidUntil);
        json.WriteEndObject();
    }

    private static void WriteEnumValues(Utf8JsonWriter json, Grant grant)
    {
        if (grant.EnumValues is not { } values)
        {
            json.WriteNull("enumValues");
            return;
        }
        json.WriteStartArray("enumValues");
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteReset(Utf8JsonWriter json, Grant grant)
    {
        json.WriteString("resetPeriod", grant.ResetPeriod is { } period ? Words.For(Words.ResetPeriods, period) : null);
        var (type, field) = grant.ResetPeriod switch
        {
            ResetPeriod.Year => ("YearlyResetPeriodConfig", "yearlyAccordingTo"),
            ResetPeriod.Month => ("MonthlyResetPeriodConfig", "monthlyAccordingTo"),
            ResetPeriod.Week => ("WeeklyResetPeriodConfig", "weeklyAccordingTo"),
            _ => (null, null),
        };
        if (field is null)
        {
            json.WriteNull("resetPeriodConfiguration");
            return;
        }
        json.WriteStartObject("resetPeriodConfiguration");
        json.WriteString("__typename", type);
        json.WriteString(field, grant.ResetAccordingTo ?? Words.SubscriptionStart);
        json.WriteEndObject();
    }

    private static void WriteFeatureItself(Utf8JsonWriter json, string id, Feature feature)
    {
        json.WriteStartObject("feature");
        json.WriteString("__typename", "EntitlementFeature");
        json.WriteString("refId", id);
        json.WriteString("displayName", feature.DisplayName);
        json.WriteString("description", feature.Description);
        json.WriteString("featureType", Words.For(Words.FeatureTypes, feature.Type));
        json.WriteString("meterType", Words.For(Words.Meters, feature.Meter));
        json.WriteString("featureUnits", feature.Units);
        json.WriteString("featureUnitsPlural", feature.UnitsPlural);
        if (feature.UnitTransformation is { } transformation)
        {
            json.WriteStartObject("unitTransformation");
            json.WriteNumber("divide", transformation.Divide);
            json.WriteString("round", transformation.Round);
            json.WriteEndObject();
        }
        else
            json.WriteNull("unitTransformation");
        json.WriteEndObject();
    }

    private static void WriteCreditRate(Utf8JsonWriter json, CreditRate? rate)
    {
        if (rate is null)
        {
            json.WriteNull("creditRate");
            return;
        }
        json.WriteStartObject("creditRate");
        json.WriteNumber("amount", rate.Amount);
        json.WriteString("currencyId", rate.CurrencyId);
        json.WriteEndObject();
    }

    private static void WriteCredit(Utf8JsonWriter json, CreditEntitlement entitlement)
    {
        var (currency, grant) = (entitlement.Currency, entitlement.Grant);
        json.WriteStartObject();
        json.WriteString("__typename", "CreditEntitlement");
        json.WriteBoolean("isGranted", grant.AccessDeniedReason is null);
        json.WriteString("accessDeniedReason", grant.AccessDeniedReason);
        json.WriteStartObject("currency");
        json.WriteString("currencyId", entitlement.CurrencyId);
        json.WriteString("displayName", currency.DisplayName);
        json.WriteString("description", currency.Description);
        json.WriteString("unitSingular", currency.Units);
        json.WriteString("unitPlural", currency.UnitsPlural);
        json.WriteStartObject("additionalMetaData");
        foreach (var (key, text) in currency.MetaData)
            json.WriteString(key, text);
        json.WriteEndObject();
        json.WriteEndObject();
        // A limit and a usage are always there for credits; only those of features can be null.
        json.WriteNumber("usageLimit", grant.Amount ?? 0);
        json.WriteNumber("currentUsage", entitlement.CurrentUsage);
        json.WriteBoolean("hasSoftLimit", grant.SoftLimit ?? false);
        WriteDate(json, "usageUpdatedAt", entitlement.UsageUpdatedAt);
        WriteDate(json, "entitlementUpdatedAt", entitlement.UpdatedAt);
        WriteDate(json, "usagePeriodEnd", entitlement.Period?.End);
        WriteDate(json, "validUntil", grant.ValidUntil);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
        else
            json.WriteNull(name);
    }

    private static void WriteFlag(Utf8JsonWriter json, string name, bool? flag)
    {
        if (flag is { } given)
            json.WriteBoolean(name, given);
        else
            json.WriteNull(name);
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date) =>
        json.WriteString(name, date is { } given ? WireDate.Format(given) : null);
}
