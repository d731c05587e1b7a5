using System.Globalization;
using FluentAssertions;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using StackExchange.Redis;
using Grant = Sidecar.Emulator.Data.Grant;
using ResetPeriod = Sidecar.Emulator.Data.ResetPeriod;
using Usage = Sidecar.Emulator.Data.Usage;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>What stands in Redis after each kind of event, key by key and byte by byte, looked at as another program does.</summary>
public sealed class LayoutSpecs
{
    private const string Customer = "customer: 1";
    private const string Resource = "resource";
    private const string Own = $"{RedisUnderTest.Prefix}:c_{Customer}";
    private const string OfResource = $"{Own}:r_{Resource}";
    private const string Calls = "feature-api-calls";
    private const string Tokens = "cred-type-tokens";
    private static readonly DateTimeOffset SubscribedAt = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    [RedisFact]
    public async Task Keys_and_values_after_a_read_a_report_two_updates_and_a_reload_are_those_of_the_shared_layout()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Data(), withStream: true);
        var raw = await redis.RawAsync();
        Customer Truth() => it.Control.FindCustomer(Customer)!;

        // A read, of the resource with its customer.
        await it.Client.GetMeteredEntitlementAsync(new() { CustomerId = Customer, ResourceId = Resource, FeatureId = Calls });
        var ofResource = Entry(OfResource, Truth().Resources[Resource], limit: 300, withinSet: 5);
        await HoldsAsync(raw, Entry(Own, Truth(), limit: 1000, withinSet: 25), ofResource);

        // A report, and an update of what is used: that alone.
        await it.Client.ReportUsageAsync(new() { CustomerId = Customer, FeatureId = Calls, Value = 7 });
        Truth().Usage[Calls].CurrentUsage.Should().Be(32);
        await HoldsAsync(raw, Entry(Own, Truth(), limit: 1000, withinSet: 25), ofResource);
        it.Control.SetUsage(Customer, Calls, 40.5);
        it.Control.SetCreditUsage(Customer, Tokens, 121);
        await HoldsAsync(raw, Entry(Own, Truth(), limit: 1000, withinSet: 25), ofResource);

        // An update of the entitlements: all of it.
        it.Control.ChangeCustomer(Customer, customer => customer with
        {
            Entitlements = customer.Entitlements.SetItem(Calls, new Grant { Limit = 2000 }),
        });
        await HoldsAsync(raw, Entry(Own, Truth(), limit: 2000, withinSet: 40.5, creditsWithinSet: 121), ofResource);

        // A reload.
        await raw.KeyDeleteAsync([Own, Own + "#timestamp", Own + ":metadata", Own + ":metadata#timestamp", $"{Own}:credit_{Tokens}"]);
        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = Customer })).EntitledEntityExists.Should().BeTrue();
        await HoldsAsync(raw, Entry(Own, Truth(), limit: 2000, withinSet: 40.5, creditsWithinSet: 121), ofResource);
    }

    private static EmulatorData Data()
    {
        var data = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var plan = new Plan
        {
            Entitlements = EmulatorData.Map<Grant>()
                .Add(Calls, new Grant { Limit = 1000, ResetPeriod = ResetPeriod.Month })
                .Add("feature-regions", new Grant { EnumValues = ["eu", "us"] })
                .Add("feature-seats-max", new Grant { Limit = 25 })
                .Add("feature-sso", new Grant()),
            Credits = EmulatorData.Map<CreditGrant>().Add(Tokens, new CreditGrant { Amount = 500 }),
        };
        var customer = new Customer
        {
            Plan = "layout",
            SubscribedAt = SubscribedAt,
            UpdatedAt = SubscribedAt.AddDays(1),
            Usage = EmulatorData.Map<Usage>().Add(Calls, Used(25)),
            CreditUsage = EmulatorData.Map<Usage>().Add(Tokens, new Usage { CurrentUsage = 120, UpdatedAt = SubscribedAt.AddDays(3) }),
            Resources = EmulatorData.Map<Resource>().Add(Resource, new Resource
            {
                Plan = "layout",
                SubscribedAt = SubscribedAt,
                UpdatedAt = SubscribedAt.AddDays(4),
                Entitlements = EmulatorData.Map<Grant>().Add(Calls, new Grant { Limit = 300 }),
                Usage = EmulatorData.Map<Usage>().Add(Calls, Used(5)),
                CreditUsage = EmulatorData.Map<Usage>().Add(Tokens, new Usage { CurrentUsage = 120, UpdatedAt = SubscribedAt.AddDays(3) }),
            }),
        };
        return data with
        {
            Plans = data.Plans.SetItem("layout", plan),
            Customers = EmulatorData.Map<Customer>().Add(Customer, customer),
        };

        static Usage Used(double amount) => new()
        {
            CurrentUsage = amount,
            UpdatedAt = SubscribedAt.AddDays(2),
            PeriodAnchor = SubscribedAt,
            PeriodStart = SubscribedAt,
            PeriodEnd = SubscribedAt.AddYears(100),
        };
    }

    // The keys and values of an entry, in the words of the layout: those of both generations in one.
    private static Dictionary<string, string> Entry(string set, Entitled truth, double limit, double withinSet, double creditsWithinSet = 120)
    {
        var (calls, tokens) = (truth.Usage[Calls], truth.CreditUsage[Tokens]);
        const string unused = """{"currentUsage":0,"usagePeriodStart":null,"usagePeriodEnd":null}""";
        var periods = $$"""
            "usagePeriodAnchor":{{Ms(SubscribedAt)}},"resetPeriod":"MONTH","resetPeriodConfiguration":{"__typename":"MonthlyResetPeriodConfig","monthlyAccordingTo":"SubscriptionStart"}
            """;
        var used = Used(withinSet, calls);
        var entitlements = string.Create(CultureInfo.InvariantCulture, $$$"""
            {"feature-api-calls":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"feature-api-calls","displayName":"API calls","featureType":"NUMBER","meterType":"Incremental","units":"call","unitsPlural":"calls"},"usageLimit":{{{limit}}},"hasUnlimitedUsage":false,"hasSoftLimit":false,"enumValues":[],{{{periods}}}},"usageData":{{{used}}},"featureUsage":{{{used[..^1]}}},{{{periods}}}}},
            "feature-regions":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"feature-regions","displayName":"Data regions","featureType":"ENUM","meterType":"None","units":"","unitsPlural":""},"usageLimit":null,"hasUnlimitedUsage":false,"hasSoftLimit":false,"enumValues":["eu","us"]},"usageData":{{{unused}}},"featureUsage":{{{unused}}}},
            "feature-seats-max":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"feature-seats-max","displayName":"Largest team","featureType":"NUMBER","meterType":"None","units":"seat","unitsPlural":"seats"},"usageLimit":25,"hasUnlimitedUsage":false,"hasSoftLimit":false,"enumValues":[]},"usageData":{{{unused}}},"featureUsage":{{{unused}}}},
            "feature-sso":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"feature-sso","displayName":"Single sign-on","featureType":"BOOLEAN","meterType":"None","units":"","unitsPlural":""},"usageLimit":null,"hasUnlimitedUsage":false,"hasSoftLimit":false,"enumValues":[]},"usageData":{{{unused}}},"featureUsage":{{{unused}}}},
            "credit_cred-type-tokens":{"calculatedEntitlement":{"type":"CREDIT","currency":{"currencyId":"cred-type-tokens","displayName":"Tokens","description":"Pays for what the model does","unitSingular":"token","unitPlural":"tokens","additionalMetaData":{"colour":"amber"}},"usageLimit":500,"hasUnlimitedUsage":false,"hasSoftLimit":false},"usageData":{{{Used(creditsWithinSet, tokens)}}}}}
            """).ReplaceLineEndings("");
        return new(StringComparer.Ordinal)
        {
            [set] = entitlements,
            [$"{set}#timestamp"] = Ms(truth.UpdatedAt),
            [$"{set}:metadata"] = """{"accessDeniedReason":null}""",
            [$"{set}:metadata#timestamp"] = Ms(truth.UpdatedAt),
            [$"{set}:f_{Calls}"] = Used(calls.CurrentUsage, calls),
            [$"{set}:f_{Calls}#timestamp"] = Ms(calls.UpdatedAt),
            [$"{set}:credit_{Tokens}"] = Used(tokens.CurrentUsage, tokens),
            [$"{set}:credit_{Tokens}#timestamp"] = Ms(tokens.UpdatedAt),
        };
    }

    private static string Used(double amount, Usage of) => string.Create(
        CultureInfo.InvariantCulture, $$"""{"currentUsage":{{amount}},"usagePeriodStart":{{Ms(of.PeriodStart)}},"usagePeriodEnd":{{Ms(of.PeriodEnd)}}}""");

    private static string Ms(DateTimeOffset? date) => date?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) ?? "null";

    // What is saved follows the answer.
    private static async Task HoldsAsync(IDatabase raw, params Dictionary<string, string>[] entries)
    {
        var expected = entries.SelectMany(entry => entry).ToDictionary(StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await Eventually.HoldsAsync(
            async () =>
            {
                found = await AllAsync(raw);
                return found.Count == expected.Count && expected.All(pair => found.GetValueOrDefault(pair.Key) == pair.Value);
            },
            TimeSpan.FromSeconds(60),
            () => string.Join('\n', expected.Keys.Union(found.Keys).Where(key => expected.GetValueOrDefault(key) != found.GetValueOrDefault(key))
                .Select(key => $"{key}\n  is        {found.GetValueOrDefault(key)}\n  and not   {expected.GetValueOrDefault(key)}")));
        foreach (var key in expected.Keys)
            (await raw.KeyTimeToLiveAsync(key)).Should().BeCloseTo(Life, TimeSpan.FromMinutes(1));
    }

    private static async Task<Dictionary<string, string>> AllAsync(IDatabase raw)
    {
        var keys = (RedisKey[])(await raw.ExecuteAsync("KEYS", "*"))!;
        var values = await raw.StringGetAsync(keys);
        return keys.Zip(values).ToDictionary(pair => pair.First.ToString(), pair => pair.Second.ToString(), StringComparer.Ordinal);
    }
}
