using System.Text.Json;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using static Sidecar.Protocol.Tests.Cloud.SlowReading;

namespace Sidecar.Protocol.Tests.Cloud;

public class WireEntitlementsSpecs
{
    [Property(MaxTest = 5_000)]
    public void Any_body_is_read_as_the_parsed_document_says(int seed)
    {
        var body = new RandomDocument(new Random(seed)).Body();

        var read = CloudStateReader.Read(body);

        var (state, unreadable) = Slowly(body);
        (read.Unreadable, IsSame(read.State, state)).Should().Be((unreadable, true), System.Text.Encoding.UTF8.GetString(body));
    }

    // Null where the body is a failure of whatever kind.
    private static (EntitlementState? State, int Unreadable) Slowly(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            (EntitlementState? State, int Unreadable) read = default;
            var hasErrors = false;
            Fields(document.RootElement, (name, value) =>
            {
                if (name == "data")
                    read = Data(value);
                else if (name == "errors")
                    hasErrors = value.ValueKind != JsonValueKind.Null && CloudStateReader.ReadErrors(body) is not null;
            });
            return hasErrors ? default : read;
        }
        catch (Exception e) when (IsOfReading(e))
        {
            return default;
        }
    }

    private static (EntitlementState? State, int Unreadable) Data(JsonElement data)
    {
        (EntitlementState? State, int Unreadable) read = default;
        Fields(data, (name, value) =>
        {
            if (name == "entitlementsState")
                read = State(value);
        });
        return read;
    }

    private static (EntitlementState? State, int Unreadable) State(JsonElement state)
    {
        var lists = new Dictionary<string, (List<Entitlement> All, int Unreadable)?>(StringComparer.Ordinal);
        if (Fields(state, (name, value) =>
            {
                if (name is "entitlementsV2" or "entitlements")
                    lists[name] = List(value);
                else if (name == "accessDeniedReason")
                    Text(value);
            }) is not { } fields)
            return default;
        var reason = fields.Get("accessDeniedReason", Reason);
        if ((lists.GetValueOrDefault("entitlementsV2") ?? lists.GetValueOrDefault("entitlements")) is not { } list)
            return reason is null ? default : (EntitlementState.Create(reason, []), 0);
        return list is { All.Count: 0, Unreadable: > 0 }
            ? (null, list.Unreadable)
            : (EntitlementState.Create(reason, list.All), list.Unreadable);
    }

    private static (List<Entitlement> All, int Unreadable)? List(JsonElement list)
    {
        if (list.ValueKind == JsonValueKind.Null)
            return null;
        if (list.ValueKind != JsonValueKind.Array)
            throw new JsonException("a list is expected");
        var (all, unreadable) = (new List<Entitlement>(), 0);
        foreach (var element in list.EnumerateArray())
        {
            try
            {
                if (Element(element) is { } entitlement)
                    all.Add(entitlement);
            }
            catch (Exception e) when (IsOfReading(e))
            {
                unreadable++;
            }
        }

        return (all, unreadable);
    }

    private static Entitlement? Element(JsonElement element)
    {
        if (Fields(element, Check) is not { } fields)
            return null;
        var usage = new Usage(
            fields.Get("currentUsage", Number) ?? 0,
            fields.Get("usagePeriodStart", Date),
            fields.Get("usagePeriodEnd", Date),
            fields.Get("usageUpdatedAt", Date)
                ?? (fields.Get("currentUsage", Number) is null ? null : fields.Get("entitlementUpdatedAt", Date)) ?? DateTimeOffset.UnixEpoch);
        var type = fields.Get("__typename", Text);
        bool Has(string name) => fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;
        if (type == "CreditEntitlement" || (type is null && !Has("feature") && Has("currency")))
        {
            return fields.Get("currency", Currency) is not { } currency ? null : new CreditEntitlement(currency())
            {
                AccessDeniedReason = fields.Get("accessDeniedReason", Reason),
                UsageLimit = fields.Get("usageLimit", Number),
                HasSoftLimit = fields.Get("hasSoftLimit", Flag) ?? false,
                UpdatedAt = fields.Get("entitlementUpdatedAt", Date),
                ValidUntil = fields.Get("validUntil", Date),
                Usage = usage,
            };
        }

        return fields.Get("feature", FeatureOf) is not { } feature ? null : new FeatureEntitlement(feature)
        {
            AccessDeniedReason = fields.Get("accessDeniedReason", Reason),
            UsageLimit = fields.Get("usageLimit", Number),
            HasUnlimitedUsage = fields.Get("hasUnlimitedUsage", Flag) ?? false,
            HasSoftLimit = fields.Get("hasSoftLimit", Flag) ?? false,
            EnumValues = fields.Get("enumValues", Texts) ?? [],
            ResetPeriod = Period(fields.Get("resetPeriod", Text)),
            ResetPeriodConfiguration = fields.Get("resetPeriodConfiguration", Configuration),
            UsagePeriodAnchor = fields.Get("usagePeriodAnchor", Date),
            CreditRate = fields.Get("creditRate", Rate),
            UpdatedAt = fields.Get("entitlementUpdatedAt", Date),
            ValidUntil = fields.Get("validUntil", Date),
            Usage = usage,
        };
    }

    private static FeatureDefinition? FeatureOf(JsonElement json) => Feature(json, "refId", "featureUnits", "featureUnitsPlural");

    private static void Check(string name, JsonElement value) => _ = name switch
    {
        "__typename" or "accessDeniedReason" or "resetPeriod" => Text(value),
        "usageLimit" or "currentUsage" => Number(value),
        "hasUnlimitedUsage" or "hasSoftLimit" => Flag(value),
        "entitlementUpdatedAt" or "usageUpdatedAt" or "usagePeriodAnchor" or "usagePeriodStart" or "usagePeriodEnd" or "validUntil" => Date(value),
        "enumValues" => Texts(value),
        "resetPeriodConfiguration" => Configuration(value),
        "feature" => FeatureOf(value),
        "currency" => Currency(value),
        "creditRate" => Rate(value),
        _ => (object?)null,
    };
}
