using System.Text;
using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Xunit;
using StreamReader = Sidecar.Protocol.Cloud.StreamReader;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>What the cloud says over the stream: the messages of the protocol, and what is none.</summary>
public sealed partial class StreamReaderSpecs
{
    [Theory]
    [InlineData("""{"type":"connection_ack"}""", typeof(StreamMessage.Acknowledged))]
    [InlineData("""{"type":"connection_ack","payload":{"data":"whatever"}}""", typeof(StreamMessage.Acknowledged))]
    [InlineData("""{"type":"ping"}""", typeof(StreamMessage.Ping))]
    [InlineData("""{"payload":[1,{"id":2}],"type":"ping"}""", typeof(StreamMessage.Ping))]
    [InlineData(""" { "type" : "pong" , "payload" : null } """, typeof(StreamMessage.Pong))]
    [InlineData("""{"type":"p\u006fng","extra":{"type":"ping"}}""", typeof(StreamMessage.Pong))]
    public void Messages_without_news_are_told_by_their_type(string json, Type expected) => Read(json).Should().BeOfType(expected);

    [Theory]
    [InlineData("OnEntitlementsUpdatedV2", 0)]
    [InlineData("OnUsageUpdatedV2", 1)]
    [InlineData("OnPackagePublished", 2)]
    public void End_of_a_subscription_names_its_operation(string operation, int subscription)
    {
        Read(Envelope(subscription, "null", "complete")).Should().Be(new StreamMessage.Ended(operation, null));
        Read(Envelope(subscription, """[{"message":"boom","extensions":{"code":"UnexpectedError"}}]""", "error"))
            .Should().Be(new StreamMessage.Ended(operation, new CloudError("boom", "UnexpectedError")));
    }

    [Theory]
    [InlineData("""{"type":"complete","id":"another"}""")]
    [InlineData("""{"type":"complete","id":7}""")]
    [InlineData("""{"type":"complete"}""")]
    public void End_of_a_subscription_that_is_none_of_ours_is_an_end_all_the_same(string json) =>
        Read(json).Should().Be(new StreamMessage.Ended("unknown", null));

    [Theory]
    [InlineData("")]
    [InlineData(""","payload":null""")]
    [InlineData(""","payload":[]""")]
    [InlineData(""","payload":"boom" """)]
    [InlineData(""","payload":{"message":"boom"}""")]
    [InlineData(""","payload":[{"message":"\ud800"}]""")]
    public void Error_that_cannot_be_read_is_an_error_all_the_same(string payload) =>
        Read($$"""{"type":"error","id":"{{Ids[1]}}"{{payload}}}""")
            .Should().BeOfType<StreamMessage.Ended>().Which.Error.Should().NotBeNull();

    [Fact]
    public void Refused_key_is_told_before_other_errors() =>
        Read(Envelope(0, """[{"message":"a"},{"message":"b","extensions":{"code":"Unauthenticated"}}]""", "error"))
            .Should().Be(new StreamMessage.Ended("OnEntitlementsUpdatedV2", new CloudError("b", CloudError.Unauthenticated)));

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("no json", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("""{"type":"ping"} {}""", "JSON")]
    [InlineData("""{"type":"ping",}""", "JSON")]
    [InlineData("null", "JSON object")]
    [InlineData("""["type","ping"]""", "JSON object")]
    [InlineData("{}", "no type")]
    [InlineData("""{"type":null}""", "no type")]
    [InlineData("""{"type":5}""", "does not know")]
    [InlineData("""{"type":"PING"}""", "does not know")]
    [InlineData("""{"type":"ka"}""", "does not know")]
    [InlineData("""{"type":"\ud800"}""", "the message")]
    [InlineData("""{"type":"ping","type":"pong"}""", "twice")]
    [InlineData("""{"type":"next","id":"usage","id":"packages"}""", "twice")]
    [InlineData("""{"type":"ping","payload":{"a":1},"payload":{}}""", "twice")]
    public void What_is_no_message_is_unreadable_and_says_why(string json, string fault) =>
        Read(json).Should().BeOfType<StreamMessage.Unreadable>().Which.Fault.Should().Contain(fault);

    [Theory]
    [InlineData("")]
    [InlineData(""","payload":null""")]
    [InlineData(""","payload":{}""")]
    [InlineData(""","payload":{"data":null}""")]
    [InlineData(""","payload":{"data":{}}""")]
    [InlineData(""","payload":{"data":{"usageUpdatedV2":null},"errors":[]}""")]
    [InlineData(""","payload":{"data":{"somethingElse":{"customerId":"c"}}}""")]
    public void News_without_data_is_unreadable(string payload)
    {
        var message = Read($$"""{"type":"next","id":"{{Ids[1]}}"{{payload}}}""").Should().BeOfType<StreamMessage.Unreadable>().Subject;

        message.Changed.Should().BeNull();
    }

    [Theory]
    [InlineData("""{"errors":[{"message":"boom"}]}""")]
    [InlineData("""{"data":null,"errors":[{"message":"boom"}]}""")]
    [InlineData("""{"data":{"usageUpdatedV2":null},"errors":[{"message":"boom"}]}""")]
    public void Error_in_the_stead_of_news_may_be_about_anything_and_ends_nothing(string payload) =>
        Read($$"""{"type":"next","id":"{{Ids[1]}}","payload":{{payload}}}""")
            .Should().BeOfType<StreamMessage.Unreadable>().Which.Changed.Should().Be(new AnythingChanged(NewsKind.Usage));

    [Fact]
    public void Refused_key_in_the_stead_of_news_ends_the_subscription() =>
        Read(Envelope(1, """{"errors":[{"message":"boom","extensions":{"code":"Unauthenticated"}}]}""", "next"))
            .Should().Be(new StreamMessage.Ended("OnUsageUpdatedV2", new CloudError("boom", CloudError.Unauthenticated)));

    [Theory]
    [InlineData("10:00")]
    [InlineData("Oct 1")]
    [InlineData("1 October 2026")]
    [InlineData("2026")]
    [InlineData("123456789")]
    public void What_is_no_whole_date_is_none(string date) =>
        Next(1, """{"usageUpdatedV2":{"customerId":"c","entitlementReference":{"id":"f","type":"FEATURE"},"usage":{"currentUsage":1,"usageUpdatedAt":"@"}}}"""
            .Replace("@", date, StringComparison.Ordinal))
            .Should().BeOfType<StreamMessage.Unreadable>();

    [Fact]
    public void Set_that_does_not_say_what_is_used_is_not_later_than_what_is_known_of_it()
    {
        var message = Next(0, """
            {"entitlementsUpdatedV2":{"customerId":"c","entitlements":[{"__typename":"FeatureEntitlement","currentUsage":null,
            "entitlementUpdatedAt":"2026-05-01T00:00:00Z","feature":{"refId":"f","featureType":"NUMBER","meterType":"Fluctuating"}}]}}
            """);

        message.Should().BeOfType<StreamMessage.Told>().Which.News.Should().BeOfType<EntitlementsReplaced>()
            .Which.Set.FindFeature("f")!.Usage.UpdatedAt.Should().Be(DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public void News_of_two_subscriptions_in_one_message_is_unreadable()
    {
        var message = Next(0, $$"""{"usageUpdatedV2":{{Usage()}},"entitlementsUpdatedV2":{"customerId":"d"} }""");

        message.Should().BeOfType<StreamMessage.Unreadable>().Which.Changed.Should().BeNull();
    }

    [Theory]
    [InlineData("\"another\"")]
    [InlineData("\"packages\"")]
    [InlineData("null")]
    [InlineData("5")]
    public void News_under_another_id_is_not_taken_but_its_entry_is_told(string id)
    {
        var message = Read($$"""{"type":"next","id":{{id}},"payload":{{DataOf("usageUpdatedV2", Usage())}}}""");

        message.Should().BeOfType<StreamMessage.Unreadable>().Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Usage));
    }

    [Fact]
    public void Fields_of_a_message_may_come_in_any_order() =>
        Read($$"""{"payload":{{DataOf("usageUpdatedV2", Usage())}},"id":"{{Ids[1]}}","type":"next"}""")
            .Should().BeOfType<StreamMessage.Told>();

    // What a person who reads the log must not see there.
    [Theory]
    [MemberData(nameof(Telltales))]
    public void Fault_holds_no_part_of_the_message(string json) =>
        Read(json).Should().BeOfType<StreamMessage.Unreadable>().Which.Fault.Should().NotContainEquivalentOf("telltale");

    public static TheoryData<string> Telltales() => new(
        "telltale",
        "{telltale}",
        """{"telltale":telltale}""",
        """{"type":"telltale"}""",
        """{"type":"next","id":"telltale","payload":{"telltale":1}}""",
        """{"type":"next","id":"usage","payload":{"data":{"telltale":{},"telltale":{}}}}""",
        """{"type":"next","id":"usage","payload":{"data":{"usageUpdatedV2":{"customerId":"telltale","customerId":"telltale"}}}}""",
        """{"type":"next","id":"usage","payload":{"data":{"usageUpdatedV2":{"customerId":"telltale","usage":"telltale"}}}}""",
        """{"type":"next","id":"usage","payload":{"data":{"usageUpdatedV2":{"customerId":"telltale","usage":{"currentUsage":"telltale"}}}}}""",
        """{"type":"next","id":"usage","payload":{"data":{"usageUpdatedV2":{"customerId":["telltale"]}}}}""",
        """{"type":"next","id":"entitlements","payload":{"data":{"entitlementsUpdatedV2":{"customerId":"telltale","entitlements":["telltale"]}}}}""");

    private static readonly string[] Ids =
        [.. StreamRequests.Subscribes.Select(m => System.Text.Json.Nodes.JsonNode.Parse(m.Span)!["id"]!.GetValue<string>())];

    private static readonly EntryKey Entry = new("customer-1", "resource-1");

    private static StreamMessage Read(string json) => StreamReader.Read(Encoding.UTF8.GetBytes(json));

    private static StreamMessage Next(int subscription, string data, string errors = "[]") =>
        Read(Envelope(subscription, $$"""{"data":{{data}},"errors":{{errors}}}"""));

    private static string DataOf(string field, string value) => $$"""{"data":{"{{field}}":{{value}}} }""";

    private static string Envelope(int subscription, string payload, string type = "next") =>
        $$"""{"id":"{{Ids[subscription]}}","type":"{{type}}","payload":{{payload}}}""";

    private static DateTimeOffset Date(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
