using FluentAssertions;
using Google.Protobuf;
using StackExchange.Redis;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Entries written by hand, in the form of each generation of Stigg's programs, answer every kind of question: a customer's and a resource's.</summary>
public sealed class FixtureSpecs
{
    private const long Date = 1_790_000_000_000;
    private const string Older = "customer-older";
    private const string Newer = "customer-newer";
    private const string Resource = "resource";

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
        foreach (var entry in (string[])[$"c_{Older}", $"c_{Older}:r_{Resource}"])
        {
            await PutAsync(raw, entry, OlderSet);
            await PutAsync(raw, $"{entry}:f_feature-metered", """{"currentUsage":40,"usagePeriodStart":null,"nextResetDate":4000000000000}""");
        }

        foreach (var entry in (string[])[$"c_{Newer}", $"c_{Newer}:r_{Resource}"])
        {
            await PutAsync(raw, entry, NewerSet);
            await PutAsync(raw, $"{entry}:metadata", """{"accessDeniedReason":null}""");
            await PutAsync(raw, $"{entry}:f_feature-metered", """{"currentUsage":40,"usagePeriodStart":null,"usagePeriodEnd":4000000000000}""");
            await PutAsync(raw, $"{entry}:credit_tokens", """{"currentUsage":120,"usagePeriodStart":null,"usagePeriodEnd":null}""");
        }

        await using var service = await redis.ServeWithoutCloudAsync();
        using var channel = service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        foreach (var customer in (string[])[Older, Newer])
        {
            await AnswersAsync(client, customer, resource: null);
            await AnswersAsync(client, customer, Resource);
        }

        foreach (var resource in (string?[])[null, Resource])
        {
            var credits = (await client.GetEntitlementV2Async(Credits(Newer, resource))).Entitlement;
            (credits.HasAccess, credits.IsFallback, credits.Credit.UsageLimit, credits.Credit.CurrentUsage, credits.Credit.Remaining)
                .Should().Be((true, false, 500, 120, 380));
            credits.Credit.Currency.DisplayName.Should().Be("Tokens");
            // The older generation knows no credits.
            (await client.GetEntitlementV2Async(Credits(Older, resource))).Entitlement.HasAccess.Should().BeFalse();
            (await client.GetEntitlementsStateV2Async(State(Newer, resource))).Entitlements.Should().HaveCount(5);
            (await client.GetEntitlementsStateV2Async(State(Older, resource))).Entitlements.Should().HaveCount(4);
        }
    }

    [RedisFact]
    public async Task What_can_t_be_read_there_is_no_error_to_whoever_asks()
    {
        const string boolean = """{"calculatedEntitlement":{"feature":{"id":"feature-boolean","featureType":"BOOLEAN"}}}""";
        const string wrongType = "customer-list";
        const string broken = "customer-broken";
        const string halved = "customer-halved";
        const string mixed = "customer-mixed";
        await using var redis = await RedisUnderTest.StartAsync();
        var raw = await redis.RawAsync();
        await raw.ListLeftPushAsync($"{RedisUnderTest.Prefix}:c_{wrongType}", "a");
        await raw.ListLeftPushAsync($"{RedisUnderTest.Prefix}:c_{wrongType}#timestamp", "a");
        await PutAsync(raw, $"c_{broken}", new string('[', 100_000));
        await PutAsync(raw, $"c_{halved}", NewerSet);
        await PutAsync(raw, $"c_{mixed}", """
            {"a": 7, "b": BOOLEAN, "c": {"calculatedEntitlement": {"feature": {"id": "x"}, "usageLimit": []}}, "d": {"calculatedEntitlement": {"type": "NEXT"}}}
            """.Replace("BOOLEAN", boolean, StringComparison.Ordinal));

        await using var service = await redis.ServeWithoutCloudAsync();
        using var channel = service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);

        foreach (var customer in (string[])[wrongType, broken, halved])
        {
            (await client.GetBooleanEntitlementAsync(new() { CustomerId = customer, FeatureId = "feature-boolean" })).Should()
                .Match<GetBooleanEntitlementResponse>(reply => !reply.HasAccess && reply.IsFallback);
        }

        (await client.GetBooleanEntitlementAsync(new() { CustomerId = mixed, FeatureId = "feature-boolean" })).Should()
            .Match<GetBooleanEntitlementResponse>(reply => reply.HasAccess && !reply.IsFallback);
        (await client.GetEntitlementsAsync(new() { CustomerId = mixed })).Entitlements.Should().ContainSingle();
        (await service.CounterAsync("sidecar_redis_unreadable_entitlements_total")).Should().BeGreaterThanOrEqualTo(3);
    }

    private static async Task AnswersAsync(SidecarService.SidecarServiceClient client, string customer, string? resource)
    {
        var boolean = await client.GetBooleanEntitlementAsync(With(new GetBooleanEntitlementRequest { FeatureId = "feature-boolean" }));
        (boolean.HasAccess, boolean.IsFallback).Should().Be((true, false));
        var numeric = await client.GetNumericEntitlementAsync(With(new GetNumericEntitlementRequest { FeatureId = "feature-numeric" }));
        (numeric.HasAccess, numeric.IsFallback, numeric.Entitlement.Value).Should().Be((true, false, 25));
        var metered = await client.GetMeteredEntitlementAsync(
            With(new GetMeteredEntitlementRequest { FeatureId = "feature-metered", Options = new() { RequestedUsage = 61 } }));
        (metered.HasAccess, metered.IsFallback, metered.Entitlement.CurrentUsage, metered.Entitlement.UsageLimit).Should().Be((false, false, 40, 100));
        metered.Entitlement.ResetPeriod.Should().Be(EntitlementResetPeriod.Month);
        metered.Entitlement.UsagePeriodEnd.ToDateTimeOffset().ToUnixTimeMilliseconds().Should().Be(4_000_000_000_000);
        var values = await client.GetEnumEntitlementAsync(
            With(new GetEnumEntitlementRequest { FeatureId = "feature-enum", Options = new() { RequestedValues = { "eu", "moon" } } }));
        (values.HasAccess, values.IsFallback).Should().Be((false, false));
        values.Entitlement.EnumValues.Should().Equal("eu", "us");

        (await AskAsync("feature-boolean")).Should().Match<GetEntitlementResponse>(reply => reply.Boolean != null && reply.HasAccess);
        (await AskAsync("feature-numeric")).Numeric.Value.Should().Be(25);
        (await AskAsync("feature-metered")).Metered.CurrentUsage.Should().Be(40);
        (await AskAsync("feature-enum")).Enum.EnumValues.Should().Equal("eu", "us");
        (await client.GetEntitlementsAsync(With(new GetEntitlementsRequest()))).Entitlements.Should().HaveCount(4);

        (await AskV2Async("feature-boolean")).Should().Match<EntitlementV2>(reply => reply.Boolean != null && reply.HasAccess && !reply.IsFallback);
        (await AskV2Async("feature-numeric")).Numeric.Value.Should().Be(25);
        (await AskV2Async("feature-metered")).Metered.CurrentUsage.Should().Be(40);
        (await AskV2Async("feature-enum")).Enum.EnumValues.Should().Equal("eu", "us");

        var none = await client.GetBooleanEntitlementAsync(With(new GetBooleanEntitlementRequest { FeatureId = "feature-none" }));
        (none.HasAccess, none.IsFallback).Should().Be((false, false));

        async Task<GetEntitlementResponse> AskAsync(string feature) =>
            await client.GetEntitlementAsync(With(new GetEntitlementRequest { FeatureId = feature }));

        async Task<EntitlementV2> AskV2Async(string feature) =>
            (await client.GetEntitlementV2Async(With(new GetEntitlementV2Request { FeatureId = feature }))).Entitlement;

        T With<T>(T request)
            where T : IMessage
        {
            request.Descriptor.FindFieldByName("customer_id").Accessor.SetValue(request, customer);
            if (resource is not null)
                request.Descriptor.FindFieldByName("resource_id").Accessor.SetValue(request, resource);
            return request;
        }
    }

    private static GetEntitlementV2Request Credits(string customer, string? resource)
    {
        var request = new GetEntitlementV2Request { CustomerId = customer, CurrencyId = "tokens" };
        if (resource is not null)
            request.ResourceId = resource;
        return request;
    }

    private static GetEntitlementsStateV2Request State(string customer, string? resource)
    {
        var request = new GetEntitlementsStateV2Request { CustomerId = customer };
        if (resource is not null)
            request.ResourceId = resource;
        return request;
    }

    private static async Task PutAsync(IDatabase raw, string key, string value)
    {
        await raw.StringSetAsync($"{RedisUnderTest.Prefix}:{key}", value);
        await raw.StringSetAsync($"{RedisUnderTest.Prefix}:{key}#timestamp", Date);
    }
}
