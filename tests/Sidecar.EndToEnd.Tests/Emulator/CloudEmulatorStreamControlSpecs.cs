using System.Net;
using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Real-time updates by the control API over HTTP.</summary>
public sealed class CloudEmulatorStreamControlSpecs : StreamFixture
{
    [Fact]
    public async Task Everything_can_be_told()
    {
        using var client = await SubscribeAsync();
        (await CountAsync("state", """{"customerId": "customer-workspaces", "resourceId": "workspace-north"}""")).Should().Be(1);
        (await CountAsync("changed", """{"customerId": "customer-demo"}""")).Should().Be(1);
        (await CountAsync("usage", """{"customerId": "c", "feature": "f", "currentUsage": 2, "usageUpdatedAt": "2020-01-01T00:00:00Z"}"""))
            .Should().Be(1);
        (await CountAsync("usage", """{"customerId": "c", "currency": "k", "currentUsage": 3, "resourceId": "r"}""")).Should().Be(1);
        (await CountAsync("package")).Should().Be(1);
        (await CountAsync("package", """{"migrationType": "NEW_CUSTOMERS", "packageVersion": 9}""")).Should().Be(1);
        (await CountAsync("payload/package", """{"data": null}""")).Should().Be(1);
        (await CountAsync("text", "no JSON")).Should().Be(1);
        (await CountAsync("ping")).Should().Be(1);
        (await CountAsync("ping", """{"bytes": 100}""")).Should().Be(1);
        (await CountAsync("complete")).Should().Be(3);
        (await CountAsync("error", """{"message": "x"}""")).Should().Be(0);

        Told(await client.ReceiveAsync(), "entitlements").GetProperty("entitlements").GetArrayLength().Should().Be(2);
        Told(await client.ReceiveAsync(), "entitlements").GetProperty("entitlements").GetArrayLength().Should().Be(0);
        Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("usageUpdatedAt").GetString()
            .Should().Be("2020-01-01T00:00:00.000Z");
        Told(await client.ReceiveAsync(), "usage").GetProperty("entitlementReference").GetProperty("type").GetString()
            .Should().Be("CREDIT");
        Told(await client.ReceiveAsync(), "package").GetProperty("migrationType").GetString().Should().Be("ALL_CUSTOMERS");
        Told(await client.ReceiveAsync(), "package").GetProperty("migrationType").GetString().Should().Be("NEW_CUSTOMERS");
        (await client.ReceiveAsync()).GetProperty("payload").GetRawText().Should().Be("""{"data": null}""");
        (await client.ReceiveTextAsync()).Should().Be("no JSON");
        (await client.ReceiveTextAsync()).Should().Be("""{"type":"ping"}""");
        (await client.ReceiveTextAsync()).Should().HaveLength(100);
    }

    [Fact]
    public async Task Changes_over_the_control_API_are_told()
    {
        using var client = await SubscribeAsync();
        using var usage = await SendAsync(
            HttpMethod.Put, "/_control/customers/customer-demo/usage", """{"feature": "feature-seats", "currentUsage": 3}""");
        using var put = await SendAsync(HttpMethod.Put, "/_control/customers/customer-demo", """{"plan": "free"}""");

        Told(await client.ReceiveAsync(), "usage");
        Told(await client.ReceiveAsync(), "entitlements");
    }

    [Fact]
    public async Task Updates_are_held_and_let_go()
    {
        using var client = await SubscribeAsync();
        await DoneAsync(HttpMethod.Post, "/hold");
        Updates.PushChanged("first");
        Updates.PushChanged("second");
        (await StatusAsync()).GetProperty("held").GetInt32().Should().Be(2);

        (await CountAsync("release", """{"order": "reversed", "seed": -1}""")).Should().Be(2);

        Told(await client.ReceiveAsync(), "entitlements").GetProperty("customerId").GetString().Should().Be("second");
        Told(await client.ReceiveAsync(), "entitlements").GetProperty("customerId").GetString().Should().Be("first");
    }

    [Fact]
    public async Task Faults_are_ordered_and_lifted()
    {
        using var client = await SubscribeAsync();
        (await CountAsync("freeze")).Should().Be(1);
        (await CountAsync("thaw")).Should().Be(1);
        await DoneAsync(HttpMethod.Post, "/refuse", """{"status": 429, "times": 5}""");
        using (var refused = new StreamClient(StreamClient.Protocol, InTime))
        {
            await FluentActions.Awaiting(() => refused.ConnectAsync(Emulator.Address)).Should().ThrowAsync<Exception>();
            refused.Status.Should().Be(HttpStatusCode.TooManyRequests);
        }
        await DoneAsync(HttpMethod.Delete, "/refuse");
        await DoneAsync(HttpMethod.Post, "/refuse", """{"code": 4000, "reason": "later"}""");
        using (var closed = await OpenAsync())
        {
            await closed.SendAsync(Init());
            (await closed.ClosedAsync()).Should().Be((4000, "later"));
        }
        await DoneAsync(HttpMethod.Post, "/refuse", """{"reset": true}""");
        await FluentActions.Awaiting(() => OpenAsync()).Should().ThrowAsync<Exception>();
        await DoneAsync(HttpMethod.Delete, "/faults");
        (await CountAsync("close", """{"code": 4429, "reason": "ThrottlerException"}""")).Should().Be(1);
        (await client.ClosedAsync()).Should().Be((4429, "ThrottlerException"));
        using var next = await SubscribeAsync();
        await Updates.Counts.WaitUntilAsync(counts => counts.Open is 1, InTime);
        (await CountAsync("cut")).Should().Be(1);
    }

    [Fact]
    public async Task Settings_are_changed_one_by_one_and_shown_with_the_counts()
    {
        using var client = await SubscribeAsync();
        await DoneAsync(HttpMethod.Put, "", """{"automatic": false, "copies": 2, "initTimeoutMs": 100, "invalidKeyCode": 4500}""");
        await DoneAsync(HttpMethod.Put, "", """{"acknowledges": false, "answersPings": false, "pongDelayMs": 7, "frameBytes": 9}""");

        var status = await StatusAsync();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [
                ("automatic", "false"), ("copies", "2"), ("initTimeoutMs", "100"), ("invalidKeyCode", "4500"), ("acknowledges", "false"),
                ("answersPings", "false"), ("pongDelayMs", "7"), ("frameBytes", "9"), ("open", "1"), ("subscribers", "1"),
            ])
            status.GetProperty(name).GetRawText().Should().Be(value, name);
        status.GetProperty("openSubscriptions").GetProperty("usageUpdatedV2").GetInt32().Should().Be(1);
        status.GetProperty("subscriptions").GetProperty("OnUsageUpdatedV2").GetInt32().Should().Be(1);
        var init = status.GetProperty("latestInits")[0];
        init.GetProperty("hasRightKey").GetBoolean().Should().BeTrue();
        init.GetProperty("headers").GetProperty("source").GetString().Should().Be("SIDECAR");
        status.GetRawText().Should().NotContain(Control.ApiKey);
        (Updates.IsAutomatic, Updates.InitTimeout).Should().Be((false, TimeSpan.FromMilliseconds(100)));

        await DoneAsync(HttpMethod.Post, "/reset");
        (await StatusAsync()).GetProperty("connected").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("POST", "/state", "{}", "\"customerId\" is missing")]
    [InlineData("POST", "/changed", """{"customerId": "c", "resource": "r"}""", "$.resource: unknown field")]
    [InlineData("POST", "/usage", """{"customerId": "c", "currentUsage": 1}""", "exactly one of \"feature\" and \"currency\"")]
    [InlineData("POST", "/package", """{"migrationType": "SOME"}""", "$.migrationType: must be one of ALL_CUSTOMERS, NEW_CUSTOMERS")]
    [InlineData("POST", "/close", """{"code": 1005}""", "$.code: must be one that can be sent")]
    [InlineData("POST", "/refuse", "{}", "exactly one of \"status\", \"reset\" and \"code\"")]
    [InlineData("POST", "/refuse", """{"status": 500, "reset": true}""", "exactly one of")]
    [InlineData("POST", "/ping", """{"bytes": 3}""", "$.bytes: must be at least")]
    [InlineData("POST", "/release", """{"order": "sorted"}""", "$.order: must be one of pushed, reversed, shuffled")]
    [InlineData("PUT", "", """{"automatic": false, "frames": 1}""", "$.frames: unknown field")]
    [InlineData("PUT", "", """{"automatic": false, "invalidKeyCode": 1006}""", "$.code: must be one that can be sent")]
    public async Task Bad_order_is_refused_by_the_field_that_is_wrong_and_changes_nothing(
        string method, string path, string body, string problem)
    {
        Updates.Hold();
        using var response = await SendAsync(new HttpMethod(method), $"/_control/updates{path}", body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonOf(response)).GetProperty("error").GetString().Should().Contain(problem);
        Updates.Held.Should().Be(0);
        Updates.IsAutomatic.Should().BeTrue();
    }

    [Theory]
    [InlineData("POST", "/nothing")]
    [InlineData("GET", "/state")]
    [InlineData("POST", "/payload/nothing")]
    [InlineData("DELETE", "")]
    public async Task What_is_not_there_is_answered_with_404(string method, string path)
    {
        using var response = await SendAsync(new HttpMethod(method), $"/_control/updates{path}");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private async Task<int> CountAsync(string action, string? body = null)
    {
        using var response = await SendAsync(HttpMethod.Post, $"/_control/updates/{action}", body);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return (await JsonOf(response)).GetProperty("count").GetInt32();
    }

    private async Task<JsonElement> StatusAsync()
    {
        using var response = await SendAsync(HttpMethod.Get, "/_control/updates");
        return await JsonOf(response);
    }

    private async Task DoneAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await SendAsync(method, $"/_control/updates{path}", body);
        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }
}
