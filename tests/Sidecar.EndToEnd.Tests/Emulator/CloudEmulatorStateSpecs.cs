using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What a read says, on a clock that stands.</summary>
public sealed class CloudEmulatorStateSpecs : EmulatorFixture
{
    private readonly StandingClock _clock = new(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));

    protected override EmulatorOptions Options => new() { Time = _clock };

    [Fact]
    public async Task Unknown_customer_is_answered_with_CustomerNotFound()
    {
        var state = await StateAsync("nobody");

        Reason(state).Should().Be("CustomerNotFound");
        Count(state).Should().Be(0);
    }

    [Fact]
    public async Task Archived_customer_is_answered_with_CustomerIsArchived()
    {
        var state = await StateAsync("customer-archived");

        Reason(state).Should().Be("CustomerIsArchived");
        Count(state).Should().Be(0);
        Reason(await StateAsync("customer-archived", "any")).Should().Be("CustomerIsArchived");
    }

    [Fact]
    public async Task Customer_without_a_plan_has_what_was_granted_beside_it()
    {
        Control.PutCustomer("empty", "{}");

        var empty = await StateAsync("empty");
        Reason(empty).Should().Be("NoActiveSubscription");
        Count(empty).Should().Be(0);
        var granted = await StateAsync("customer-without-plan");
        Reason(granted).Should().Be("NoActiveSubscription");
        Feature(granted, "feature-regions").GetProperty("isGranted").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public async Task Resource_has_entitlements_of_its_own()
    {
        var north = await StateAsync("customer-workspaces", "workspace-north");

        Count(north).Should().Be(2);
        Feature(north, "feature-documents").GetProperty("currentUsage").GetDouble().Should().Be(120);
        Reason(await StateAsync("customer-workspaces", "workspace-idle")).Should().Be("NoActiveSubscription");
    }

    [Fact]
    public async Task Unknown_resource_of_a_known_customer_is_an_empty_list_without_a_reason()
    {
        var state = await StateAsync("customer-workspaces", "workspace-west");

        Reason(state).Should().BeNull();
        Count(state).Should().Be(0);
        Reason(await StateAsync("nobody", "workspace-west")).Should().Be("CustomerNotFound");
    }

    [Fact]
    public async Task Metered_feature_is_told_in_full()
    {
        var calls = Feature(await StateAsync("customer-demo"), "feature-api-calls");

        // 45 days before 10 March are 24 January.
        AssertJson(calls, """
            {"__typename": "FeatureEntitlement", "isGranted": true, "accessDeniedReason": null,
             "usageLimit": 1000, "hasUnlimitedUsage": false, "hasSoftLimit": false, "currentUsage": 25, "enumValues": null,
             "entitlementUpdatedAt": "2026-01-24T00:00:00.000Z", "usageUpdatedAt": "2026-03-10T12:00:00.000Z",
             "usagePeriodAnchor": "2026-01-24T00:00:00.000Z",
             "usagePeriodStart": "2026-02-24T00:00:00.000Z", "usagePeriodEnd": "2026-03-24T00:00:00.000Z",
             "resetPeriod": "MONTH",
             "resetPeriodConfiguration": {"__typename": "MonthlyResetPeriodConfig", "monthlyAccordingTo": "SubscriptionStart"},
             "feature": {"__typename": "EntitlementFeature", "refId": "feature-api-calls", "displayName": "API calls",
               "description": null, "featureType": "NUMBER", "meterType": "Incremental",
               "featureUnits": "call", "featureUnitsPlural": "calls", "unitTransformation": null},
             "creditRate": null, "validUntil": null}
            """);
    }

    [Fact]
    public async Task Credits_are_told_in_full()
    {
        var tokens = Credit(await StateAsync("customer-demo"), "cred-type-tokens");

        AssertJson(tokens, """
            {"__typename": "CreditEntitlement", "isGranted": true, "accessDeniedReason": null,
             "currency": {"currencyId": "cred-type-tokens", "displayName": "Tokens", "description": "Pays for what the model does",
               "unitSingular": "token", "unitPlural": "tokens", "additionalMetaData": {"colour": "amber"}},
             "usageLimit": 500, "currentUsage": 120, "hasSoftLimit": false,
             "usageUpdatedAt": "2026-03-10T12:00:00.000Z", "entitlementUpdatedAt": "2026-01-24T00:00:00.000Z",
             "usagePeriodEnd": "2026-03-24T00:00:00.000Z", "validUntil": null}
            """);
    }

    [Fact]
    public async Task Each_kind_of_feature_is_told_by_its_fields()
    {
        var pro = await StateAsync("customer-demo");
        var enterprise = await StateAsync("customer-enterprise");
        var trial = await StateAsync("customer-trial");

        Feature(pro, "feature-sso").GetProperty("feature").GetProperty("featureType").GetString().Should().Be("BOOLEAN");
        var seatsMax = Feature(pro, "feature-seats-max");
        seatsMax.GetProperty("usageLimit").GetDouble().Should().Be(25);
        seatsMax.GetProperty("currentUsage").ValueKind.Should().Be(JsonValueKind.Null);
        Feature(pro, "feature-regions").GetProperty("enumValues").EnumerateArray().Select(value => value.GetString()).Should().Equal("eu", "us");
        Feature(pro, "feature-exports").GetProperty("hasSoftLimit").GetBoolean().Should().BeTrue();
        Feature(pro, "feature-ai-summaries").GetProperty("creditRate").GetProperty("amount").GetDouble().Should().Be(2);
        var unlimited = Feature(enterprise, "feature-api-calls");
        unlimited.GetProperty("hasUnlimitedUsage").GetBoolean().Should().BeTrue();
        unlimited.GetProperty("usageLimit").ValueKind.Should().Be(JsonValueKind.Null);
        Feature(enterprise, "feature-seats").GetProperty("usageLimit").GetDouble().Should().Be(350);
        Feature(enterprise, "feature-audit-log").GetProperty("accessDeniedReason").GetString().Should().Be("Revoked");
        Feature(trial, "feature-sso").GetProperty("validUntil").GetString().Should().Be("2026-03-24T12:00:00.000Z");
    }

    [Theory]
    [InlineData("2026-01-31T10:00:00Z", "MONTH", null, "2026-02-28T10:00:00.000Z", "2026-03-31T10:00:00.000Z")]
    [InlineData("2025-12-31T00:00:00+02:00", "MONTH", null, "2026-02-28T22:00:00.000Z", "2026-03-30T22:00:00.000Z")]
    [InlineData("2024-02-29T00:00:00Z", "YEAR", null, "2026-02-28T00:00:00.000Z", "2027-02-28T00:00:00.000Z")]
    [InlineData("2025-11-17T08:00:00Z", "MONTH", "StartOfTheMonth", "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z")]
    [InlineData("2026-01-01T08:00:00Z", "WEEK", null, "2026-03-05T08:00:00.000Z", "2026-03-12T08:00:00.000Z")]
    [InlineData("2026-01-01T08:00:00Z", "WEEK", "EverySunday", "2026-03-08T00:00:00.000Z", "2026-03-15T00:00:00.000Z")]
    [InlineData("2026-01-01T13:30:00Z", "DAY", null, "2026-03-09T13:30:00.000Z", "2026-03-10T13:30:00.000Z")]
    [InlineData("2026-01-01T00:20:00Z", "HOUR", null, "2026-03-10T11:20:00.000Z", "2026-03-10T12:20:00.000Z")]
    [InlineData("2026-04-01T00:00:00Z", "DAY", null, "2026-04-01T00:00:00.000Z", "2026-04-02T00:00:00.000Z")]
    public async Task Usage_period_is_counted_from_the_subscription(string subscribedAt, string period, string? accordingTo, string start, string end)
    {
        var rule = accordingTo is null ? "" : $", \"resetAccordingTo\": \"{accordingTo}\"";
        Control.PutCustomer("c", $$"""
            {"plan": "pro", "subscribedAt": "{{subscribedAt}}",
             "entitlements": {"feature-api-calls": {"resetPeriod": "{{period}}"{{rule}} } } }
            """);

        var calls = Feature(await StateAsync("c"), "feature-api-calls");

        calls.GetProperty("usagePeriodStart").GetString().Should().Be(start);
        calls.GetProperty("usagePeriodEnd").GetString().Should().Be(end);
    }

    [Fact]
    public async Task Usage_counts_from_0_in_a_new_period()
    {
        Control.SetUsage("customer-workspaces", "feature-api-calls", 7, resourceId: "workspace-north");

        _clock.Now += TimeSpan.FromHours(1);

        var state = await StateAsync("customer-workspaces", "workspace-north");
        Feature(state, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(0);
        Feature(state, "feature-documents").GetProperty("currentUsage").GetDouble().Should().Be(120);
    }

    [Fact]
    public async Task Period_that_the_data_gives_is_told_with_its_usage_even_when_it_is_over()
    {
        Control.PutCustomer("late", """
            {"plan": "pro", "usage": {"feature-api-calls": {"currentUsage": 900, "usageUpdatedAt": "2026-01-20T00:00:00Z",
             "usagePeriodAnchor": "2025-12-31T00:00:00Z",
             "usagePeriodStart": "2025-12-31T00:00:00Z", "usagePeriodEnd": "2026-01-31T00:00:00Z"}}}
            """);

        var calls = Feature(await StateAsync("late"), "feature-api-calls");

        calls.GetProperty("currentUsage").GetDouble().Should().Be(900);
        calls.GetProperty("usagePeriodAnchor").GetString().Should().Be("2025-12-31T00:00:00.000Z");
        calls.GetProperty("usagePeriodEnd").GetString().Should().Be("2026-01-31T00:00:00.000Z");
    }

    [Fact]
    public async Task Change_of_a_customer_moves_its_date_and_not_that_of_its_usage()
    {
        Control.ChangeCustomer("customer-demo", customer => customer with { Plan = "enterprise" });

        var first = Feature(await StateAsync("customer-demo"), "feature-api-calls");
        first.GetProperty("entitlementUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.000Z");
        first.GetProperty("usageUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.000Z");

        // The clock stands, yet the second change is the later one.
        Control.ChangeCustomer("customer-demo", customer => customer with { Plan = "pro" });

        var second = Feature(await StateAsync("customer-demo"), "feature-api-calls");
        second.GetProperty("entitlementUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.001Z");
        second.GetProperty("usageUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.000Z");
    }

    [Fact]
    public async Task Change_of_usage_moves_its_own_date_alone()
    {
        Control.SetUsage("customer-demo", "feature-api-calls", 26);
        Control.SetCreditUsage("customer-demo", "cred-type-tokens", 130, usageUpdatedAt: _clock.Now.AddMinutes(-5));

        var state = await StateAsync("customer-demo");
        var calls = Feature(state, "feature-api-calls");
        calls.GetProperty("currentUsage").GetDouble().Should().Be(26);
        calls.GetProperty("usageUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.001Z");
        calls.GetProperty("entitlementUpdatedAt").GetString().Should().Be("2026-01-24T00:00:00.000Z");
        Feature(state, "feature-seats").GetProperty("usageUpdatedAt").GetString().Should().Be("2026-03-10T12:00:00.000Z");
        Credit(state, "cred-type-tokens").GetProperty("usageUpdatedAt").GetString().Should().Be("2026-03-10T11:55:00.000Z");
    }

    [Fact]
    public async Task Date_that_a_change_brings_along_is_kept()
    {
        var past = _clock.Now.AddYears(-3);
        Control.ChangeCustomer("customer-demo", customer => customer with { UpdatedAt = past });

        Feature(await StateAsync("customer-demo"), "feature-sso").GetProperty("entitlementUpdatedAt").GetString()
            .Should().Be(past.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    private static void AssertJson(JsonElement actual, string expected)
    {
        using var document = JsonDocument.Parse(expected);
        JsonElement.DeepEquals(actual, document.RootElement).Should().BeTrue("the wire has this form, but it is {0}", actual);
    }
}
