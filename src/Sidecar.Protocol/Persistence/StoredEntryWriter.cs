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

    // What most entitlements take; a buffer grows where it is more.
    private const int BytesAnEntitlement = 640;

    /// <summary>Whether a state can be kept: what is used of each of its entitlements stands under a key that is nothing else's.</summary>
    public static bool CanBeKept(EntitlementState state) => CanBeKept(state.All());

    /// <summary>The keys and values that a change comes to.</summary>
    /// <param name="keys">The entry's keys.</param>
    /// <param name="state">Its state after the change.</param>
    /// <param name="change">What of it is to be written.</param>
    /// <returns>
    /// The pairs, the set's first where it is among them; empty where the state can't be kept, and where it does not hold what changed.
    /// </returns>
    public static IReadOnlyList<StoredPair> Write(EntryKeys keys, EntitlementState state, StoredChange change)
    {
        List<Entitlement> entitlements = [.. state.All()];
        if (!CanBeKept(entitlements))
            return [];
        var pairs = new List<StoredPair>();
        // One for all values, each of which is a part of what is written.
        var buffer = new ArrayBufferWriter<byte>(BytesAnEntitlement * (change.IsAll ? entitlements.Count + 1 : 1));
        using var json = new Utf8JsonWriter(buffer, Options);
        if (change.IsAll)
        {
            var date = Milliseconds(state.UpdatedAt);
            WriteSet(json, state, entitlements);
            pairs.Add(new StoredPair(keys.Set, Written(json, buffer), date, AlwaysWins: state.IsEmpty));
            WriteMetadata(json, state);
            pairs.Add(new StoredPair(keys.Metadata, Written(json, buffer), date, AlwaysWins: state.IsEmpty));
        }

        foreach (var entitlement in entitlements)
        {
            if (!StoredEntry.IsTracked(entitlement))
                continue;
            var of = EntitlementReference.To(entitlement);
            if (change.IsAll || change.Usages.Contains(of))
            {
                WriteUsage(json, entitlement.Usage);
                pairs.Add(new StoredPair(
                    keys.Usage(of), Written(json, buffer), Milliseconds(entitlement.Usage.UpdatedAt), AlwaysWins: false));
            }
        }

        return pairs;
    }

    private static bool CanBeKept(IEnumerable<Entitlement> entitlements) =>
        entitlements.Where(StoredEntry.IsTracked).All(entitlement => EntryKeys.HasUsageKey(EntitlementReference.To(entitlement)));

    // The value that was written last; the writer is ready for the next one.
    private static ReadOnlyMemory<byte> Written(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.Flush();
        var length = (int)json.BytesCommitted;
        json.Reset();
        return buffer.WrittenMemory[^length..];
    }

    private static void WriteMetadata(Utf8JsonWriter json, EntitlementState state)
    {
        json.WriteStartObject();
        json.WriteString("accessDeniedReason"u8, state.AccessDeniedReason?.ToString());
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
        json.WriteNumber("currentUsage"u8, usage.Current);
        WriteDate(json, "usagePeriodStart"u8, usage.PeriodStart);
        WriteDate(json, "usagePeriodEnd"u8, usage.PeriodEnd);
    }

    private static void WriteSet(Utf8JsonWriter json, EntitlementState state, List<Entitlement> entitlements)
    {
        json.WriteStartObject();
        foreach (var entitlement in entitlements)
        {
            // The older generation looks a feature up by its id alone. A feature may have a currency's id.
            if (entitlement is FeatureEntitlement feature)
            {
                json.WriteStartObject(feature.Id);
                WriteFeature(json, feature);
            }
            else if (entitlement is CreditEntitlement credit)
            {
                json.WriteStartObject(CreditName(state, credit));
                WriteCredit(json, credit);
            }

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
        json.WriteStartObject("calculatedEntitlement"u8);
        json.WriteString("type"u8, "FEATURE"u8);
        json.WriteStartObject("feature"u8);
        var feature = entitlement.Feature;
        json.WriteString("id"u8, feature.Id);
        // The newer generation counts on a name.
        json.WriteString("displayName"u8, feature.DisplayName ?? feature.Id);
        json.WriteString("featureType"u8, TypeWord(feature));
        if (MeterWord(feature) is { } meter)
            json.WriteString("meterType"u8, meter);
        json.WriteString("units"u8, feature.Units ?? "");
        json.WriteString("unitsPlural"u8, feature.UnitsPlural ?? "");
        json.WriteEndObject();
        WriteLimits(json, entitlement, entitlement.HasUnlimitedUsage);
        json.WriteStartArray("enumValues"u8);
        foreach (var value in entitlement.EnumValues)
            json.WriteStringValue(value);
        json.WriteEndArray();
        if (entitlement.CreditRate is { } rate)
        {
            json.WriteStartObject("creditRate"u8);
            json.WriteNumber("amount"u8, rate.Amount);
            json.WriteString("currencyId"u8, rate.CurrencyId);
            json.WriteEndObject();
        }

        WritePeriods(json, entitlement);
        json.WriteEndObject();

        json.WriteStartObject("usageData"u8);
        WriteUsageFields(json, entitlement.Usage);
        json.WriteEndObject();

        json.WriteStartObject("featureUsage"u8);
        WriteUsageFields(json, entitlement.Usage);
        WritePeriods(json, entitlement);
        json.WriteEndObject();
    }

    private static void WriteCredit(Utf8JsonWriter json, CreditEntitlement entitlement)
    {
        json.WriteStartObject("calculatedEntitlement"u8);
        json.WriteString("type"u8, "CREDIT"u8);
        json.WriteStartObject("currency"u8);
        var currency = entitlement.Currency;
        json.WriteString("currencyId"u8, currency.Id);
        json.WriteString("displayName"u8, currency.DisplayName);
        json.WriteString("description"u8, currency.Description);
        json.WriteString("unitSingular"u8, currency.UnitSingular);
        json.WriteString("unitPlural"u8, currency.UnitPlural);
        if (currency.AdditionalMetaData is { } data)
        {
            json.WritePropertyName("additionalMetaData"u8);
            WriteValue(json, Value.ForStruct(data));
        }

        json.WriteEndObject();
        WriteLimits(json, entitlement, hasUnlimitedUsage: false);
        json.WriteEndObject();

        json.WriteStartObject("usageData"u8);
        WriteUsageFields(json, entitlement.Usage);
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, Entitlement entitlement, bool hasUnlimitedUsage)
    {
        if (entitlement.UsageLimit is { } limit)
            json.WriteNumber("usageLimit"u8, limit);
        else
            json.WriteNull("usageLimit"u8);
        json.WriteBoolean("hasUnlimitedUsage"u8, hasUnlimitedUsage);
        json.WriteBoolean("hasSoftLimit"u8, entitlement.HasSoftLimit);
        if (entitlement.AccessDeniedReason is { } reason)
            json.WriteString("accessDeniedReason"u8, reason.ToString());
        if (entitlement.ValidUntil is { } validUntil)
            json.WriteNumber("validUntil"u8, Milliseconds(validUntil));
    }

    private static void WritePeriods(Utf8JsonWriter json, FeatureEntitlement entitlement)
    {
        if (entitlement.UsagePeriodAnchor is { } anchor)
            json.WriteNumber("usagePeriodAnchor"u8, Milliseconds(anchor));
        if (entitlement.ResetPeriod is { } period and not EntitlementResetPeriod.Unspecified)
            json.WriteString("resetPeriod"u8, PeriodWord(period));
        if (entitlement.ResetPeriodConfiguration is not { } configuration)
            return;
        json.WriteStartObject("resetPeriodConfiguration"u8);
        if (configuration.TypeName is { } typeName)
            json.WriteString("__typename"u8, typeName);
        json.WriteString(configuration.Field, configuration.Value);
        json.WriteEndObject();
    }

    private static string? TypeWord(FeatureDefinition feature) => feature.Type switch
    {
        FeatureType.Boolean => "BOOLEAN",
        FeatureType.Number => "NUMBER",
        FeatureType.Enum => "ENUM",
        _ => feature.UnknownType,
    };

    private static string PeriodWord(EntitlementResetPeriod period) => period switch
    {
        EntitlementResetPeriod.Hour => "HOUR",
        EntitlementResetPeriod.Day => "DAY",
        EntitlementResetPeriod.Week => "WEEK",
        EntitlementResetPeriod.Month => "MONTH",
        EntitlementResetPeriod.Year => "YEAR",
        _ => period.ToString().ToUpperInvariant(),
    };

    private static string? MeterWord(FeatureDefinition feature) => feature.Meter switch
    {
        MeterType.None => "None",
        MeterType.Fluctuating => "Fluctuating",
        MeterType.Incremental => "Incremental",
        _ => feature.UnknownMeter,
    };

    private static void WriteDate(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? date)
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
