using System.Text;
using System.Text.Json;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Sidecar.Protocol.Tests.Cloud;
using static Sidecar.Protocol.Tests.Cloud.SlowReading;

namespace Sidecar.Protocol.Tests.Persistence;

public class StoredEntitlementSpecs
{
    private const long SetDate = 1_790_000_000_000;
    private const long UsageDate = 1_790_000_500_000;

    [Property(MaxTest = 5_000)]
    public void Any_entry_is_read_as_the_parsed_documents_say(int seed)
    {
        var random = new RandomDocument(new Random(seed));
        var set = random.Stored();

        var entry = StoredEntry.Read(Value(set, SetDate), default);

        var slow = Slowly(set);
        entry?.Unreadable.Should().Be(slow?.Unreadable);
        (entry is null).Should().Be(slow is null, Encoding.UTF8.GetString(set));
        if (entry is null)
            return;
        var usages = entry.Tracked.Select(_ => random.Usage()).ToList();
        var state = entry.WithUsages([.. usages.Select(usage => Value(usage, UsageDate))]);
        IsSame(state, WithUsages(slow!.Value.All, usages)).Should().BeTrue(
            $"{Encoding.UTF8.GetString(set)} with {string.Join(' ', usages.Select(Encoding.UTF8.GetString))}");
    }

    private static (List<Entitlement> All, int Unreadable)? Slowly(byte[] set)
    {
        try
        {
            using var document = JsonDocument.Parse(set);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var (all, unreadable) = (new List<Entitlement>(), 0);
            foreach (var field in document.RootElement.EnumerateObject())
            {
                try
                {
                    if (Element(field.Value) is { } entitlement)
                        all.Add(entitlement);
                    else
                        unreadable++;
                }
                catch (Exception e) when (IsOfReading(e))
                {
                    unreadable++;
                }
            }

            return (all, unreadable);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static EntitlementState? WithUsages(List<Entitlement> entitlements, List<byte[]> usages)
    {
        var next = 0;
        for (var i = 0; i < entitlements.Count; i++)
        {
            if (!StoredEntry.IsTracked(entitlements[i]))
                continue;
            try
            {
                using var document = JsonDocument.Parse(usages[next++]);
                if (Fields(document.RootElement, CheckUsage) is not { } fields)
                    return null;
                entitlements[i] = entitlements[i] with { Usage = ToUsage(fields, DateTimeOffset.FromUnixTimeMilliseconds(UsageDate)) };
            }
            catch (Exception e) when (IsOfReading(e))
            {
                return null;
            }
        }

        return EntitlementState.Create(null, entitlements);
    }

    private static Entitlement? Element(JsonElement element)
    {
        if (Fields(element, Check) is not { } entry || entry.Get("calculatedEntitlement", json => Fields(json, CheckCalculation)) is not { } fields)
            return null;
        var used = entry.Get("usageData", json => Fields(json, CheckUsage)) ?? entry.Get("featureUsage", json => Fields(json, CheckUsage)) ?? [];
        var date = DateTimeOffset.FromUnixTimeMilliseconds(SetDate);
        var usage = ToUsage(used, DateTimeOffset.UnixEpoch);
        if (fields.Get("type", Text) != "CREDIT" && fields.Get("feature", FeatureOf) is { } feature)
        {
            var configured = fields.TryGetValue("resetPeriodConfiguration", out var own) && own.ValueKind != JsonValueKind.Null ? fields : used;
            return new FeatureEntitlement(feature)
            {
                AccessDeniedReason = fields.Get("accessDeniedReason", Reason),
                UsageLimit = fields.Get("usageLimit", Number),
                HasUnlimitedUsage = fields.Get("hasUnlimitedUsage", Flag) ?? false,
                HasSoftLimit = fields.Get("hasSoftLimit", Flag) ?? false,
                EnumValues = fields.Get("enumValues", Texts) ?? [],
                ResetPeriod = Period(fields.Get("resetPeriod", Text) ?? used.Get("resetPeriod", Text)),
                ResetPeriodConfiguration = configured.Get("resetPeriodConfiguration", Configuration),
                UsagePeriodAnchor = fields.Get("usagePeriodAnchor", Date) ?? used.Get("usagePeriodAnchor", Date),
                CreditRate = fields.Get("creditRate", Rate),
                UpdatedAt = date,
                ValidUntil = fields.Get("validUntil", Date),
                Usage = usage,
            };
        }

        return fields.Get("currency", Currency) is not { } currency ? null : new CreditEntitlement(currency())
        {
            AccessDeniedReason = fields.Get("accessDeniedReason", Reason),
            UsageLimit = fields.Get("usageLimit", Number),
            HasSoftLimit = fields.Get("hasSoftLimit", Flag) ?? false,
            UpdatedAt = date,
            ValidUntil = fields.Get("validUntil", Date),
            Usage = usage,
        };
    }

    private static Usage ToUsage(Dictionary<string, JsonElement> fields, DateTimeOffset date) => new(
        fields.Get("currentUsage", Number) ?? 0,
        fields.Get("usagePeriodStart", Date),
        fields.Get("usagePeriodEnd", Date) ?? fields.Get("nextResetDate", Date),
        date);

    private static FeatureDefinition? FeatureOf(JsonElement json) => Feature(json, "id", "units", "unitsPlural");

    private static void Check(string name, JsonElement value) => _ = name switch
    {
        "calculatedEntitlement" => Fields(value, CheckCalculation),
        "usageData" or "featureUsage" => Fields(value, CheckUsage),
        _ => null,
    };

    private static void CheckCalculation(string name, JsonElement value) => _ = name switch
    {
        "type" or "accessDeniedReason" or "resetPeriod" => Text(value),
        "feature" => FeatureOf(value),
        "currency" => Currency(value),
        "usageLimit" => Number(value),
        "hasUnlimitedUsage" or "hasSoftLimit" => Flag(value),
        "enumValues" => Texts(value),
        "validUntil" or "usagePeriodAnchor" => Date(value),
        "creditRate" => Rate(value),
        "resetPeriodConfiguration" => Configuration(value),
        _ => (object?)null,
    };

    private static void CheckUsage(string name, JsonElement value) => _ = name switch
    {
        "currentUsage" => Number(value),
        "usagePeriodStart" or "usagePeriodEnd" or "nextResetDate" or "usagePeriodAnchor" => Date(value),
        "resetPeriod" => Text(value),
        "resetPeriodConfiguration" => Configuration(value),
        _ => (object?)null,
    };

    private static StoredValue Value(byte[] json, long date) => new(json, Encoding.ASCII.GetBytes(FormattableString.Invariant($"{date}")));
}
