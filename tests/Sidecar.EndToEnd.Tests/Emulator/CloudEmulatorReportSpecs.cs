using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Reports;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What one reported measurement does, and what is told of it.</summary>
public sealed class CloudEmulatorReportSpecs : ReportFixture
{
    private readonly StandingClock _clock = new(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));

    protected override EmulatorOptions Options => new() { Time = _clock };

    [Fact]
    public async Task Difference_is_added_to_the_usage_and_told_with_its_period()
    {
        var told = await ReportUsageAsync(Calls(5));

        told.GetProperty("id").GetGuid().Should().NotBeEmpty();
        told.GetProperty("customerId").GetString().Should().Be("customer-demo");
        told.GetProperty("featureId").GetString().Should().Be("feature-api-calls");
        told.GetProperty("resourceId").ValueKind.Should().Be(JsonValueKind.Null);
        told.GetProperty("currentUsage").GetDouble().Should().Be(30);
        told.GetProperty("credit").ValueKind.Should().Be(JsonValueKind.Null);
        var read = Feature(await StateAsync("customer-demo"), "feature-api-calls");
        read.GetProperty("currentUsage").GetDouble().Should().Be(30);
        told.GetProperty("timestamp").GetString().Should().Be(read.GetProperty("usageUpdatedAt").GetString());
        told.GetProperty("usagePeriodStart").GetString().Should().Be(read.GetProperty("usagePeriodStart").GetString());
        told.GetProperty("usagePeriodEnd").GetString().Should().Be(read.GetProperty("usagePeriodEnd").GetString());
        told.GetProperty("nextResetDate").GetString().Should().Be(read.GetProperty("usagePeriodEnd").GetString());
    }

    [Theory]
    [InlineData("DELTA", 3, 28)]
    [InlineData("DELTA", -20.5, 4.5)]
    [InlineData("SET", 3, 3)]
    [InlineData("SET", 0, 0)]
    public async Task Behavior_says_whether_the_value_is_added_or_set(string updateBehavior, double value, double expected)
    {
        var told = await ReportUsageAsync(
            new { customerId = "customer-demo", featureId = "feature-api-calls", value, updateBehavior });

        told.GetProperty("currentUsage").GetDouble().Should().Be(expected);
        (await CallsAsync()).Should().Be(expected);
        Ledger.Entries().Single().Behavior.Should().Be(updateBehavior is "SET" ? UpdateBehavior.Set : UpdateBehavior.Delta);
    }

    [Fact]
    public async Task Each_report_is_dated_later_than_the_one_before_even_where_it_changes_nothing()
    {
        var first = await ReportUsageAsync(Calls(1));
        var second = await ReportUsageAsync(Calls(0));

        second.GetProperty("timestamp").GetDateTimeOffset().Should().BeAfter(first.GetProperty("timestamp").GetDateTimeOffset());
        second.GetProperty("currentUsage").GetDouble().Should().Be(26);
    }

    [Fact]
    public async Task Usage_that_is_paid_in_credits_takes_them_and_tells_the_balance()
    {
        var told = await ReportUsageAsync(new { customerId = "customer-demo", featureId = "feature-ai-summaries", value = 10 });

        told.GetProperty("currentUsage").GetDouble().Should().Be(70);
        var credit = told.GetProperty("credit");
        credit.GetProperty("currencyId").GetString().Should().Be("cred-type-tokens");
        credit.GetProperty("currentUsage").GetDouble().Should().Be(140);
        credit.GetProperty("usageLimit").GetDouble().Should().Be(500);
        credit.GetProperty("consumed").GetDouble().Should().Be(20);
        var read = Credit(await StateAsync("customer-demo"), "cred-type-tokens");
        read.GetProperty("currentUsage").GetDouble().Should().Be(140);
        credit.GetProperty("usagePeriodEnd").GetString().Should().Be(read.GetProperty("usagePeriodEnd").GetString());
        credit.GetProperty("timestamp").GetString().Should().Be(read.GetProperty("usageUpdatedAt").GetString());
        Ledger.Entries().Single().ConsumedCredits.Should().Be(20);
    }

    [Theory]
    [InlineData("SET", 50, -20, 100)]
    [InlineData("SET", 61, 2, 122)]
    [InlineData("DELTA", -60, -120, 0)]
    public async Task Credits_follow_the_change_of_the_usage(string updateBehavior, double value, double consumed, double used)
    {
        var told = await ReportUsageAsync(
            new { customerId = "customer-demo", featureId = "feature-ai-summaries", value, updateBehavior });

        told.GetProperty("credit").GetProperty("consumed").GetDouble().Should().Be(consumed);
        told.GetProperty("credit").GetProperty("currentUsage").GetDouble().Should().Be(used);
    }

    [Fact]
    public async Task Credits_without_a_grant_are_counted_against_nothing()
    {
        Control.PutCustomer("c", """
            {"entitlements": {"feature-seats": {"limit": 5, "creditRate": {"amount": 3, "currencyId": "cred-type-tokens"}}}}
            """);

        var credit = (await ReportUsageAsync(new { customerId = "c", featureId = "feature-seats", value = 2 })).GetProperty("credit");

        credit.GetProperty("currentUsage").GetDouble().Should().Be(6);
        credit.GetProperty("usageLimit").GetDouble().Should().Be(0);
        credit.GetProperty("usagePeriodEnd").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task Usage_of_a_resource_is_its_own()
    {
        var told = await ReportUsageAsync(new
        {
            customerId = "customer-workspaces",
            resourceId = "workspace-north",
            featureId = "feature-documents",
            value = 4,
        });

        told.GetProperty("resourceId").GetString().Should().Be("workspace-north");
        told.GetProperty("currentUsage").GetDouble().Should().Be(124);
        told.GetProperty("usagePeriodEnd").ValueKind.Should().Be(JsonValueKind.Null);
        Feature(await StateAsync("customer-workspaces", "workspace-north"), "feature-documents")
            .GetProperty("currentUsage").GetDouble().Should().Be(124);
        Feature(await StateAsync("customer-workspaces"), "feature-documents").GetProperty("currentUsage").GetDouble().Should().Be(0);
        Control.Requests.Recorded()[0].ResourceId.Should().Be("workspace-north");
    }

    [Fact]
    public async Task Usage_of_a_period_that_is_over_is_not_added_to()
    {
        await ReportUsageAsync(Calls(5));
        _clock.Now = _clock.Now.AddDays(40);

        (await ReportUsageAsync(Calls(7))).GetProperty("currentUsage").GetDouble().Should().Be(7);

        (await CallsAsync()).Should().Be(7);
    }

    [Fact]
    public async Task Usage_without_an_entitlement_and_beyond_a_limit_is_counted()
    {
        Control.PutCustomer("c", "{}");

        var bare = await ReportUsageAsync(new { customerId = "c", featureId = "feature-api-calls", value = 2 });
        var beyond = await ReportUsageAsync(new { customerId = "customer-at-limit", featureId = "feature-api-calls", value = 500 });

        bare.GetProperty("currentUsage").GetDouble().Should().Be(2);
        bare.GetProperty("usagePeriodEnd").ValueKind.Should().Be(JsonValueKind.Null);
        beyond.GetProperty("currentUsage").GetDouble().Should().Be(1500);
    }

    [Fact]
    public async Task Everything_that_is_reported_is_in_the_ledger()
    {
        await ReportUsageAsync(new
        {
            customerId = "customer-workspaces",
            resourceId = "workspace-north",
            featureId = "feature-documents",
            value = 1.5,
            updateBehavior = "DELTA",
            createdAt = "2025-12-31T23:59:59.500+01:00",
            dimensions = new { region = "eü", seats = 3, ratio = 0.5, trial = false },
            idempotencyKey = "key 1",
        });

        Ledger.Entries().Should().ContainSingle().Which.Should().BeEquivalentTo(new LedgerEntry
        {
            Number = 1,
            Kind = LedgerKind.Measurement,
            CustomerId = "customer-workspaces",
            ResourceId = "workspace-north",
            Name = "feature-documents",
            Value = 1.5,
            Behavior = UpdateBehavior.Delta,
            CurrentUsage = 121.5,
            IdempotencyKey = "key 1",
            CreatedAt = new DateTimeOffset(2025, 12, 31, 22, 59, 59, 500, TimeSpan.Zero),
            Dimensions = """{"region":"eü","seats":3,"ratio":0.5,"trial":false}""",
            ProcessedAt = _clock.Now,
        });
    }

    [Fact]
    public async Task Measurement_that_is_repeated_counts_twice()
    {
        await ReportUsageAsync(Calls(1, "again"));
        await ReportUsageAsync(Calls(1, "again"));

        (await CallsAsync()).Should().Be(27);
        Ledger.CountOf("again").Should().Be(2);
        Ledger.Snapshot().RepeatedKeys.Should().Be(1);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_told_under_the_name_that_is_asked_for()
    {
        using var response = await AskAsync(
            "R",
            """mutation R { it: reportUsage(input: {customerId: "customer-demo", featureId: "feature-api-calls", value: 2, updateBehavior: SET}) { used: currentUsage } }""",
            variables: null);

        (await response.Content.ReadAsStringAsync(InTime)).Should().Be("""{"data":{"it":{"used":2}}}""");
    }

    [Fact]
    public async Task Raw_state_of_a_customer_is_no_answer_to_its_reports()
    {
        Control.SetRawState("customer-demo", "{}");

        (await ReportUsageAsync(Calls(1))).GetProperty("currentUsage").GetDouble().Should().Be(26);
    }

    [Fact]
    public async Task Reports_are_counted_by_their_kind()
    {
        await ReportUsageAsync(Calls(1));
        await ReportBulkAsync(Calls(1), Calls(1));
        await ReportEventsAsync(Event("e1"));
        await Control.WaitForRequestsAsync(RequestKey.ApiEvents, 1, InTime);

        using var response = await SendAsync(HttpMethod.Get, "/_control/counters");
        var counters = await JsonOf(response);
        counters.GetProperty("apiUsage").GetInt32().Should().Be(1);
        counters.GetProperty("apiUsageBulk").GetInt32().Should().Be(1);
        counters.GetProperty("apiEvents").GetInt32().Should().Be(1);
        Control.Requests.Recorded().Select(request => (request.Operation, request.CustomerId)).Should().Equal(
            ("ReportUsage", "customer-demo"), ("ReportUsageBulk", "customer-demo"), ("ReportEvent", "customer-demo"));
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
