using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>The control API over HTTP, and what is counted.</summary>
public sealed class CloudEmulatorControlSpecs : EmulatorFixture
{
    private const string Rich = """
        {"plan":"pro","subscribedAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-02-01T00:00:00.000Z",
         "entitlements":{"feature-api-calls":{"limit":5,"unlimited":false,"softLimit":true,"resetPeriod":"WEEK","resetAccordingTo":"EveryFriday",
           "validUntil":"2027-01-01T00:00:00.000Z","creditRate":{"amount":0.5,"currencyId":"cred-type-tokens"},"accessDeniedReason":"Revoked"},
           "feature-regions":{"enumValues":["eu"]}},
         "credits":{"cred-type-tokens":{"amount":9,"softLimit":true,"resetPeriod":"DAY","validUntil":"2027-01-01T00:00:00.000Z","accessDeniedReason":"Unknown"}},
         "usage":{"feature-seats":{"currentUsage":1.5,"usageUpdatedAt":"2026-01-02T00:00:00.000Z","usagePeriodAnchor":"2026-01-03T00:00:00.000Z",
           "usagePeriodStart":"2026-01-04T00:00:00.000Z","usagePeriodEnd":"2026-01-05T00:00:00.000Z"}},
         "creditUsage":{"cred-type-tokens":{"currentUsage":3,"usageUpdatedAt":"2026-01-02T00:00:00.000Z"}},
         "archived":true,
         "resources":{"a/b":{"plan":"workspace","subscribedAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-02-01T00:00:00.000Z"}}}
        """;

    [Fact]
    public async Task Customer_is_put_read_and_removed_in_the_form_of_the_data_file()
    {
        using var put = await SendAsync(HttpMethod.Put, "/_control/customers/a%2Fb%20%2E%2E", Rich);
        using var read = await SendAsync(HttpMethod.Get, "/_control/customers/a%2Fb%20%2E%2E");

        put.StatusCode.Should().Be(HttpStatusCode.OK);
        Control.FindCustomer("a/b ..").Should().NotBeNull();
        using var expected = JsonDocument.Parse(Rich);
        var kept = await JsonOf(read);
        JsonElement.DeepEquals(kept, expected.RootElement).Should().BeTrue("all fields come back, but it is {0}", kept);

        using var removed = await SendAsync(HttpMethod.Delete, "/_control/customers/a%2Fb%20%2E%2E");
        using var again = await SendAsync(HttpMethod.Delete, "/_control/customers/a%2Fb%20%2E%2E");
        removed.StatusCode.Should().Be(HttpStatusCode.NoContent);
        again.StatusCode.Should().Be(HttpStatusCode.NotFound);
        Reason(await StateAsync("a/b ..")).Should().Be("CustomerNotFound");
    }

    [Fact]
    public async Task Customers_are_listed()
    {
        using var response = await SendAsync(HttpMethod.Get, "/_control/customers");

        (await JsonOf(response)).GetProperty("customers").EnumerateArray().Select(id => id.GetString()).Should().Contain("customer-demo");
    }

    [Fact]
    public async Task Usage_is_set()
    {
        await DoneAsync(HttpMethod.Put, "/_control/customers/customer-demo/usage", """{"feature": "feature-api-calls", "currentUsage": 999}""");
        await DoneAsync(HttpMethod.Put, "/_control/customers/customer-demo/usage", """{"currency": "cred-type-tokens", "currentUsage": 500}""");
        await DoneAsync(
            HttpMethod.Put,
            "/_control/customers/customer-workspaces/usage",
            """{"feature": "feature-documents", "currentUsage": 3, "resourceId": "workspace-south", "usageUpdatedAt": "-1m"}""");

        var state = await StateAsync("customer-demo");
        Feature(state, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(999);
        Credit(state, "cred-type-tokens").GetProperty("currentUsage").GetDouble().Should().Be(500);
        Feature(await StateAsync("customer-workspaces", "workspace-south"), "feature-documents").GetProperty("currentUsage").GetDouble().Should().Be(3);
    }

    [Theory]
    [InlineData("PUT", "/_control/customers/c", """{"plann": "pro"}""", "$.plann: unknown field")]
    [InlineData("PUT", "/_control/customers/c", """{"plan": "gold"}""", "$.plan: there is no plan \"gold\"")]
    [InlineData("PUT", "/_control/customers/c", """{"usage": {"feature-sso": 1}}""", "$.usage.feature-sso: the feature has no meter")]
    [InlineData("PUT", "/_control/customers/c", """{"plan": """, "not JSON")]
    [InlineData("PUT", "/_control/customers/c", "[]", "$: must be an object")]
    [InlineData("PUT", "/_control/customers/100%", "{}", "percent-encoded")]
    [InlineData("PUT", "/_control/customers/customer-demo/usage", """{"currentUsage": 1}""", "exactly one")]
    [InlineData("PUT", "/_control/customers/customer-demo/usage", """{"feature": "nope", "currentUsage": 1}""", "$.usage.nope: there is no feature")]
    [InlineData("PUT", "/_control/api-key", """{"apiKey": ""}""", "$.apiKey: must not be empty")]
    [InlineData("POST", "/_control/faults", """{"kind": "explode"}""", "$.kind: must be one of brokenBody, cut, cutMidBody")]
    [InlineData("POST", "/_control/faults", """{"kind": "delay"}""", "$.delayMs")]
    [InlineData("POST", "/_control/faults", """{"kind": "cut", "time": 2}""", "$.time: unknown field")]
    [InlineData("POST", "/_control/faults", """{"kind": "cut", "times": 0}""", "$.times: must be a whole number")]
    [InlineData("POST", "/_control/faults", """{"kind": "cut", "kind": "hang"}""", "$.kind: stands twice")]
    public async Task Bad_body_is_refused_by_the_field_that_is_wrong(string method, string path, string body, string problem)
    {
        using var response = await SendAsync(new HttpMethod(method), path, body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonOf(response)).GetProperty("error").GetString().Should().Contain(problem);
        Control.Faults.List().Should().BeEmpty();
        Control.FindCustomer("c").Should().BeNull();
    }

    [Theory]
    [InlineData("PUT", "/_control/customers/nobody/usage", """{"feature": "feature-api-calls", "currentUsage": 1}""")]
    [InlineData("GET", "/_control/customers/nobody", null)]
    [InlineData("DELETE", "/_control/faults/7", null)]
    [InlineData("GET", "/_control/nothing", null)]
    [InlineData("DELETE", "/_control/counters", null)]
    public async Task What_is_not_there_is_answered_with_404(string method, string path, string? body)
    {
        using var response = await SendAsync(new HttpMethod(method), path, body);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Body_beyond_a_mebibyte_is_refused()
    {
        using var response = await SendAsync(HttpMethod.Put, "/_control/customers/c/raw-state", new string('x', (1024 * 1024) + 1));

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Raw_state_is_answered_byte_by_byte()
    {
        await DoneAsync(HttpMethod.Put, "/_control/customers/ghost/raw-state", """{"data" :  "anything, é"}""");
        await DoneAsync(HttpMethod.Put, "/_control/customers/ghost/raw-state?resourceId=r%2F1", "{");

        using var own = await ReadStateAsync("ghost");
        using var resource = await ReadStateAsync("ghost", "r/1");
        (await own.Content.ReadAsStringAsync(InTime)).Should().Be("""{"data" :  "anything, é"}""");
        (await resource.Content.ReadAsStringAsync(InTime)).Should().Be("{");

        await DoneAsync(HttpMethod.Delete, "/_control/customers/ghost/raw-state");
        Reason(await StateAsync("ghost")).Should().Be("CustomerNotFound");
    }

    [Fact]
    public async Task Faults_are_added_listed_and_cleared()
    {
        using var added = await SendAsync(
            HttpMethod.Post, "/_control/faults", """{"target": "state", "kind": "status", "status": 503, "times": 1, "customerId": "customer-demo"}""");
        var id = (await JsonOf(added)).GetProperty("id").GetInt32();

        using var failed = await ReadStateAsync("customer-demo");
        using var listed = await SendAsync(HttpMethod.Get, "/_control/faults");
        failed.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        var fault = (await JsonOf(listed)).GetProperty("faults")[0];
        fault.GetProperty("id").GetInt32().Should().Be(id);
        fault.GetProperty("hits").GetInt32().Should().Be(1);
        fault.GetProperty("kind").GetString().Should().Be("status");

        await DoneAsync(HttpMethod.Delete, $"/_control/faults/{id}");
        using var any = await SendAsync(HttpMethod.Post, "/_control/faults", """{"target": "any", "kind": "cut"}""");
        await DoneAsync(HttpMethod.Delete, "/_control/faults");
        Control.Faults.List().Should().BeEmpty();
    }

    [Fact]
    public async Task Key_is_changed()
    {
        await DoneAsync(HttpMethod.Put, "/_control/api-key", """{"apiKey": "second"}""");

        using var response = await ReadStateAsync("customer-demo", apiKey: "second");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_are_counted_by_what_they_are_for()
    {
        using var config = await ReadConfigAsync();
        using var unauthorized = await ReadStateAsync("customer-demo", apiKey: "wrong");
        await StateAsync("customer-demo");
        await StateAsync("customer-workspaces", "workspace-north");
        await StateAsync("customer-workspaces", "workspace-north");
        await SendRawAsync("GET /v1/c/a/b/entitlements-state.json HTTP/1.1");

        using var response = await SendAsync(HttpMethod.Get, "/_control/counters");
        var counters = await JsonOf(response);

        Number("total").Should().Be(6);
        Number("config").Should().Be(1);
        Number("state").Should().Be(4);
        Number("unauthorized").Should().Be(1);
        Number("badRequests").Should().Be(1);
        var workspaces = counters.GetProperty("customers").GetProperty("customer-workspaces");
        workspaces.GetProperty("total").GetInt32().Should().Be(2);
        workspaces.GetProperty("own").GetInt32().Should().Be(0);
        workspaces.GetProperty("resources").GetProperty("workspace-north").GetInt32().Should().Be(2);

        await DoneAsync(HttpMethod.Post, "/_control/counters/reset");
        Control.Requests.Snapshot().Total.Should().Be(0);
        Control.Requests.Snapshot().Customers.Should().BeEmpty();

        int Number(string name) => counters.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Requests_in_flight_are_counted()
    {
        var hold = Control.HoldState(customerId: null);
        var reads = Enumerable.Range(0, 3).Select(i => StateAsync($"customer {i}")).ToList();
        await hold.WaitUntilHeldAsync(3, InTime);

        Control.Requests.Snapshot().InFlight.Should().Be(3);
        hold.Dispose();
        await Task.WhenAll(reads);

        Control.Requests.Snapshot().MaxInFlight.Should().Be(3);
    }

    [Fact]
    public async Task Arrivals_can_be_waited_for()
    {
        var second = Control.WaitForRequestsAsync(RequestKey.Entry("customer-demo"), 2, InTime);
        var any = Control.WaitForRequestsAsync(RequestKey.Any, 1, InTime);

        await StateAsync("customer-demo");
        await any;
        second.IsCompleted.Should().BeFalse();
        await StateAsync("customer-demo", "a resource is another entry");
        second.IsCompleted.Should().BeFalse();
        await StateAsync("customer-demo");

        await second;
        using var gone = new CancellationTokenSource();
        var never = Control.WaitForRequestsAsync(RequestKey.Config, 1, gone.Token);
        await gone.CancelAsync();
        await FluentActions.Awaiting(() => never).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Control_is_neither_counted_nor_harmed_by_faults()
    {
        Control.Faults.Add(FaultRule.Cut());
        Control.ApiKey = "unknown to the caller";

        using var response = await SendAsync(HttpMethod.Get, "/_control/requests");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Many_can_change_and_read_at_once()
    {
        var work = Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                Control.PutCustomer($"customer {worker}", """{"plan": "free"}""");
                Control.SetUsage($"customer {worker}", "feature-api-calls", i);
                var state = await StateAsync($"customer {worker}");
                Feature(state, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(i);
            }
        }));

        await Task.WhenAll(work);

        Control.Requests.Count(RequestKey.State).Should().Be(16 * 25);
        Control.Requests.Snapshot().InFlight.Should().BeInRange(0, 16);
    }

    private async Task DoneAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, body);
        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }
}
