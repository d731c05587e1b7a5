using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Reports;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>An emulator and a client that reports usage to it, new for each spec.</summary>
public abstract class ReportFixture : ApiFixture
{
    private const string Selection = """
        {
          id featureId customerId resourceId currentUsage usagePeriodStart usagePeriodEnd nextResetDate timestamp
          credit { currencyId currentUsage usageLimit usagePeriodEnd timestamp consumed }
        }
        """;

    protected const string UsageReport =
        $$"""mutation ReportUsage($input: ReportUsageInput!) { reportUsage(input: $input) {{Selection}} }""";

    protected const string BulkReport =
        $$"""mutation ReportUsageBulk($input: ReportUsageBulkInput!) { reportUsageBulk(input: $input) {{Selection}} }""";

    protected const string EventReport =
        "mutation ReportEvent($input: UsageEventsReportInput!) { reportEvent(events: $input) }";

    protected UsageLedger Ledger => Control.Ledger;

    /// <summary>API calls of the demo customer.</summary>
    protected static object Calls(double value, string? key = null) =>
        new { customerId = "customer-demo", featureId = "feature-api-calls", value, idempotencyKey = key };

    protected static object Event(string key, string eventName = "signed-in", string customerId = "customer-demo") =>
        new { customerId, eventName, idempotencyKey = key };

    protected Task<HttpResponseMessage> AskUsageAsync(object input, string? apiKey = EmulatorOptions.DefaultApiKey) =>
        AskAsync("ReportUsage", UsageReport, new { input }, apiKey);

    protected Task<HttpResponseMessage> AskBulkAsync(IEnumerable<object> usages) =>
        AskAsync("ReportUsageBulk", BulkReport, new { input = new { usages } });

    protected Task<HttpResponseMessage> AskEventsAsync(IEnumerable<object> usageEvents) =>
        AskAsync("ReportEvent", EventReport, new { input = new { usageEvents } });

    protected async Task<JsonElement> ReportUsageAsync(object input) => await ToldAsync(await AskUsageAsync(input), "reportUsage");

    protected async Task<List<JsonElement>> ReportBulkAsync(params object[] usages) =>
        [.. (await ToldAsync(await AskBulkAsync(usages), "reportUsageBulk")).EnumerateArray()];

    protected async Task ReportEventsAsync(params object[] usageEvents) =>
        (await ToldAsync(await AskEventsAsync(usageEvents), "reportEvent")).ValueKind.Should().Be(JsonValueKind.Null);

    protected async Task<double> CallsAsync() =>
        Feature(await StateAsync("customer-demo"), "feature-api-calls").GetProperty("currentUsage").GetDouble();

    /// <summary>Asserts that a report was refused with this code and message, and that nothing was counted.</summary>
    protected async Task AssertRefusedAsync(HttpResponseMessage response, string code, string problem)
    {
        using (response)
        {
            response.StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
            var body = await JsonOf(response);
            body.TryGetProperty("data", out _).Should().BeFalse();
            var error = body.GetProperty("errors").EnumerateArray().Should().ContainSingle().Subject;
            error.GetProperty("extensions").GetProperty("code").GetString().Should().Be(code);
            error.GetProperty("extensions").GetProperty("traceId").GetString().Should().NotBeEmpty();
            error.GetProperty("message").GetString().Should().Contain(problem);
            Ledger.Snapshot().Total.Should().Be(0);
        }
    }

    private async Task<JsonElement> ToldAsync(HttpResponseMessage response, string field)
    {
        using (response)
        {
            response.EnsureSuccessStatusCode();
            var body = await JsonOf(response);
            body.TryGetProperty("errors", out var errors).Should().BeFalse("there are {0}", errors);
            return body.GetProperty("data").GetProperty(field);
        }
    }
}
