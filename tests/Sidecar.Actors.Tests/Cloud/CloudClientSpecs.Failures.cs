using System.Net;
using System.Net.Sockets;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cloud;

/// <summary>What failures are called, which are tried again and when, and that none tells the key.</summary>
public sealed partial class CloudClientSpecs
{
    private static readonly Dictionary<string, Func<HttpResponseMessage>> Failing = new()
    {
        ["no connection"] = () => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"),
        ["a broken connection"] = () => throw new IOException($"broken while {TestCloud.Key} was sent"),
        ["a name that is not found"] = () => throw new HttpRequestException(
            HttpRequestError.NameResolutionError, $"no {TestCloud.Key}", new SocketException((int)SocketError.HostNotFound)),
        ["no answer in time"] = () => throw new TaskCanceledException("the connection took too long", new TimeoutException()),
        ["a broken body"] = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new Broken()) },
        ["500"] = () => ScriptedHandler.Json("", HttpStatusCode.InternalServerError),
        ["503"] = () => ScriptedHandler.Json($"{TestCloud.Key} is unavailable", HttpStatusCode.ServiceUnavailable),
        ["302"] = () => ScriptedHandler.Json("", HttpStatusCode.Found),
        ["400"] = () => ScriptedHandler.Json(States.Body("f"), HttpStatusCode.BadRequest),
        ["401"] = () => ScriptedHandler.Json("", HttpStatusCode.Unauthorized),
        ["403"] = () => ScriptedHandler.Json("", HttpStatusCode.Forbidden),
        ["404"] = () => ScriptedHandler.Json("", HttpStatusCode.NotFound),
        ["429"] = () => ScriptedHandler.Json("", HttpStatusCode.TooManyRequests),
        ["an error in the body"] = () => ScriptedHandler.Json(States.ErrorBody("UnexpectedError", $"bad key {TestCloud.Key}")),
        ["an error whose code is the key"] = () => ScriptedHandler.Json(States.ErrorBody(TestCloud.Key)),
        ["an error beside data"] = () => ScriptedHandler.Json("""
            {"data": {"entitlementsState": {"entitlementsV2": []}}, "errors": [{"message": "partly"}]}
            """),
        ["a refused key in the body"] = () => ScriptedHandler.Json(States.ErrorBody("Unauthenticated")),
        ["no JSON"] = () => ScriptedHandler.Json($"<html>{TestCloud.Key}</html>"),
        ["JSON that is something else"] = () => ScriptedHandler.Json($$"""{"{{TestCloud.Key}}": [1, }"""),
        ["nothing"] = () => ScriptedHandler.Json("", HttpStatusCode.NoContent),
    };

    public static TheoryData<string, CloudFailureKind, int> Table => new()
    {
        { "no connection", CloudFailureKind.Network, 3 },
        { "a broken connection", CloudFailureKind.Network, 3 },
        { "a name that is not found", CloudFailureKind.Network, 3 },
        { "a broken body", CloudFailureKind.Network, 3 },
        { "no answer in time", CloudFailureKind.Timeout, 3 },
        { "500", CloudFailureKind.ServerError, 3 },
        { "503", CloudFailureKind.ServerError, 3 },
        { "302", CloudFailureKind.Refused, 1 },
        { "400", CloudFailureKind.Refused, 1 },
        { "403", CloudFailureKind.Refused, 1 },
        { "404", CloudFailureKind.Refused, 1 },
        { "429", CloudFailureKind.RateLimited, 1 },
        { "401", CloudFailureKind.InvalidKey, 1 },
        { "a refused key in the body", CloudFailureKind.InvalidKey, 1 },
        { "an error in the body", CloudFailureKind.ErrorInBody, 1 },
        { "an error whose code is the key", CloudFailureKind.ErrorInBody, 1 },
        { "an error beside data", CloudFailureKind.ErrorInBody, 1 },
        { "no JSON", CloudFailureKind.Unreadable, 1 },
        { "JSON that is something else", CloudFailureKind.Unreadable, 1 },
        { "nothing", CloudFailureKind.Unreadable, 1 },
    };

    [Fact]
    public void The_table_names_each_way_to_fail() =>
        Table.Select(row => (string)row[0]).Should().BeEquivalentTo(Failing.Keys);

    [Theory]
    [MemberData(nameof(Table))]
    public async Task A_failure_has_a_name_a_number_of_tries_and_a_count_for_each(string what, CloudFailureKind kind, int tries)
    {
        using var edge = ScriptedHandler.Answering(Failing[what]);
        using var client = NewClient(edge);

        var read = await EndAsync(client.ReadStateAsync(Key, Guard, CloudPath.Edge), tries);

        read.State.Should().BeNull();
        read.Failure!.Kind.Should().Be(kind);
        edge.Count.Should().Be(tries);
        if (kind == CloudFailureKind.InvalidKey)
            ExpectCounted(network: 0, key: tries);
        else
            ExpectCounted(network: tries);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task No_failure_tells_the_key(string what, CloudFailureKind kind, int tries)
    {
        using var edge = ScriptedHandler.Answering(Failing[what]);
        using var client = NewClient(edge);

        var read = await EndAsync(client.ReadStateAsync(Key, Guard, CloudPath.Edge), tries);
        var check = await client.CheckKeyAsync();

        read.ToString().Should().NotContain(TestCloud.Key).And.Contain(kind.ToString());
        (check?.ToString() ?? "").Should().NotContain(TestCloud.Key);
    }

    [Fact]
    public async Task Tries_are_spaced_by_a_tenth_of_a_second_doubling()
    {
        using var edge = new ScriptedHandler((request, number, cancellation) =>
            request.RequestUri!.AbsolutePath.Contains("/other", StringComparison.Ordinal)
                ? ScriptedHandler.HangAsync(request, number, cancellation)
                : Task.FromResult(Failing["503"]()));
        using var client = NewClient(edge);
        // As long as more is asked for, one entry's failures say nothing of the cloud.
        Task[] others = [client.ReadStateAsync(new("other-1"), Guard, CloudPath.Edge), client.ReadStateAsync(new("other-2"), Guard, CloudPath.Edge)];
        await edge.ArrivedAsync(2);
        await SkipTimersAsync(2);
        var reading = client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        foreach (var seconds in new[] { 0.1, 0.2, 0.4 })
        {
            (await _time.NextTimerAsync()).Should().Be(CloudSettings.AttemptTimeout);
            var delay = await _time.NextTimerAsync();
            delay.Should().Be(TimeSpan.FromSeconds(seconds));
            reading.IsCompleted.Should().BeFalse();
            _time.Advance(delay);
        }

        (await reading).Failure!.Kind.Should().Be(CloudFailureKind.ServerError);
        edge.Count.Should().Be(2 + 4);
        client.IsSuspended.Should().BeFalse();
        _time.Advance(Guard);
        await Task.WhenAll(others);
    }

    [Theory]
    [InlineData(0, 0.05)]
    [InlineData(0.999, 0.15)]
    public async Task The_spaces_are_spread_by_half_of_themselves(double jitter, double seconds)
    {
        using var edge = ScriptedHandler.Answering(Failing["503"]);
        using var client = NewClient(edge, jitter);
        var reading = client.ReadStateAsync(Key, TimeSpan.FromMinutes(5), CloudPath.Edge);
        await _time.NextTimerAsync();

        (await _time.NextTimerAsync()).TotalSeconds.Should().BeApproximately(seconds, 0.002);

        _time.Advance(TimeSpan.FromMinutes(5));
        await reading;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_try_that_succeeds_is_the_last(int failures)
    {
        Func<HttpResponseMessage>[] answers =
            [.. Enumerable.Repeat(Failing["503"], failures), () => ScriptedHandler.Json(States.Body("feature"))];
        using var edge = ScriptedHandler.Answering(answers);
        using var client = NewClient(edge);

        var read = await EndAsync(client.ReadStateAsync(Key, Guard, CloudPath.Edge), failures + 1);

        read.State!.FindFeature("feature").Should().NotBeNull();
        edge.Count.Should().Be(failures + 1);
        ExpectCounted(network: failures);
    }

    [Fact]
    public async Task A_try_that_hangs_is_given_up_after_three_seconds_and_the_next_one_may_succeed()
    {
        using var edge = new ScriptedHandler((request, number, cancellation) => number == 1
            ? ScriptedHandler.HangAsync(request, number, cancellation)
            : Task.FromResult(ScriptedHandler.Json(States.Body("feature"))));
        using var client = NewClient(edge);
        var reading = client.ReadStateAsync(Key, Guard, CloudPath.Edge);
        await edge.ArrivedAsync(1);
        await SkipTimersAsync(1);

        _time.Advance(TimeSpan.FromSeconds(3));
        _time.Advance(await _time.NextTimerAsync());

        (await reading).State!.FindFeature("feature").Should().NotBeNull();
        ExpectCounted(network: 1);
    }

    [Fact]
    public async Task A_hanging_cloud_is_given_up_at_the_limit_and_its_breaker_is_open_by_then_for_one_entry_alone()
    {
        using var edge = ScriptedHandler.Hanging();
        using var client = NewClient(edge, jitter: 1);
        var reading = client.ReadStateAsync(Key, Guard, CloudPath.Edge);
        var passed = TimeSpan.Zero;
        for (var tries = 1; tries <= 3; tries++)
        {
            await edge.ArrivedAsync(tries);
            reading.IsCompleted.Should().BeFalse();
            client.IsSuspended.Should().BeFalse();
            Pass(await _time.NextTimerAsync());
            if (tries < 3)
                Pass(await _time.NextTimerAsync());
        }

        passed.Should().BeLessThan(Guard);
        (await reading).Failure!.Kind.Should().Be(CloudFailureKind.Timeout);
        client.IsSuspended.Should().BeTrue("three tries in a row failed");
        edge.Count.Should().Be(3);
        ExpectCounted(network: 3);

        void Pass(TimeSpan time)
        {
            passed += time;
            _time.Advance(time);
        }
    }

    [Fact]
    public async Task The_limit_holds_for_all_tries_together_and_the_last_one_says_why()
    {
        using var edge = ScriptedHandler.Answering(Failing["503"], Failing["no connection"]);
        using var client = NewClient(edge);
        var reading = client.ReadStateAsync(Key, TimeSpan.FromSeconds(0.25), CloudPath.Edge);
        await SkipTimersAsync(1);
        _time.Advance(await _time.NextTimerAsync());
        await SkipTimersAsync(2);
        reading.IsCompleted.Should().BeFalse();

        _time.Advance(TimeSpan.FromSeconds(0.15));

        (await reading).Failure!.Kind.Should().Be(CloudFailureKind.Network);
        edge.Count.Should().Be(2);
    }

    [Theory]
    [InlineData(CloudFailureKind.NoKey, false, false)]
    [InlineData(CloudFailureKind.InvalidKey, false, true)]
    [InlineData(CloudFailureKind.Network, true, true)]
    [InlineData(CloudFailureKind.Timeout, true, true)]
    [InlineData(CloudFailureKind.ServerError, true, true)]
    [InlineData(CloudFailureKind.Refused, false, false)]
    [InlineData(CloudFailureKind.ErrorInBody, false, false)]
    [InlineData(CloudFailureKind.Unreadable, false, false)]
    [InlineData(CloudFailureKind.Busy, false, false)]
    [InlineData(CloudFailureKind.RateLimited, false, false)]
    [InlineData(CloudFailureKind.Suspended, false, false)]
    [InlineData(CloudFailureKind.Offline, false, false)]
    public void An_outage_is_told_apart_from_one_bad_answer(CloudFailureKind kind, bool isNoAnswer, bool isOutage)
    {
        var failure = new CloudFailure(kind, "");

        failure.IsNoAnswer.Should().Be(isNoAnswer);
        failure.IsWorthRetrying(CloudPath.Edge).Should().Be(isNoAnswer);
        failure.IsWorthRetrying(CloudPath.Api).Should().Be(isNoAnswer || kind == CloudFailureKind.RateLimited);
        failure.IsOutage.Should().Be(isOutage);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(299, null)]
    [InlineData(100, CloudFailureKind.Refused)]
    [InlineData(304, CloudFailureKind.Refused)]
    [InlineData(499, CloudFailureKind.Refused)]
    [InlineData(401, CloudFailureKind.InvalidKey)]
    [InlineData(500, CloudFailureKind.ServerError)]
    [InlineData(599, CloudFailureKind.ServerError)]
    public void A_status_has_its_failure(int status, CloudFailureKind? kind) =>
        (CloudFailure.Of((HttpStatusCode)status)?.Kind).Should().Be(kind);

    [Fact]
    public void Password_of_a_proxy_is_in_no_text()
    {
        const string told = "the tunnel through 'http://somebody:let-me%40through@proxy:8080/' failed";
        Exception[] failures =
        [
            new HttpRequestException(HttpRequestError.ProxyTunnelError, told),
            new HttpRequestException(HttpRequestError.ProxyTunnelError, "no", new IOException(told)),
            new IOException(told),
        ];

        foreach (var failure in failures)
            CloudFailure.Of(failure).Detail.Should().EndWith("the tunnel through 'http://proxy:8080/' failed");
    }

    // Lets the pauses between the tries pass.
    private async Task<CloudRead> EndAsync(Task<CloudRead> reading, int tries)
    {
        await SkipTimersAsync(1);
        for (var i = 1; i < tries; i++)
        {
            _time.Advance(await _time.NextTimerAsync());
            await SkipTimersAsync(1);
        }

        return await reading;
    }

    // The limit of each try is its first timer, the pause before the next one its second.
    private async Task SkipTimersAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await _time.NextTimerAsync();
    }

    private sealed class Broken : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException($"reset after {TestCloud.Key}");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            throw new IOException($"reset after {TestCloud.Key}");
    }
}
