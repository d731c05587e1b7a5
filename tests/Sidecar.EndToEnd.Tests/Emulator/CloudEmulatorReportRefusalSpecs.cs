using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Reports;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Reports that are refused, and features that are counted from events.</summary>
public sealed class CloudEmulatorReportRefusalSpecs : ReportFixture
{
    protected override EmulatorOptions Options => new()
    {
        Data = EmulatorData.Parse(
            """
            {"features": {
               "calls": {"displayName": "Calls", "type": "NUMBER", "meter": "Incremental"},
               "logins": {"displayName": "Logins", "type": "NUMBER", "meter": "Incremental", "eventName": "signed-in"},
               "switch": {"displayName": "Switch", "type": "BOOLEAN"}},
             "customers": {
               "c": {"entitlements": {"logins": {"limit": 5}}, "usage": {"calls": 3}, "resources": {"r": {}}},
               "gone": {"archived": true}}}
            """,
            TimeProvider.System.GetUtcNow()),
    };

    [Theory]
    [InlineData("""{"customerId": "nobody", "featureId": "calls", "value": 1}""", ApiErrorCode.CustomerNotFound, "nobody")]
    [InlineData("""{"customerId": "gone", "featureId": "calls", "value": 1}""", ApiErrorCode.CustomerNotFound, "gone")]
    [InlineData("""{"customerId": "c", "resourceId": "r2", "featureId": "calls", "value": 1}""", ApiErrorCode.CustomerResourceNotFound, "r2")]
    [InlineData("""{"customerId": "c", "featureId": "nothing", "value": 1}""", ApiErrorCode.FeatureNotFound, "nothing")]
    [InlineData("""{"customerId": "c", "featureId": "switch", "value": 1}""", ApiErrorCode.BadUserInput, "no meter")]
    [InlineData("""{"customerId": "c", "featureId": "logins", "value": 1}""", ApiErrorCode.CannotReportUsageForEntitlementWithMeterError, "signed-in")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": -1, "updateBehavior": "SET"}""", ApiErrorCode.EntitlementUsageOutOfRangeError, "calls")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": -4}""", ApiErrorCode.UsageMeasurementDiffOutOfRangeError, "calls")]
    [InlineData("""{"customerId": "", "featureId": "calls", "value": 1}""", ApiErrorCode.BadUserInput, "customerId: must not be empty")]
    [InlineData("""{"customerId": "c", "featureId": "", "value": 1}""", ApiErrorCode.BadUserInput, "featureId: must not be empty")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "resourceId": ""}""", ApiErrorCode.BadUserInput, "resourceId: must not be empty")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "idempotencyKey": ""}""", ApiErrorCode.BadUserInput, "idempotencyKey")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "dimensions": "x"}""", ApiErrorCode.BadUserInput, "must be an object")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "dimensions": {"a": null}}""", ApiErrorCode.BadUserInput, "\"a\"")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "dimensions": {"a": [1]}}""", ApiErrorCode.BadUserInput, "\"a\"")]
    public async Task Report_that_does_not_fit_the_data_is_refused_with_the_code_that_says_why(string input, string code, string problem)
    {
        await AssertRefusedAsync(await AskUsageAsync(JsonElement.Parse(input)), code, problem);

        Control.FindCustomer("c")!.Usage["calls"].CurrentUsage.Should().Be(3);
        Control.Requests.Snapshot().BadRequests.Should().Be(0);
    }

    [Theory]
    [InlineData("""{"featureId": "calls", "value": 1}""", "customerId")]
    [InlineData("""{"customerId": "c", "value": 1}""", "featureId")]
    [InlineData("""{"customerId": "c", "featureId": "calls"}""", "value")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": "1"}""", "value")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "updateBehavior": "ADD"}""", "updateBehavior")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "createdAt": "yesterday"}""", "createdAt")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "createdAt": "2026-01-01T00:00:00"}""", "createdAt")]
    [InlineData("""{"customerId": "c", "featureId": "calls", "value": 1, "amount": 1}""", "amount")]
    public async Task Input_that_does_not_fit_the_schema_is_refused_with_status_400(string input, string problem)
    {
        // The document itself is known to be right.
        await ReportUsageAsync(new { customerId = "c", featureId = "calls", value = 1 });

        using var response = await AskUsageAsync(JsonElement.Parse(input));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var (message, code) = await ErrorOf(response);
        message.Should().Contain(problem);
        code.Should().Be("BadUserInput");
        Ledger.Snapshot().Total.Should().Be(1);
    }

    [Theory]
    [InlineData("mutation ReportUsage($input: ReportUsageInput!) { reportUsage(input: $input) }", "must have a sub selection")]
    [InlineData("mutation ReportUsage($input: ReportUsageInput!) { reportUsage(input: $input) { secret } }", "secret")]
    [InlineData("mutation ReportUsage($input: ReportedUsageInput!) { reportUsage(input: $input) { id } }", "ReportUsageInput!")]
    [InlineData("mutation ReportUsage($input: UsageEventsReportInput!) { reportEvent(events: $input) { id } }", "sub selection")]
    [InlineData("mutation ReportUsage($input: UsageEventsReportInput!) { reportEvent(input: $input) }", "input")]
    [InlineData("query ReportUsage($input: ReportUsageInput!) { reportUsage(input: $input) { id } }", "reportUsage")]
    public async Task Document_that_does_not_fit_the_schema_is_refused(string document, string problem)
    {
        using var response = await AskAsync(
            "ReportUsage", document, new { input = new { customerId = "c", featureId = "calls", value = 1 } });

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await ErrorOf(response)).Message.Should().Contain(problem);
        Ledger.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Report_with_a_wrong_key_is_told_so_and_not_counted()
    {
        using var response = await AskUsageAsync(new { customerId = "c", featureId = "calls", value = 1 }, "another key");

        await AssertRefusedAsync(response, ApiErrorCode.Unauthenticated, "Unauthenticated");
        Control.Requests.Snapshot().Unauthorized.Should().Be(1);
    }

    [Fact]
    public async Task Report_over_a_socket_of_updates_is_refused()
    {
        using var client = await GreetAsync();

        await client.SendAsync(new
        {
            id = "1",
            type = "subscribe",
            payload = new
            {
                operationName = "ReportUsage",
                query = UsageReport,
                variables = new { input = new { customerId = "c", featureId = "calls", value = 1 } },
            },
        });

        (await client.ReceiveAsync()).GetProperty("type").GetString().Should().Be("error");
        Ledger.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Events_raise_the_usage_of_the_feature_that_is_counted_from_them()
    {
        await ReportEventsAsync(
            Event("e1", customerId: "c"), Event("e2", customerId: "c"), Event("e2", customerId: "c"),
            Event("e3", "something else", "c"), Event("e4", customerId: "nobody"), Event("e5", customerId: "gone"));

        Feature(await StateAsync("c"), "logins").GetProperty("currentUsage").GetDouble().Should().Be(2);
        Ledger.Snapshot().Events.Should().Be(5);
        Ledger.Snapshot().Measurements.Should().Be(0);
    }

    [Fact]
    public void Feature_without_a_meter_is_not_counted_from_events()
    {
        FluentActions.Invoking(() => EmulatorData.Parse(
                """{"features": {"f": {"displayName": "F", "type": "BOOLEAN", "eventName": "e"}}}""", TimeProvider.System.GetUtcNow()))
            .Should().Throw<EmulatorDataException>().WithMessage("$.features.f.eventName*");
    }
}
