using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>What is said to the cloud over the stream, by the upstream contract.</summary>
public sealed partial class StreamRequestsSpecs
{
    private static readonly ClientIdentity Identity = new(
        Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), "host-1", 42, DateTimeOffset.FromUnixTimeMilliseconds(1_790_935_200_000));

    private static readonly JsonObject[] Subscribes = [.. StreamRequests.Subscribes.Select(Parse)];

    [Theory]
    [InlineData("wss://api.stigg.io", "wss://api.stigg.io/graphql")]
    [InlineData("wss://api.stigg.io/", "wss://api.stigg.io/graphql")]
    [InlineData("ws://127.0.0.1:8080/base/", "ws://127.0.0.1:8080/base/graphql")]
    public void Address_keeps_a_base_path(string url, string address) =>
        StreamRequests.Address(new Uri(url)).AbsoluteUri.Should().Be(address);

    [Fact]
    public void Subprotocol_is_that_of_the_contract() => StreamRequests.Subprotocol.Should().Be("graphql-transport-ws");

    [Fact]
    public void First_message_carries_the_key_and_the_headers_of_every_request()
    {
        var message = Parse(StreamRequests.ConnectionInit("server-key-\"1\"", Identity));

        message.Select(f => f.Key).Should().Equal("type", "payload");
        message["type"]!.GetValue<string>().Should().Be("connection_init");
        message["payload"]!.AsObject().Select(f => f.Key).Should().Equal("headers");
        var headers = message["payload"]!["headers"]!.AsObject().ToDictionary(f => f.Key, f => f.Value!.GetValue<string>());
        headers.Should().BeEquivalentTo(new Dictionary<string, string>(Identity.Headers()) { ["X-API-KEY"] = "server-key-\"1\"" });
        headers.Keys.Should().BeEquivalentTo(
            "X-API-KEY", "source", "X-SDK-INSTANCE-ID", "X-SDK-OS-PROCESS-HOSTNAME", "X-SDK-OS-PROCESS-ID",
            "X-SDK-OS-PROCESS-TIMESTAMP", "X-SDK-OS-PROCESS-FINGERPRINT");
    }

    [Fact]
    public void Pings_and_pongs_are_a_type_and_nothing_more()
    {
        Text(StreamRequests.Ping).Should().Be("""{"type":"ping"}""");
        Text(StreamRequests.Pong).Should().Be("""{"type":"pong"}""");
    }

    [Fact]
    public void Each_subscription_has_an_id_of_its_own_and_no_variables()
    {
        Subscribes.Should().HaveCount(3);
        Subscribes.Select(s => s["id"]!.GetValue<string>()).Should().OnlyHaveUniqueItems();
        foreach (var message in Subscribes)
        {
            message.Select(f => f.Key).Should().Equal("type", "id", "payload");
            message["type"]!.GetValue<string>().Should().Be("subscribe");
            message["payload"]!.AsObject().Select(f => f.Key).Should().Equal("operationName", "query", "variables");
            message["payload"]!["variables"]!.ToJsonString().Should().Be("{}");
        }
    }

    [Fact]
    public void Operations_bear_the_names_of_the_contract() =>
        Subscribes.Select(s => s["payload"]!["operationName"]!.GetValue<string>())
            .Should().Equal("OnEntitlementsUpdatedV2", "OnUsageUpdatedV2", "OnPackagePublished");

    [Fact]
    public void Entitlements_are_asked_for_with_the_same_fields_as_in_a_read()
    {
        var read = Parse(ApiRequests.EntitlementsState(new EntryKey("c")))["query"]!.GetValue<string>();
        const string before = "entitlementsV2 { ", after = " } } }";
        read = Plain(read);
        var selection = read[(read.IndexOf(before, StringComparison.Ordinal) + before.Length)..^after.Length];

        selection.Should().StartWith("__typename ... on FeatureEntitlement {");
        Document(0).Should().Be(
            "subscription OnEntitlementsUpdatedV2 { entitlementsUpdatedV2 { customerId resourceId accessDeniedReason entitlements { "
            + selection + " } } }");
    }

    [Fact]
    public void Usage_is_asked_for_with_the_fields_of_the_contract() => Document(1).Should().Be(
        "subscription OnUsageUpdatedV2 { usageUpdatedV2 { customerId resourceId entitlementReference { id type } "
        + "usage { currentUsage usageUpdatedAt usagePeriodStart usagePeriodEnd } } }");

    [Fact]
    public void Packages_are_asked_for_with_the_fields_of_the_contract() => Document(2).Should().Be(
        "subscription OnPackagePublished { packagePublished { packageType packageRefId packageVersion migrationType accountId environmentId } }");

    private static string Document(int index) => Plain(Subscribes[index]["payload"]!["query"]!.GetValue<string>());

    // White space means nothing in a document.
    private static string Plain(string document) => WhiteSpace().Replace(document, " ").Trim();

    private static string Text(ReadOnlyMemory<byte> message) => System.Text.Encoding.UTF8.GetString(message.Span);

    private static JsonObject Parse(ReadOnlyMemory<byte> message) => JsonNode.Parse(message.Span)!.AsObject();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex WhiteSpace();
}
