using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Sidecar.Emulator.Updates;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What clients of real-time updates can subscribe to, and what they then get.</summary>
public sealed class CloudEmulatorStreamSubscriptionSpecs : StreamFixture
{
    [Fact]
    public async Task Subscriptions_are_counted_by_operation()
    {
        using var first = await SubscribeAsync();
        using var second = await SubscribeAsync();
        await second.SendAsync(Subscribe("fourth", "subscription { packagePublished { packageRefId } }"));
        await AssertNothingMoreAsync(second);

        var counts = Updates.Counts.Snapshot();
        counts.Subscriptions.Should().BeEquivalentTo(new Dictionary<string, int>
        {
            ["OnEntitlementsUpdatedV2"] = 2,
            ["OnUsageUpdatedV2"] = 2,
            ["OnPackagePublished"] = 2,
            ["packagePublished"] = 1,
        });
        counts.OpenSubscriptions["packagePublished"].Should().Be(3);
        counts.Should().BeEquivalentTo(new { Open = 2, Subscribers = 2, RefusedSubscriptions = 0 });
    }

    [Fact]
    public async Task Id_in_use_closes_the_socket()
    {
        using var client = await SubscribeAsync();
        await client.SendAsync(Subscribe("usage", PackageDocument));

        (await client.ClosedAsync()).Should().Be((4409, "Subscriber for usage already exists"));
    }

    [Fact]
    public async Task Completed_subscription_is_told_no_more_and_its_id_is_free()
    {
        using var client = await SubscribeAsync();
        await client.SendAsync(new { type = "complete", id = "usage" });
        await client.SendAsync(new { type = "complete", id = "unknown" });
        await Updates.Counts.WaitUntilAsync(counts => counts.OpenSubscriptions["usageUpdatedV2"] is 0, InTime);

        Control.SetUsage("customer-demo", "feature-seats", 8);
        await AssertNothingMoreAsync(client);
        Updates.Counts.Snapshot().Subscribers.Should().Be(0);
        await client.SendAsync(Subscribe("usage", UsageDocument));
        await Updates.Counts.WaitForSubscribersAsync(1, InTime);
        Control.SetUsage("customer-demo", "feature-seats", 9);
        Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("currentUsage").GetInt32().Should().Be(9);
    }

    [Theory]
    [InlineData("subscription {", null, "Expected")]
    [InlineData("subscription { packagePublished { refId } }", null, "refId")]
    [InlineData("subscription { packagePublished }", null, "packagePublished")]
    [InlineData("subscription { nothing { id } }", null, "nothing")]
    [InlineData("subscription { __typename }", null, "one root field")]
    [InlineData(
        "subscription { ...A } fragment A on Subscription { packagePublished { packageRefId } }", null,
        "exactly one of entitlementsUpdatedV2, packagePublished, usageUpdatedV2")]
    [InlineData("subscription { packagePublished { packageRefId } usageUpdatedV2 { customerId } }", null, "one")]
    [InlineData("subscription A { packagePublished { packageRefId @skip(if: true) } }", "A", "no directives")]
    [InlineData("subscription A { packagePublished { packageRefId } }", "B", "no operation \"B\"")]
    [InlineData(
        "subscription A { packagePublished { packageRefId } } subscription B { packagePublished { packageRefId } }", null, "operationName")]
    [InlineData("query A { sdkConfiguration { sentryDsn } }", "A", "a Query can't be asked for")]
    public async Task Bad_document_is_told_to_its_id_and_the_socket_lives_on(string document, string? operationName, string problem)
    {
        using var client = await GreetAsync();
        await client.SendAsync(Subscribe("bad", document, operationName));

        var error = await client.ReceiveAsync();
        error.GetProperty("type").GetString().Should().Be("error");
        error.GetProperty("id").GetString().Should().Be("bad");
        error.GetProperty("payload")[0].GetProperty("message").GetString().Should().Contain(problem);
        error.GetProperty("payload")[0].GetProperty("extensions").GetProperty("code").GetString().Should().Be("BadUserInput");
        Updates.Counts.Snapshot().RefusedSubscriptions.Should().Be(1);
        await client.SendAsync(Subscribe("bad", PackageDocument));
        await Updates.Counts.WaitUntilAsync(counts => counts.OpenSubscriptions["packagePublished"] is 1, InTime);
    }

    [Fact]
    public async Task Subscription_is_not_told_over_a_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Emulator.Address, "/graphql"));
        foreach (var (name, value) in Sender)
            request.Headers.Add(name, value);
        request.Headers.Add("x-graphql-operation-name", "OnPackagePublished");
        request.Content = JsonContent.Create(new { operationName = "OnPackagePublished", query = PackageDocument });

        using var response = await Http.SendAsync(request, InTime);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync(InTime)).Should().Contain("over a WebSocket alone");
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_told_under_the_names_that_were_chosen()
    {
        using var client = await GreetAsync();
        await client.SendAsync(Subscribe("little", """
            subscription Little {
              told: entitlementsUpdatedV2 {
                who: customerId
                entitlements {
                  ...Limits
                  ... on FeatureEntitlement { feature { refId } feature { type: featureType } ...Limits }
                  ... on CreditEntitlement { currency { kind: __typename currencyId } }
                }
              }
            }
            fragment Limits on Entitlement { ... on FeatureEntitlement { usageLimit } ... on CreditEntitlement { usageLimit __typename } }
            """));
        await Updates.Counts.WaitUntilAsync(counts => counts.OpenSubscriptions["entitlementsUpdatedV2"] is 1, InTime);

        Control.PutCustomer("small", """{"entitlements": {"feature-seats": {"limit": 3}}, "credits": {"cred-type-tokens": 5}}""");

        (await client.ReceiveTextAsync()).Should().Be(
            """{"id":"little","type":"next","payload":{"data":{"told":{"who":"small","entitlements":["""
            + """{"usageLimit":3,"feature":{"refId":"feature-seats","type":"NUMBER"}},"""
            + """{"usageLimit":5,"__typename":"CreditEntitlement","currency":"""
            + """{"kind":"EntitlementCurrency","currencyId":"cred-type-tokens"}}]}}}}""");
    }

    [Fact]
    public async Task Two_subscriptions_to_one_kind_are_both_told()
    {
        using var client = await SubscribeAsync();
        await client.SendAsync(Subscribe("again", "subscription { usageUpdatedV2 { customerId } }"));
        await Updates.Counts.WaitUntilAsync(counts => counts.OpenSubscriptions["usageUpdatedV2"] is 2, InTime);

        Updates.PushUsage(new UsageUpdate { CustomerId = "ä€😀", EntitlementId = "e", CurrentUsage = 1 }).Should().Be(2);

        Told(await client.ReceiveAsync(), "usage").GetProperty("customerId").GetString().Should().Be("ä€😀");
        Told(await client.ReceiveAsync(), "again").GetProperty("customerId").GetString().Should().Be("ä€😀");
    }
}
