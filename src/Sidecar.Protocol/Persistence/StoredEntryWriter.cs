using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Persistence;

/// <summary>
/// Writes an entry in the form that programs of both generations read (the Redis contract): each entitlement holds what the newer one
/// looks for, and beside it, under <c>featureUsage</c>, what the older one does.
/// </summary>
public static class StoredEntryWriter
{
    // As JavaScript writes it: no letter is written as a number.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a state can be kept: what is used of each of its entitlements stands under a key that is nothing else's.</summary>
    public static bool CanBeKept(EntitlementState state) =>
        state.All().Where(StoredEntry.IsTracked).All(entitlement => EntryKeys.HasUsageKey(EntitlementReference.To(entitlement)));

    /// <summary>The keys and values that a change comes to.</summary>
    /// <param name="keys">The entry's keys.</param>
    /// <param name="state">Its state after the change.</param>
    /// <param name="change">What of it is to be written.</param>
    /// <returns>
    /// The pairs, the set's first where it is among them; empty where the state can't be kept, and where it does not hold what changed.
    /// </returns>
    public static IReadOnlyList<StoredPair> Write(EntryKeys keys, EntitlementState state, StoredChange change)
    {
        if (!CanBeKept(state))
            return [];
        var pairs = new List<StoredPair>();
        if (change.IsAll)
        {
            var date = Milliseconds(state.UpdatedAt);
            pairs.Add(new StoredPair(keys.Set, Write(writer => WriteSet(writer, state)), date, AlwaysWins: state.IsEmpty));
            pairs.Add(new StoredPair(keys.Metadata, Write(writer => WriteMetadata(writer, state)), date, AlwaysWins: state.IsEmpty));
        }

        foreach (var entitlement in state.All().Where(StoredEntry.IsTracked))
        {
            var of = EntitlementReference.To(entitlement);
            if (change.IsAll || change.Usages.Contains(of))
            {
                var value = Write(writer => WriteUsage(writer, entitlement.Usage));
                pairs.Add(new StoredPair(keys.Usage(of), value, Milliseconds(entitlement.Usage.UpdatedAt), AlwaysWins: false));
            }
        }

        return pairs;
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Options);
        content(writer);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteMetadata(Utf8JsonWriter json, EntitlementState state)
    {
        json.WriteStartObject();
        json.WriteString("accessDeniedReason", state.AccessDeniedReason?.ToString());
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject();
        WriteUsageFields(json, usage);
        json.WriteEndObject();
    }

    private static void WriteUsageFields(Utf8JsonWriter json, Usage usage)
    {
        json.WriteNumber("currentUsage", usage.Current);
        WriteDate(json, "usagePeriodStart", usage.PeriodStart);
        WriteDate(json, "usagePeriodEnd", usage.PeriodEnd);
    }

    private static void WriteSet(Utf8JsonWriter json, EntitlementState state)
    {
        json.WriteStartObject();
        // The older generation looks a feature up by its id alone. A feature may have a currency's id.
        foreach (var feature in state.Features)
        {
            json.WriteStartObject(feature.Id);
            WriteFeature(json, feature);
            json.WriteEndObject();
        }

        foreach (var credit in state.Credits)
        {
            json.WriteStartObject(CreditName(state, credit));
            WriteCredit(json, credit);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string CreditName(EntitlementState state, CreditEntitlement credit)
    {
        var name = $"credit_{credit.Id}";
        while (state.FindFeature(name) is not null)
            name += "_";
        return name;
    }

    private static void WriteFeature(Utf8JsonWriter json, FeatureEntitlement entitlement)
    {
        json.WriteStartObject("calculatedEntitlement");
        json.WriteString("type", "FEATURE");
        json.WriteStartObject("feature");
        var feature = entitlement.Feature;
        json.WriteString("id", feature.Id);
        // The newer generation counts on a name.
        json.WriteString("displayName", feature.DisplayName ?? feature.Id);
        json.WriteString("featureType", feature.Type == FeatureType.Unspecified ? feature.UnknownType : feature.Type.ToString().ToUpperInvariant());
        if (MeterWord(feature) is { } meter)
            json.WriteString("meterType", meter);
        json.WriteString("units", feature.Units ?? "");
        json.WriteString("unitsPlural", feature.UnitsPlural ?? "");
        json.WriteEndObject();
        WriteLimits(json, entitlement, entitlement.HasUnlimitedUsage);
        json.WriteStartArray("enumValues");
        foreach (var value in entitlement.EnumValues)
            json.WriteStringValue(value);
        json.WriteEndArray();
        if (entitlement.CreditRate is { } rate)
        {
            json.WriteStartObject("creditRate");
            json.WriteNumber("amount", rate.Amount);
            json.WriteString("currencyId", rate.CurrencyId);
            json.WriteEndObject();
        }

        WritePeriods(json, entitlement);
        json.WriteEndObject();

        json.WriteStartObject("usageData");
        WriteUsageFields(json, entitlement.Usage);
        json.WriteEndObject();

        json.WriteStartObject("featureUsage");
        WriteUsageFields(json, entitlement.Usage);
        WritePeriods(json, entitlement);
        json.WriteEndObject();
    }

    private static void WriteCredit(Utf8JsonWriter json, CreditEntitlement entitlement)
    {
        json.WriteStartObject("calculatedEntitlement");
        json.WriteString("type", "CREDIT");
        json.WriteStartObject("currency");
        var currency = entitlement.Currency;
        json.WriteString("currencyId", currency.Id);
        json.WriteString("displayName", currency.DisplayName);
        json.WriteString("description", currency.Description);
        json.WriteString("unitSingular", currency.UnitSingular);
        json.WriteString("unitPlural", currency.UnitPlural);
        if (currency.AdditionalMetaData is { } data)
        {
            json.WritePropertyName("additionalMetaData");
            WriteValue(json, Value.ForStruct(data));
        }

        json.WriteEndObject();
        WriteLimits(json, entitlement, hasUnlimitedUsage: false);
        json.WriteEndObject();

        json.WriteStartObject("usageData");
        WriteUsageFields(json, entitlement.Usage);
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, Entitlement entitlement, bool hasUnlimitedUsage)
    {
        if (entitlement.UsageLimit is { } limit)
            json.WriteNumber("usageLimit", limit);
        else
            json.WriteNull("usageLimit");
        json.WriteBoolean("hasUnlimitedUsage", hasUnlimitedUsage);
        json.WriteBoolean("hasSoftLimit", entitlement.HasSoftLimit);
        if (entitlement.AccessDeniedReason is { } reason)
            json.WriteString("accessDeniedReason", reason.ToString());
        if (entitlement.ValidUntil is { } validUntil)
            json.WriteNumber("validUntil", Milliseconds(validUntil));
    }

    private static void WritePeriods(Utf8JsonWriter json, FeatureEntitlement entitlement)
    {
        if (entitlement.UsagePeriodAnchor is { } anchor)
            json.WriteNumber("usagePeriodAnchor", Milliseconds(anchor));
        if (entitlement.ResetPeriod is { } period and not EntitlementResetPeriod.Unspecified)
            json.WriteString("resetPeriod", period.ToString().ToUpperInvariant());
        if (entitlement.ResetPeriodConfiguration is not { } configuration)
            return;
        json.WriteStartObject("resetPeriodConfiguration");
        if (configuration.TypeName is { } typeName)
            json.WriteString("__typename", typeName);
        json.WriteString(configuration.Field, configuration.Value);
        json.WriteEndObject();
    }

    private static string? MeterWord(FeatureDefinition feature) => feature.Meter switch
    {
        MeterType.None => "None",
        MeterType.Fluctuating => "Fluctuating",
        MeterType.Incremental => "Incremental",
        _ => feature.UnknownMeter,
    };

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date)
    {
        if (date is { } known)
            json.WriteNumber(name, Milliseconds(known));
        else
            json.WriteNull(name);
    }

    private static void WriteValue(Utf8JsonWriter json, Value value)
    {
        switch (value.KindCase)
        {
            case Value.KindOneofCase.StructValue:
                json.WriteStartObject();
                foreach (var (name, field) in value.StructValue.Fields)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, field);
                }

                json.WriteEndObject();
                break;
            case Value.KindOneofCase.ListValue:
                json.WriteStartArray();
                foreach (var element in value.ListValue.Values)
                    WriteValue(json, element);
                json.WriteEndArray();
                break;
            case Value.KindOneofCase.StringValue:
                json.WriteStringValue(value.StringValue);
                break;
            // JSON has no word for what is not finite.
            case Value.KindOneofCase.NumberValue when double.IsFinite(value.NumberValue):
                json.WriteNumberValue(value.NumberValue);
                break;
            case Value.KindOneofCase.BoolValue:
                json.WriteBooleanValue(value.BoolValue);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static long Milliseconds(DateTimeOffset date) => date.ToUnixTimeMilliseconds();
}
