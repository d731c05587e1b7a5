using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>What the cloud is told of a report, by the upstream contract.</summary>
public sealed class ReportRequestsSpecs
{
    private static readonly Measurement Plain = new(new EntryKey("c"), "f", 3, "key");

    [Fact]
    public void A_measurement_is_one_input()
    {
        var report = new UsageReport([Plain with
        {
            Key = new EntryKey("c", "r"),
            IsSet = true,
            At = new DateTimeOffset(2026, 10, 2, 14, 0, 0, 123, TimeSpan.FromHours(2)),
            Dimensions =
            [
                new Dimension("flag", new EventDimensionValue { BooleanValue = false }),
                new Dimension("number", new EventDimensionValue { NumberValue = 1.5 }),
                new Dimension("text", new EventDimensionValue { StringValue = "" }),
            ],
        }], IsBulk: false);

        Input(report, "ReportUsage", "mutation ReportUsage($input: ReportUsageInput!)", "reportUsage(input: $input)").ToJsonString().Should().Be(
            """
            {"customerId":"c","featureId":"f","value":3,"resourceId":"r","updateBehavior":"SET","createdAt":"2026-10-02T12:00:00.123Z",
            "dimensions":{"flag":false,"number":1.5,"text":""},"idempotencyKey":"key"}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData("<&'+`>")]
    [InlineData("\u00e4\u20ac\u4e2d")]
    public void A_text_takes_its_own_size(string text)
    {
        var body = ReportRequests.Body(new UsageReport([Plain with { IdempotencyKey = text }], IsBulk: false));

        Encoding.UTF8.GetString(body.Span).Should().Contain($"\"{text}\"");
    }

    [Fact]
    public void What_is_not_given_is_not_told() =>
        Input(new UsageReport([Plain], IsBulk: false), "ReportUsage", "$input: ReportUsageInput!", "reportUsage(input: $input)").ToJsonString()
            .Should().Be("""{"customerId":"c","featureId":"f","value":3,"updateBehavior":"DELTA","idempotencyKey":"key"}""");

    [Fact]
    public void Measurements_in_bulk_are_one_list()
    {
        var input = Input(
            new UsageReport([Plain, Plain with { Value = 4 }], IsBulk: true),
            "ReportUsageBulk", "mutation ReportUsageBulk($input: ReportUsageBulkInput!)", "reportUsageBulk(input: $input)");

        input.Select(f => f.Key).Should().Equal("usages");
        input["usages"]!.AsArray().Select(u => u!["value"]!.GetValue<double>()).Should().Equal(3, 4);
    }

    [Fact]
    public void Events_are_one_list()
    {
        var report = new EventReport([new HappenedEvent(new EntryKey("c", "r"), "e", "k") { At = DateTimeOffset.UnixEpoch }]);

        Input(report, "ReportEvent", "mutation ReportEvent($input: UsageEventsReportInput!)", "reportEvent(events: $input)").ToJsonString().Should().Be(
            """{"usageEvents":[{"customerId":"c","eventName":"e","idempotencyKey":"k","resourceId":"r","timestamp":"1970-01-01T00:00:00.000Z"}]}""");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_became_of_the_usage_is_asked_for(bool isBulk)
    {
        var query = Body(new UsageReport([Plain], isBulk))["query"]!.GetValue<string>();

        foreach (var field in "id featureId customerId resourceId currentUsage usagePeriodStart usagePeriodEnd timestamp".Split(' '))
            query.Should().MatchRegex($@"\s{field}\s");
        query.Should().Contain("credit { currencyId currentUsage usageLimit usagePeriodEnd timestamp consumed }");
    }

    [Property]
    public void Any_text_and_number_is_told_as_it_is(string? text, double value)
    {
        if (!double.IsFinite(value) || (text ?? "").Any(char.IsSurrogate))
            return;
        var body = Body(new UsageReport([new Measurement(new EntryKey(text ?? ""), text ?? "", value, text ?? "")], IsBulk: false));

        var input = body["variables"]!["input"]!;
        (input["customerId"]!.GetValue<string>(), input["idempotencyKey"]!.GetValue<string>(), input["value"]!.GetValue<double>())
            .Should().Be((text ?? "", text ?? "", value));
    }

    private static JsonObject Input(Report report, string operation, string declaration, string call)
    {
        var body = Body(report);
        body.Select(f => f.Key).Should().Equal("operationName", "query", "variables");
        body["operationName"]!.GetValue<string>().Should().Be(operation).And.Be(ReportRequests.OperationOf(report.Kind));
        body["query"]!.GetValue<string>().Should().Contain(declaration).And.Contain(call);
        body["variables"]!.AsObject().Select(f => f.Key).Should().Equal("input");
        return body["variables"]!["input"]!.AsObject();
    }

    private static JsonObject Body(Report report) => JsonNode.Parse(ReportRequests.Body(report).Span)!.AsObject();
}
