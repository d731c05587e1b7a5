using System.Globalization;
using System.Net;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cloud;

/// <summary>What is sent to Edge, and what comes of each answer.</summary>
public sealed partial class CloudClientSpecs
{
    private static readonly EntryKey Key = new("customer");
    private static readonly TimeSpan Guard = CloudSettings.ReadGuard;
    private readonly VirtualTime _time = new();
    private readonly SidecarCounters _counters = new();

    [Theory]
    [InlineData("customer", "customer")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a?b", "a%3Fb")]
    [InlineData("a#b", "a%23b")]
    [InlineData("100%", "100%25")]
    [InlineData("%2e%2e", "%252e%252e")]
    [InlineData("a b", "a%20b")]
    [InlineData(" ", "%20")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("...", "...")]
    [InlineData("../x", "..%2Fx")]
    [InlineData("a\\b", "a%5Cb")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("a&b=c+d", "a%26b%3Dc%2Bd")]
    [InlineData("\u00e9", "%C3%A9")]
    [InlineData("\U0001F600", "%F0%9F%98%80")]
    [InlineData("a:r_b", "a%3Ar_b")]
    [InlineData("http://evil.test/", "http%3A%2F%2Fevil.test%2F")]
    public async Task Each_id_is_one_segment_of_the_path_and_one_value_of_the_query(string id, string encoded)
    {
        using var edge = ScriptedHandler.Answering(States.Body());
        using var client = NewClient(edge);

        await client.ReadStateAsync(new EntryKey(id), Guard, CloudPath.Edge);
        await client.ReadStateAsync(new EntryKey("customer", id), Guard, CloudPath.Edge);

        var path = $"/v1/c/{encoded}/entitlements-state.json";
        edge.Requests[0].Address.OriginalString.Should().Be($"http://edge.test{path}");
        edge.Requests[0].Address.AbsolutePath.Should().Be(path);
        edge.Requests[1].Address.OriginalString
            .Should().Be($"http://edge.test/v1/c/customer/entitlements-state.json?resourceId={encoded}");
        edge.Requests[1].Address.PathAndQuery.Should().Be($"/v1/c/customer/entitlements-state.json?resourceId={encoded}");
    }

    [Theory]
    [InlineData("..", "%2E%2E")]
    [InlineData("a/../b", "a%2F..%2Fb")]
    [InlineData("%2F", "%252F")]
    public async Task So_it_goes_over_the_wire(string id, string encoded)
    {
        await using var server = new RawServer("HTTP/1.1 404 Not Found\nContent-Length: 0\nConnection: close\n\n");
        using var client = new CloudClient(TestCloud.Settings(edge: server.Address), _counters, TimeProvider.System, () => 0);

        await client.ReadStateAsync(new EntryKey(id, id), Guard, CloudPath.Edge);

        server.Heads.Should().ContainSingle().Which[0]
            .Should().Be($"GET /v1/c/{encoded}/entitlements-state.json?resourceId={encoded} HTTP/1.1");
    }

    [Fact]
    public async Task A_path_of_the_base_address_is_kept()
    {
        using var edge = ScriptedHandler.Answering(States.Body());
        using var client = new CloudClient(TestCloud.Settings(edge: "http://edge.test/proxy/edge/"), _counters, _time, () => 0, edge);

        await client.ReadStateAsync(Key, Guard, CloudPath.Edge);
        await client.CheckKeyAsync();

        edge.Requests.Select(r => r.Address.OriginalString).Should().Equal(
            "http://edge.test/proxy/edge/v1/c/customer/entitlements-state.json",
            "http://edge.test/proxy/edge/v1/config/server-sdk-configuration.json");
    }

    [Fact]
    public async Task Every_request_carries_the_headers_of_the_official_clients()
    {
        using var edge = ScriptedHandler.Answering(States.Body());
        using var client = NewClient(edge);

        await client.ReadStateAsync(Key, Guard, CloudPath.Edge);
        await client.CheckKeyAsync();

        edge.Requests.Should().HaveCount(2).And.AllSatisfy(request =>
        {
            request.Method.Should().Be(HttpMethod.Get);
            request.Headers.Should().Contain("X-API-KEY", TestCloud.Key);
            request.Headers.Should().Contain("X-API-VERSION", "1");
            request.Headers.Should().Contain("source", "sidecar");
            request.Headers.Should().Contain("X-SDK-INSTANCE-ID", "0b9c1d8e-3f2a-4c5d-8e7f-1a2b3c4d5e6f");
            request.Headers.Should().Contain("X-SDK-OS-PROCESS-HOSTNAME", "host-1");
            request.Headers.Should().Contain("X-SDK-OS-PROCESS-ID", "4711");
            request.Headers.Should().Contain("X-SDK-OS-PROCESS-TIMESTAMP", "1790000000123");
            request.Headers.Should().ContainKey("X-SDK-OS-PROCESS-FINGERPRINT").WhoseValue.Should().MatchRegex("^[0-9a-f]{64}$");
        });
        edge.Requests.Select(r => r.Headers["X-SDK-OS-PROCESS-FINGERPRINT"]).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_state_is_read()
    {
        using var edge = ScriptedHandler.Answering(States.Body("feature"));
        using var client = NewClient(edge);

        var read = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        read.State!.FindFeature("feature").Should().NotBeNull();
        read.Failure.Should().BeNull();
        read.Unreadable.Should().Be(0);
        ExpectCounted(network: 0);
    }

    [Fact]
    public async Task Entitlements_that_cannot_be_read_are_passed_over_and_counted()
    {
        using var edge = ScriptedHandler.Answering(States.Envelope("""
            {"__typename": "FeatureEntitlement", "feature": {"refId": "f", "featureType": "BOOLEAN"}}, 7, "x"
            """));
        using var client = NewClient(edge);

        var read = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        read.State!.FindFeature("f").Should().NotBeNull();
        read.Unreadable.Should().Be(2);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_is_a_refusal()
    {
        await using var elsewhere = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\nConnection: close\n\n{}");
        await using var server = new RawServer(
            $"HTTP/1.1 302 Found\nLocation: {elsewhere.Address}/\nContent-Length: 0\nConnection: close\n\n");
        using var client = new CloudClient(TestCloud.Settings(edge: server.Address), _counters, TimeProvider.System, () => 0);

        var read = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        read.Failure!.Kind.Should().Be(CloudFailureKind.Refused);
        server.Heads.Should().ContainSingle();
        elsewhere.Connections.Should().Be(0, "it would be given the key");
    }

    [Fact]
    public async Task Without_a_key_nothing_is_sent()
    {
        using var edge = ScriptedHandler.Answering(States.Body());
        using var client = new CloudClient(TestCloud.Settings(key: null), _counters, _time, () => 0, edge);

        var read = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        read.Failure!.Kind.Should().Be(CloudFailureKind.NoKey);
        edge.Count.Should().Be(0);
        ExpectCounted(network: 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_up_to_the_limit_is_read_and_one_byte_more_is_not(bool isLengthTold)
    {
        var body = States.Body("feature");
        using var edge = ScriptedHandler.Answering(() => Padded(CloudSettings.MaxBodyBytes), () => Padded(CloudSettings.MaxBodyBytes + 1));
        using var client = NewClient(edge);

        var fits = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);
        var tooLong = await client.ReadStateAsync(Key, Guard, CloudPath.Edge);

        fits.State!.FindFeature("feature").Should().NotBeNull();
        tooLong.Failure!.Kind.Should().Be(CloudFailureKind.Unreadable);
        edge.Count.Should().Be(2, "it would be as long the next time");

        HttpResponseMessage Padded(int length)
        {
            var response = ScriptedHandler.Json(body.PadRight(length));
            if (isLengthTold)
                response.Content.Headers.ContentLength.Should().Be(length);
            else
                response.Content = new StreamContent(new UnknownLength(response.Content.ReadAsStream()));
            return response;
        }
    }

    [Fact]
    public async Task Whether_the_key_is_valid_is_asked_once_and_the_answer_is_not_used()
    {
        using var edge = ScriptedHandler.Answering("anything at all");
        using var client = NewClient(edge);

        (await client.CheckKeyAsync()).Should().BeNull();

        edge.Requests.Should().ContainSingle().Which.Address.AbsolutePath.Should().Be("/v1/config/server-sdk-configuration.json");
    }

    [Theory]
    [InlineData(401, "", CloudFailureKind.InvalidKey)]
    [InlineData(503, "", CloudFailureKind.ServerError)]
    [InlineData(404, "", CloudFailureKind.Refused)]
    [InlineData(200, "Unauthenticated", CloudFailureKind.InvalidKey)]
    [InlineData(200, "UnexpectedError", CloudFailureKind.ErrorInBody)]
    public async Task A_key_check_that_fails_is_not_repeated(int status, string errorCode, CloudFailureKind kind)
    {
        using var edge = ScriptedHandler.Answering(errorCode.Length == 0 ? "" : States.ErrorBody(errorCode), (HttpStatusCode)status);
        using var client = NewClient(edge);

        var failure = await client.CheckKeyAsync();

        failure!.Kind.Should().Be(kind);
        edge.Count.Should().Be(1);
        if (kind == CloudFailureKind.InvalidKey)
            ExpectCounted(network: 0, key: 1);
        else
            ExpectCounted(network: 1);
    }

    [Fact]
    public async Task A_key_check_ends_after_a_minute()
    {
        using var edge = ScriptedHandler.Hanging();
        using var client = NewClient(edge);
        var checking = client.CheckKeyAsync();
        await edge.ArrivedAsync(1);

        _time.Advance(TimeSpan.FromSeconds(59.999));
        checking.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.001));

        (await checking)!.Kind.Should().Be(CloudFailureKind.Timeout);
    }

    private CloudClient NewClient(HttpMessageHandler edge, double jitter = 0.5) =>
        new(TestCloud.Settings(), _counters, _time, () => jitter, edge);

    private void ExpectCounted(int network, int key = 0) =>
        (_counters.NetworkRequestErrors.Value, _counters.InvalidApiKeyErrors.Value).Should().Be((network, key));

    // A stream that does not tell its length, as that of a chunked body.
    private sealed class UnknownLength(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException(value.ToString(CultureInfo.InvariantCulture));
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
