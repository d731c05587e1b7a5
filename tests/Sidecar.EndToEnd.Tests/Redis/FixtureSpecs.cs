using FluentAssertions;
using StackExchange.Redis;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Entries written by hand, in the form of each generation of Stigg's programs, answer every kind of question.</summary>
public sealed class FixtureSpecs
{
    private const long Date = 1_790_000_000_000;
    private const string Older = "customer-older";
    private const string Newer = "customer-newer";

    private const string OlderSet = """
        {
          "feature-boolean": {
            "calculatedEntitlement": {"feature": {"id": "feature-boolean", "featureType": "BOOLEAN", "units": "", "unitsPlural": ""},
              "hasUnlimitedUsage": false, "hasSoftLimit": false, "enumValues": []},
            "featureUsage": {"currentUsage": 0}},
          "feature-numeric": {
            "calculatedEntitlement": {"feature": {"id": "feature-numeric", "featureType": "NUMBER", "meterType": "None", "units": "seat", "unitsPlural": "seats"},
              "usageLimit": 25, "hasUnlimitedUsage": false, "hasSoftLimit": false, "enumValues": []},
            "featureUsage": {"currentUsage": 0}},
          "feature-metered": {
            "calculatedEntitlement": {"feature": {"id": "feature-metered", "featureType": "NUMBER", "meterType": "Incremental", "units": "call", "unitsPlural": "calls"},
              "usageLimit": 100, "hasUnlimitedUsage": false, "hasSoftLimit": false, "enumValues": []},
            "featureUsage": {"currentUsage": 1, "resetPeriod": "MONTH", "usagePeriodAnchor": 1789000000000, "resetPeriodConfiguration": {"monthlyAccordingTo": "SubscriptionStart"}}},
          "feature-enum": {
            "calculatedEntitlement": {"feature": {"id": "feature-enum", "featureType": "ENUM", "units": "", "unitsPlural": ""},
              "hasUnlimitedUsage": false, "hasSoftLimit": false, "enumValues": ["eu", "us"]},
            "featureUsage": {"currentUsage": 0}}
        }
        """;

    private const string NewerSet = """
        {
          "1": {"calculatedEntitlement": {"type": "FEATURE", "feature": {"id": "feature-boolean", "displayName": "On or off", "featureType": "BOOLEAN"}, "hasUnlimitedUsage": false, "hasSoftLimit": false}},
          "2": {"calculatedEntitlement": {"type": "FEATURE", "feature": {"id": "feature-numeric", "displayName": "Seats", "featureType": "NUMBER"},
            "usageLimit": 25, "hasUnlimitedUsage": false, "hasSoftLimit": false}},
          "3": {"calculatedEntitlement": {"type": "FEATURE", "feature": {"id": "feature-metered", "displayName": "Calls", "featureType": "NUMBER", "meterType": "Incremental", "units": "call", "unitsPlural": "calls"},
            "usageLimit": 100, "hasUnlimitedUsage": false, "hasSoftLimit": false, "resetPeriod": "MONTH", "usagePeriodAnchor": 1789000000000,
            "resetPeriodConfiguration": {"monthlyAccordingTo": "SubscriptionStart"}}, "usageData": {"currentUsage": 1}},
          "4": {"calculatedEntitlement": {"type": "FEATURE", "feature": {"id": "feature-enum", "displayName": "Regions", "featureType": "ENUM"}, "hasUnlimitedUsage": false, "hasSoftLimit": false, "enumValues": ["eu", "us"]}},
          "5": {"calculatedEntitlement": {"type": "CREDIT", "currency": {"currencyId": "tokens", "displayName": "Tokens", "unitSingular": "token", "unitPlural": "tokens"}, "usageLimit": 500, "hasSoftLimit": false},
            "usageData": {"currentUsage": 1}}
        }
        """;

    [RedisFact]
    public async Task Entries_of_both_generations_answer_every_kind_of_question_without_the_cloud()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        var raw = await redis.RawAsync();
        await PutAsync(raw, $"c_{Older}", OlderSet);
        await PutAsync(raw, $"c_{Older}:f_feature-metered", """{"currentUsage":40,"usagePeriodStart":null,"nextResetDate":4000000000000}""");
        await PutAsync(raw, $"c_{Newer}", NewerSet);
        await PutAsync(raw, $"c_{Newer}:metadata", """{"accessDeniedReason":null}""");
        await PutAsync(raw, $"c_{Newer}:f_feature-metered", """{"currentUsage":40,"usagePeriodStart":null,"usagePeriodEnd":4000000000000}""");
        await PutAsync(raw, $"c_{Newer}:credit_tokens", """{"currentUsage":120,"usagePeriodStart":null,"usagePeriodEnd":null}""");

        await using var service = await redis.ServeWithoutCloudAsync();
        using var channel = service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        foreach (var customer in (string[])[Older, Newer])
        {
            var boolean = await client.GetBooleanEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-boolean" });
            (boolean.HasAccess, boolean.IsFallback).Should().Be((true, false));
            var numeric = await client.GetNumericEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-numeric" });
            (numeric.IsFallback, numeric.Entitlement.Value).Should().Be((false, 25));
            var metered = await client.GetMeteredEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-metered", Options = new() { RequestedUsage = 61 } });
            (metered.HasAccess, metered.IsFallback, metered.Entitlement.CurrentUsage, metered.Entitlement.UsageLimit).Should().Be((false, false, 40, 100));
            metered.Entitlement.ResetPeriod.Should().Be(EntitlementResetPeriod.Month);
            var values = new GetEnumEntitlementRequest { CustomerId = customer, FeatureId = "feature-enum", Options = new() { RequestedValues = { "eu", "moon" } } };
            (await client.GetEnumEntitlementAsync(values)).Should().Match<GetEnumEntitlementResponse>(reply => !reply.HasAccess && !reply.IsFallback);
            (await client.GetEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-metered" })).Metered.CurrentUsage.Should().Be(40);
            (await client.GetEntitlementsAsync(new() { CustomerId = customer })).Entitlements.Should().HaveCount(4);
            (await client.GetBooleanEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-none" })).Should()
                .Match<GetBooleanEntitlementResponse>(reply => !reply.HasAccess && !reply.IsFallback);
        }

        var credits = (await client.GetEntitlementV2Async(new() { CustomerId = Newer, CurrencyId = "tokens" })).Entitlement;
        (credits.HasAccess, credits.IsFallback, credits.Credit.Remaining).Should().Be((true, false, 380));
        (await client.GetEntitlementsStateV2Async(new() { CustomerId = Newer })).Entitlements.Should().HaveCount(5);
    }

    private static async Task PutAsync(IDatabase raw, string key, string value)
    {
        await raw.StringSetAsync($"{RedisUnderTest.Prefix}:{key}", value);
        await raw.StringSetAsync($"{RedisUnderTest.Prefix}:{key}#timestamp", Date);
    }
}
