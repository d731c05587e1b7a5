using System.Text.Json.Nodes;
using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

public sealed partial class StreamReaderSpecs
{
    private const string UsageDate = "\"2026-10-02T10:00:00.000Z\"";

    [Fact]
    public void Usage_of_a_feature_is_told() => TellUsage(Usage()).Should().Be(new StreamMessage.Told(new UsageSet(
        Entry,
        new UsageNews(
            new EntitlementReference("feature-api-calls", IsCredit: false),
            new Usage(25.5, Date("2026-09-30T00:00:00Z"), Date("2026-10-31T00:00:00Z"), Date("2026-10-02T10:00:00Z"))))));

    [Fact]
    public void Usage_of_credits_is_told()
    {
        var message = TellUsage(Usage(reference: """{"id":"cred-type-tokens","type":"CREDIT"}"""));

        var news = message.Should().BeOfType<StreamMessage.Told>().Which.News.Should().BeOfType<UsageSet>().Subject;
        news.Usage.Of.Should().Be(new EntitlementReference("cred-type-tokens", IsCredit: true));
        news.Kind.Should().Be(NewsKind.CreditUsage);
    }

    [Theory]
    [InlineData("\"2026-10-02T10:00:00.000Z\"")]
    [InlineData("\"2026-10-02T12:00:00+02:00\"")]
    [InlineData("1790935200000")]
    [InlineData("\"1790935200000\"")]
    public void Usage_is_dated_in_every_form_in_use(string date) =>
        SetBy(Usage(date: date)).UpdatedAt.Should().Be(Date("2026-10-02T10:00:00Z"));

    [Theory]
    [InlineData("12", 12)]
    [InlineData("\"12.5\"", 12.5)]
    [InlineData("0", 0)]
    [InlineData("-3", -3)]
    public void What_is_used_may_be_any_number(string used, double expected) => SetBy(Usage(used: used)).Current.Should().Be(expected);

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("\"1970-01-01T00:00:00Z\"")]
    [InlineData("-1")]
    public void Usage_without_a_date_says_only_that_something_changed(string date)
    {
        TellUsage(Usage(date: date)).Should().Be(new StreamMessage.Told(new EntryChanged(Entry, NewsKind.Usage)));
        TellUsage(Usage(reference: """{"id":"t","type":"CREDIT"}""", date: date))
            .Should().Be(new StreamMessage.Told(new EntryChanged(Entry, NewsKind.CreditUsage)));
    }

    [Fact]
    public void Usage_of_an_entitlement_without_a_period_is_told()
    {
        var usage = SetBy("""
            {"customerId":"c","entitlementReference":{"id":"f","type":"FEATURE"},"usage":{"currentUsage":1,"usageUpdatedAt":1790935200000}}
            """);

        (usage.PeriodStart, usage.PeriodEnd).Should().Be((null, null));
    }

    [Theory]
    [InlineData("entitlementReference", "null", NewsKind.Usage)]
    [InlineData("entitlementReference", "\"feature-api-calls\"", NewsKind.Usage)]
    [InlineData("entitlementReference", """{"id":"f"}""", NewsKind.Usage)]
    [InlineData("entitlementReference", """{"id":"f","type":"BUNDLE"}""", NewsKind.Usage)]
    [InlineData("entitlementReference", """{"id":"f","type":5}""", NewsKind.Usage)]
    [InlineData("entitlementReference", """{"type":"FEATURE"}""", NewsKind.Usage)]
    [InlineData("entitlementReference", """{"id":"","type":"CREDIT"}""", NewsKind.CreditUsage)]
    [InlineData("entitlementReference", """{"id":7,"type":"CREDIT"}""", NewsKind.CreditUsage)]
    [InlineData("entitlementReference", """{"id":"\ud800","type":"CREDIT"}""", NewsKind.CreditUsage)]
    [InlineData("usage", "null", NewsKind.Usage)]
    [InlineData("usage", "25", NewsKind.Usage)]
    [InlineData("usage", "{}", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":null,"usageUpdatedAt":1790935200000}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":"NaN","usageUpdatedAt":1790935200000}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1e999,"usageUpdatedAt":1790935200000}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":true,"usageUpdatedAt":1790935200000}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"usageUpdatedAt":"soon"}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"usageUpdatedAt":1e300}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"usageUpdatedAt":[]}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"usageUpdatedAt":1790935200000,"usagePeriodEnd":"never"}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"usageUpdatedAt":1790935200000,"usagePeriodStart":{}}""", NewsKind.Usage)]
    [InlineData("usage", """{"currentUsage":1,"currentUsage":2,"usageUpdatedAt":1790935200000}""", NewsKind.Usage)]
    public void Usage_that_cannot_be_relied_on_is_unreadable_and_tells_its_entry(string field, string value, NewsKind kind)
    {
        var message = TellUsage(With(Usage(), field, value)).Should().BeOfType<StreamMessage.Unreadable>().Subject;

        message.Kind.Should().Be(kind);
        message.Changed.Should().Be(new EntryChanged(Entry, kind));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Usage_without_a_resource_is_that_of_the_customer(string resource)
    {
        var message = TellUsage(With(Usage(), "resourceId", resource));

        message.Should().BeOfType<StreamMessage.Told>().Which.News.Should().BeOfType<UsageSet>()
            .Which.Key.Should().Be(new EntryKey("customer-1"));
    }

    [Theory]
    [InlineData("customerId", "null")]
    [InlineData("customerId", "\"\"")]
    [InlineData("customerId", "\" \\t\"")]
    [InlineData("customerId", "5")]
    [InlineData("customerId", "{}")]
    [InlineData("customerId", "\"\\ud800\"")]
    [InlineData("customerId", "\"a\", \"customerId\": \"b\"")]
    [InlineData("resourceId", "5")]
    [InlineData("resourceId", "[\"r\"]")]
    [InlineData("resourceId", "\"\\udfff\"")]
    public void News_of_nobody_that_could_be_named_tells_no_entry(string field, string value)
    {
        TellUsage(With(Usage(), field, value)).Should().BeOfType<StreamMessage.Unreadable>().Which.Changed.Should().BeNull();
        Next(0, $$"""{"entitlementsUpdatedV2":{{With("""{"customerId":"c","resourceId":"r","entitlements":[]}""", field, value)}}}""")
            .Should().BeOfType<StreamMessage.Unreadable>().Which.Changed.Should().BeNull();
    }

    [Theory]
    [InlineData("customerId")]
    [InlineData("resourceId")]
    public void Longest_id_is_1_KiB_of_UTF_8(string field)
    {
        TellUsage(With(Usage(), field, $"\"{new string('é', 512)}\"")).Should().BeOfType<StreamMessage.Told>();
        TellUsage(With(Usage(), field, $"\"{new string('é', 512)}x\"")).Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().BeNull();
        TellUsage(With(With(Usage(), "usage", "5"), field, $"\"{new string('x', 1025)}\"")).Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().BeNull();
    }

    [Fact]
    public void Feature_of_an_id_that_is_too_long_tells_its_entry() =>
        TellUsage(Usage(reference: $$"""{"id":"{{new string('x', 1025)}}","type":"FEATURE"}"""))
            .Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Usage));

    [Fact]
    public void Usage_with_an_error_beside_it_is_not_taken_but_its_entry_is_told() =>
        Next(1, $$"""{"usageUpdatedV2":{{Usage()}}}""", """[{"message":"boom"}]""").Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Usage));

    private static StreamMessage TellUsage(string usage) => Next(1, $$"""{"usageUpdatedV2":{{usage}}}""");

    private static Usage SetBy(string usage) =>
        TellUsage(usage).Should().BeOfType<StreamMessage.Told>().Which.News.Should().BeOfType<UsageSet>().Which.Usage.Usage;

    private static string Usage(
        string reference = """{"id":"feature-api-calls","type":"FEATURE"}""", string used = "25.5", string date = UsageDate) => $$$"""
        {"customerId":"customer-1","resourceId":"resource-1","entitlementReference":{{{reference}}},"usage":{"__typename":"Usage",
        "currentUsage":{{{used}}},"usageUpdatedAt":{{{date}}},"usagePeriodStart":"2026-09-30T00:00:00.000Z",
        "usagePeriodEnd":"2026-10-31T00:00:00.000Z"}}
        """;

    // As text: what no parsed node could hold is to stand there too.
    private static string With(string json, string field, string value)
    {
        var node = JsonNode.Parse(json)!.AsObject();
        node.Remove(field);
        return $"{{\"{field}\": {value}, {node.ToJsonString()[1..]}";
    }
}
