using System.Collections.Immutable;
using System.Text.Json;

namespace Sidecar.Emulator.Data;

/// <summary>Writes a customer in the form that <see cref="EmulatorDataReader"/> reads.</summary>
internal static class CustomerWriter
{
    public static void Write(Utf8JsonWriter json, Customer customer)
    {
        json.WriteStartObject();
        WriteEntitled(json, customer);
        json.WriteBoolean("archived", customer.Archived);
        WriteMap(json, "resources", customer.Resources, (writer, resource) => WriteEntitled(writer, resource));
        json.WriteEndObject();
    }

    private static void WriteEntitled(Utf8JsonWriter json, Entitled entitled)
    {
        WriteText(json, "plan", entitled.Plan);
        WriteDate(json, "subscribedAt", entitled.SubscribedAt);
        WriteDate(json, "updatedAt", entitled.UpdatedAt);
        WriteMap(json, "entitlements", entitled.Entitlements, WriteGrant);
        WriteMap(json, "credits", entitled.Credits, WriteCreditGrant);
        WriteMap(json, "usage", entitled.Usage, WriteUsage);
        WriteMap(json, "creditUsage", entitled.CreditUsage, WriteUsage);
    }

    private static void WriteGrant(Utf8JsonWriter json, Grant grant)
    {
        WriteNumber(json, "limit", grant.Limit);
        WriteFlag(json, "unlimited", grant.Unlimited);
        WriteFlag(json, "softLimit", grant.SoftLimit);
        if (grant.EnumValues is { } values)
        {
            json.WriteStartArray("enumValues");
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
        WriteResetPeriod(json, grant.ResetPeriod);
        WriteText(json, "resetAccordingTo", grant.ResetAccordingTo);
        WriteDate(json, "validUntil", grant.ValidUntil);
        if (grant.CreditRate is { } rate)
        {
            json.WriteStartObject("creditRate");
            json.WriteNumber("amount", rate.Amount);
            json.WriteString("currencyId", rate.CurrencyId);
            json.WriteEndObject();
        }
        WriteText(json, "accessDeniedReason", grant.AccessDeniedReason);
    }

    private static void WriteCreditGrant(Utf8JsonWriter json, CreditGrant grant)
    {
        WriteNumber(json, "amount", grant.Amount);
        WriteFlag(json, "softLimit", grant.SoftLimit);
        WriteResetPeriod(json, grant.ResetPeriod);
        WriteDate(json, "validUntil", grant.ValidUntil);
        WriteText(json, "accessDeniedReason", grant.AccessDeniedReason);
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteNumber("currentUsage", usage.CurrentUsage);
        WriteDate(json, "usageUpdatedAt", usage.UpdatedAt);
        WriteDate(json, "usagePeriodAnchor", usage.PeriodAnchor);
        WriteDate(json, "usagePeriodStart", usage.PeriodStart);
        WriteDate(json, "usagePeriodEnd", usage.PeriodEnd);
    }

    private static void WriteMap<T>(
        Utf8JsonWriter json, string name, ImmutableSortedDictionary<string, T> map, Action<Utf8JsonWriter, T> writeFields)
    {
        if (map.IsEmpty)
            return;
        json.WriteStartObject(name);
        foreach (var (id, value) in map)
        {
            json.WriteStartObject(id);
            writeFields(json, value);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteResetPeriod(Utf8JsonWriter json, ResetPeriod? period)
    {
        if (period is { } given)
            json.WriteString("resetPeriod", Words.For(Words.ResetPeriods, given));
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
    }

    private static void WriteFlag(Utf8JsonWriter json, string name, bool? flag)
    {
        if (flag is { } given)
            json.WriteBoolean(name, given);
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date)
    {
        if (date is { } given)
            json.WriteString(name, WireDate.Format(given));
    }
}
