using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Updates;

/// <summary>One update, before it is known who asked for what of it.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Source">All that can be asked for, below the field's name.</param>
/// <param name="Verbatim">Stands in the place of what was asked for.</param>
internal sealed record Update(UpdateKind Kind, JsonElement Source, string? Verbatim = null)
{
    /// <summary>The words of <see cref="PackageMigration"/>.</summary>
    public static readonly ImmutableDictionary<string, PackageMigration> Migrations = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create("ALL_CUSTOMERS", PackageMigration.AllCustomers),
            KeyValuePair.Create("NEW_CUSTOMERS", PackageMigration.NewCustomers),
        ]);

    public static Update OfEntitlements(string customerId, string? resourceId, EntitlementsState state) => Of(
        UpdateKind.Entitlements,
        json =>
        {
            json.WriteString("customerId", customerId);
            json.WriteString("resourceId", resourceId);
            StateWriter.WriteFields(json, state, "entitlements");
        });

    public static Update OfUsage(UsageUpdate usage) => Of(
        UpdateKind.Usage,
        json =>
        {
            json.WriteString("customerId", usage.CustomerId);
            json.WriteString("resourceId", usage.ResourceId);
            json.WriteStartObject("entitlementReference");
            json.WriteString("id", usage.EntitlementId);
            json.WriteString("type", usage.OfCredits ? "CREDIT" : "FEATURE");
            json.WriteEndObject();
            json.WriteStartObject("usage");
            json.WriteNumber("currentUsage", usage.CurrentUsage);
            WriteDate(json, "usageUpdatedAt", usage.UpdatedAt);
            WriteDate(json, "usagePeriodStart", usage.PeriodStart);
            WriteDate(json, "usagePeriodEnd", usage.PeriodEnd);
            json.WriteEndObject();
        });

    public static Update OfPackage(PackagePublication package) => Of(
        UpdateKind.Package,
        json =>
        {
            json.WriteString("packageType", package.PackageType);
            json.WriteString("packageRefId", package.PackageRefId);
            json.WriteNumber("packageVersion", package.PackageVersion);
            json.WriteString("migrationType", Words.For(Migrations, package.Migration));
            json.WriteString("accountId", package.AccountId);
            json.WriteString("environmentId", package.EnvironmentId);
        });

    private static Update Of(UpdateKind kind, Action<Utf8JsonWriter> writeFields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(UpdateFields.NameOf(kind));
            writeFields(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new Update(kind, JsonElement.Parse(buffer.WrittenSpan));
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date) =>
        json.WriteString(name, date is { } given ? WireDate.Format(given) : null);
}
