using System.Net;
using System.Text.Json;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cloud;

/// <summary>What is sent to the API, and how its rules of retry differ from Edge's.</summary>
public sealed partial class CloudClientSpecs
{
    [Theory]
    [InlineData(null)]
    [InlineData("resource \"7\"")]
    public async Task A_read_from_the_API_is_one_operation_with_the_ids_as_variables(string? resourceId)
    {
        using var api = Recording(out var bodies);
        using var client = NewClient(api);

        var read = await client.ReadStateAsync(new("customer \u00e9", resourceId), Guard, CloudPath.Api);

        read.State!.FindFeature("feature").Should().NotBeNull();
        var request = api.Requests.Should().ContainSingle().Subject;
        request.Method.Should().Be(HttpMethod.Post);
        request.Address.OriginalString.Should().Be("http://api.test/graphql");
        request.Headers.Should().Contain("X-API-KEY", TestCloud.Key).And.Contain("source", "sidecar")
            .And.Contain("x-graphql-operation-name", "GetEntitlementsState").And.NotContainKey("X-API-VERSION");
        using var body = JsonDocument.Parse(bodies.Single());
        body.RootElement.GetProperty("operationName").GetString().Should().Be("GetEntitlementsState");
        body.RootElement.GetProperty("query").GetString().Should().StartWith("query GetEntitlementsState($query: FetchEntitlementsQuery!)");
        var query = body.RootElement.GetProperty("variables").GetProperty("query");
        query.GetProperty("customerId").GetString().Should().Be("customer \u00e9");
        query.TryGetProperty("resourceId", out var resource).Should().Be(resourceId is not null);
        if (resourceId is not null)
            resource.GetString().Should().Be(resourceId);
    }

    [Fact]
    public async Task Where_Edge_is_disabled_the_key_is_checked_at_the_API()
    {
        using var api = Recording(out var bodies);
        using var client = new CloudClient(
            TestCloud.Settings() with { ReadPath = CloudPath.Api, ApiUrl = new Uri("http://api.test/proxy/") }, _counters, _time, () => 0.5, api);

        (await client.CheckKeyAsync()).Should().BeNull();

        api.Requests.Should().ContainSingle().Which.Address.OriginalString.Should().Be("http://api.test/proxy/graphql");
        bodies.Single().Should().Contain("sdkConfiguration").And.Contain("GetSdkConfiguration");
    }

    [Theory]
    [InlineData("500", CloudFailureKind.ServerError, 1)]
    [InlineData("400", CloudFailureKind.Refused, 1)]
    [InlineData("403", CloudFailureKind.Refused, 1)]
    [InlineData("401", CloudFailureKind.InvalidKey, 1)]
    [InlineData("429", CloudFailureKind.RateLimited, 5)]
    [InlineData("503", CloudFailureKind.ServerError, 3)]
    [InlineData("no connection", CloudFailureKind.Network, 3)]
    [InlineData("a refused key in the body", CloudFailureKind.InvalidKey, 1)]
    [InlineData("an error in the body", CloudFailureKind.ErrorInBody, 1)]
    public async Task The_API_is_asked_again_after_429_and_5xx_but_500(string what, CloudFailureKind kind, int tries)
    {
        using var api = ScriptedHandler.Answering(Failing[what]);
        using var client = NewClient(api);

        var read = await EndAsync(client.ReadStateAsync(Key, TimeSpan.FromMinutes(1), CloudPath.Api), tries);

        read.Failure!.Kind.Should().Be(kind);
        api.Count.Should().Be(tries, "up to five times, and no more once three in a row brought no answer");
        _counters.Upstream.Requests.Where(r => r.Count.Value > 0).Select(r => (r.Target, r.Count.Value)).Should().Equal(("api", tries));
        _counters.Upstream.Retries.Single(r => r.Target == "api").Count.Value.Should().Be(tries - 1);
    }

    [Fact]
    public async Task Tries_of_the_API_are_spaced_by_half_a_second_at_least()
    {
        using var api = ScriptedHandler.Answering(Failing["429"]);
        using var client = NewClient(api, jitter: 0);
        var reading = client.ReadStateAsync(Key, TimeSpan.FromMinutes(1), CloudPath.Api);

        foreach (var seconds in new[] { 0.5, 0.5, 0.667, 0.667 })
        {
            await SkipTimersAsync(1);
            var delay = await _time.NextTimerAsync();
            delay.TotalSeconds.Should().BeApproximately(seconds, 0.002);
            _time.Advance(delay);
        }

        (await reading).Failure!.Kind.Should().Be(CloudFailureKind.RateLimited);
    }

    [Theory]
    [InlineData("Unauthenticated", CloudFailureKind.InvalidKey)]
    [InlineData("BadUserInput", CloudFailureKind.ErrorInBody)]
    public async Task A_refusal_of_the_API_is_what_its_body_says(string code, CloudFailureKind kind)
    {
        using var api = ScriptedHandler.Answering(States.ErrorBody(code), HttpStatusCode.BadRequest);
        using var client = NewClient(api);

        (await client.ReadStateAsync(Key, Guard, CloudPath.Api)).Failure!.Kind.Should().Be(kind);
    }

    [Fact]
    public async Task Each_path_has_a_breaker_of_its_own()
    {
        using var cloud = new ScriptedHandler((request, _, _) => Task.FromResult(
            request.Method == HttpMethod.Get ? Failing["503"]() : ScriptedHandler.Json(States.Body("feature"))));
        using var client = NewClient(cloud);
        await EndAsync(client.ReadStateAsync(Key, Guard, CloudPath.Edge), tries: 3);

        client.IsSuspended.Should().BeTrue();
        (await client.ReadStateAsync(Key, Guard, CloudPath.Edge)).Should().Be(CloudRead.Suspended);
        (await client.ReadStateAsync(Key, Guard, CloudPath.Api)).State.Should().NotBeNull();
        client.IsOpen(CloudPath.Api).Should().BeFalse();
        client.IsSuspended.Should().BeTrue("an answer of the other path says nothing of this one");
    }

    [Fact]
    public async Task A_broken_body_of_one_customer_never_suspends_reads()
    {
        using var edge = ScriptedHandler.Answering(Failing["no JSON"]);
        using var client = NewClient(edge);

        for (var i = 0; i < 50; i++)
            (await client.ReadStateAsync(Key, Guard, CloudPath.Edge)).Failure!.Kind.Should().Be(CloudFailureKind.Unreadable);

        client.IsSuspended.Should().BeFalse();
    }

    [Fact]
    public async Task Another_key_is_sent_with_the_next_request()
    {
        using var edge = ScriptedHandler.Answering(States.Body());
        var settings = TestCloud.Settings();
        using var client = new CloudClient(settings, _counters, _time, () => 0.5, edge);
        await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        settings.ApiKey.Replace(new Secret("another-key")).Should().BeTrue();
        settings.ApiKey.Replace(new Secret("another-key")).Should().BeFalse("it is the same");
        await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        edge.Requests.Select(r => r.Headers["X-API-KEY"]).Should().Equal(TestCloud.Key, "another-key");
    }

    private static ScriptedHandler Recording(out List<string> bodies)
    {
        var seen = new List<string>();
        bodies = seen;
        return new ScriptedHandler(async (request, _, cancellation) =>
        {
            seen.Add(await request.Content!.ReadAsStringAsync(cancellation));
            return ScriptedHandler.Json(States.Body("feature"));
        });
    }
}
