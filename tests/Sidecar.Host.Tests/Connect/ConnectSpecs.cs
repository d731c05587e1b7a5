using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Connect;

/// <summary>Unary calls of the Connect protocol, over a socket.</summary>
public sealed class ConnectSpecs(ConnectFixture it) : IClassFixture<ConnectFixture>
{
    private const string Method = "GetBooleanEntitlement";
    private const string Question = """{"customerId":"known","featureId":"flag"}""";
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    public async Task Question_is_answered_in_the_JSON_of_protobuf(string contentType)
    {
        using var response = await it.CallAsync(Method, Question, contentType, ("connect-protocol-version", "1"), ("connect-timeout-ms", "9999999999"));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        response.Headers.Should().NotContain(header => header.Key.StartsWith("trailer-", StringComparison.OrdinalIgnoreCase));
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        JsonNode.DeepEquals(json, JsonNode.Parse(
            """{"hasAccess":true,"entitlement":{"feature":{"id":"flag","featureType":"FEATURE_TYPE_BOOLEAN"}}}""")).Should().BeTrue(json.ToJsonString());
    }

    [Fact]
    public async Task Names_of_the_proto_file_and_unknown_fields_are_taken()
    {
        using var response = await it.CallAsync(Method, """{"customer_id":"known","feature_id":"flag","later":{"a":[1]}}""");

        GetBooleanEntitlementResponse.Parser.ParseJson(await response.Content.ReadAsStringAsync()).HasAccess.Should().BeTrue();
    }

    [Fact]
    public async Task Binary_message_is_answered_by_one()
    {
        using var response = await it.CallAsync(
            Method, new GetBooleanEntitlementRequest { CustomerId = "known", FeatureId = "flag" }.ToByteArray(), "application/proto");

        response.Content.Headers.ContentType!.ToString().Should().Be("application/proto");
        GetBooleanEntitlementResponse.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).HasAccess.Should().BeTrue();
    }

    [Fact]
    public async Task Compressed_message_is_read()
    {
        using var response = await it.CallAsync(Method, Compressed(Encoding.UTF8.GetBytes(Question)), "application/json", ("content-encoding", "gzip"));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GetEntitlements", """{"customerId":"known"}""", "entitlements")]
    [InlineData("GetEntitlementsStateV2", """{"customerId":"known"}""", "entitlements")]
    [InlineData("GetEntitlement", """{"customerId":"known","featureId":"flag"}""", "boolean")]
    [InlineData("GetEntitlementV2", """{"customerId":"known","featureId":"flag"}""", "entitlement")]
    [InlineData("GetMeteredEntitlement", """{"customerId":"other","featureId":"calls","options":{"requestedUsage":2}}""", "isFallback")]
    [InlineData("GetNumericEntitlement", """{"customerId":"other","featureId":"calls"}""", "isFallback")]
    [InlineData("GetEnumEntitlement", """{"customerId":"other","featureId":"calls"}""", "isFallback")]
    [InlineData("ReportUsage", """{"customerId":"known","featureId":"calls","value":1,"dimensions":{"region":{"stringValue":"eu"}}}""", "measurementId")]
    [InlineData("ReportUsageBulk", """{"usages":[{"customerId":"known","featureId":"calls","value":1}]}""", "usages")]
    [InlineData("ReloadEntitlements", """{"customerId":"other"}""", "entitledEntityExists")]
    public async Task Each_method_is_there(string method, string question, string field)
    {
        using var response = await it.CallAsync(method, question);

        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, body);
        JsonNode.Parse(body)!.AsObject().Should().ContainKey(field);
    }

    [Fact]
    public async Task Method_without_an_answer_answers_an_empty_object()
    {
        using var response = await it.CallAsync("ReportEvents", """{"events":[{"eventName":"e","customerId":"known","idempotencyKey":"1"}]}""");

        JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject().Should().BeEmpty();
    }

    [Theory]
    [InlineData("", "the body is empty, expected a JSON object")]
    [InlineData("[]", "the body is a list, expected an object")]
    [InlineData("{\"customerId\":\n tru}", "the body can't be read as JSON: line 2, byte 5")]
    [InlineData("""{"customerId":5,"featureId":"flag"}""", "customerId is 5, expected a string")]
    [InlineData("""{"customerId":"known","options":{"fallback":{"hasAccess":"yes"}}}""", "options.fallback.hasAccess is \"yes\", expected true or false")]
    [InlineData("""{"featureId":"flag"}""", "customer_id is empty, expected an id")]
    [InlineData("""{"customerId":"\ud800","featureId":"flag"}""", "customerId is \"\\ud800\", expected a string")]
    public async Task Request_that_makes_no_sense_is_refused_with_the_place(string body, string message)
    {
        using var response = await it.CallAsync(Method, body);

        await IsErrorAsync(response, HttpStatusCode.BadRequest, "invalid_argument", message);
    }

    [Theory]
    [InlineData("connect-protocol-version", "2")]
    [InlineData("connect-timeout-ms", "12345678901")]
    [InlineData("connect-timeout-ms", "-1")]
    [InlineData("connect-timeout-ms", "1s")]
    public async Task Header_that_makes_no_sense_is_refused(string name, string value)
    {
        using var response = await it.CallAsync(Method, Question, "application/json", (name, value));

        await IsErrorAsync(response, HttpStatusCode.BadRequest, "invalid_argument", $"{name} is '{value}'");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/grpc")]
    [InlineData("application/connect+json")]
    [InlineData(null)]
    public async Task Other_content_is_refused_with_what_is_accepted(string? contentType)
    {
        using var response = await it.CallAsync(Method, Encoding.UTF8.GetBytes(Question), contentType);

        await IsErrorAsync(response, HttpStatusCode.UnsupportedMediaType, "invalid_argument", "Content-Type");
        response.Headers.GetValues("Accept-Post").Should().Equal("application/json, application/proto");
    }

    [Fact]
    public async Task Other_encoding_is_not_implemented()
    {
        using var response = await it.CallAsync(Method, Question, "application/json", ("content-encoding", "br"));

        await IsErrorAsync(response, HttpStatusCode.NotImplemented, "unimplemented", "expected gzip or identity");
    }

    [Fact]
    public async Task What_is_no_gzip_is_refused()
    {
        using var response = await it.CallAsync(Method, Question, "application/json", ("content-encoding", "gzip"));

        await IsErrorAsync(response, HttpStatusCode.BadRequest, "invalid_argument", "not gzip");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    public async Task Other_verb_is_refused_with_the_right_one(string verb)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), ConnectFixture.PathOf(Method));
        using var response = await it.Http.SendAsync(request);

        await IsErrorAsync(response, HttpStatusCode.MethodNotAllowed, "unimplemented", "POST");
        response.Content.Headers.Allow.Should().Equal("POST");
    }

    [Theory]
    [InlineData("/stigg.sidecar.v1.SidecarService/getBooleanEntitlement")]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/livez")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task Other_path_is_not_found(string path)
    {
        using var response = await it.Http.PostAsync(path, new StringContent(Question, Encoding.UTF8, "application/json"));

        await IsErrorAsync(response, HttpStatusCode.NotFound, "unimplemented", $"there is nothing at '{path}'");
    }

    [Fact]
    public async Task Request_of_a_web_page_is_refused()
    {
        using var response = await it.CallAsync(Method, Question, "application/json", ("origin", "http://localhost"));

        await IsErrorAsync(response, HttpStatusCode.Forbidden, "permission_denied", "Origin");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task Message_is_as_long_as_the_bound_and_no_longer(int more, bool isRefused)
    {
        var body = Encoding.UTF8.GetBytes(Question.PadRight(MaxMessageBytes + more));
        // Asked first whether the body is wanted: whoever sends one that is refused meanwhile may find the connection closed before it has read why.
        (string, string) asking = ("expect", "100-continue");
        foreach (var isCompressed in (bool[])[false, true])
        {
            using var response = isCompressed
                ? await it.CallAsync(Method, Compressed(body), "application/json", asking, ("content-encoding", "gzip"))
                : await it.CallAsync(Method, body, "application/json", asking);
            if (isRefused)
                await IsErrorAsync(response, HttpStatusCode.TooManyRequests, "resource_exhausted", "longer than 4194304 bytes");
            else
                response.StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, false, true)]
    [InlineData(0, true, false)]
    [InlineData(1, true, true)]
    public async Task Body_in_pieces_is_as_long_as_the_bound_and_no_longer(int more, bool isCompressed, bool isRefused)
    {
        var body = Encoding.UTF8.GetBytes(Question.PadRight(MaxMessageBytes + more));
        using var response = await SendInPiecesAsync(isCompressed ? Compressed(body) : body, isCompressed);

        if (isRefused)
            await IsErrorAsync(response, HttpStatusCode.TooManyRequests, "resource_exhausted", "longer than");
        else
            response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Body_in_pieces_is_bounded_as_it_is_sent_too()
    {
        // Packed it is longer than the bound: what can't be packed.
        var body = new byte[MaxMessageBytes];
        new Random(1).NextBytes(body);
        using var response = await SendInPiecesAsync(Compressed(body), isCompressed: true);

        await IsErrorAsync(response, HttpStatusCode.TooManyRequests, "resource_exhausted", "longer than");
    }

    [Fact]
    public async Task Caller_that_asks_is_told_where_its_answer_came_from()
    {
        using var known = await it.CallAsync(Method, Question, "application/json", ("x-sidecar-explain", "1"));
        Trailer(known, "source").Should().Be("memory");
        Trailer(known, "freshness").Should().Be("fresh");
        Trailer(known, "node").Should().Be(Environment.MachineName);
        long.Parse(Trailer(known, "age-ms")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(0, 600_000);

        using var unknown = await it.CallAsync("GetMeteredEntitlement", """{"customerId":"other","featureId":"calls"}""", "application/json", ("x-sidecar-explain", "1"));
        Trailer(unknown, "source").Should().Be("global_fallback");

        using var unasked = await it.CallAsync(Method, Question, "application/json", ("x-sidecar-explain", "0"));
        Trailer(unasked, "source").Should().BeNull();
    }

    private async Task<HttpResponseMessage> SendInPiecesAsync(byte[] body, bool isCompressed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ConnectFixture.PathOf(Method)) { Content = new StreamContent(new MemoryStream(body)) };
        request.Content.Headers.ContentType = new("application/json");
        if (isCompressed)
            request.Content.Headers.ContentEncoding.Add("gzip");
        request.Headers.TransferEncodingChunked = true;
        return await it.Http.SendAsync(request);
    }

    private static string? Trailer(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues($"trailer-x-sidecar-{name}", out var values) ? values.Single() : null;

    private static async Task IsErrorAsync(HttpResponseMessage response, HttpStatusCode status, string code, string message)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, body);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        var error = JsonNode.Parse(body)!;
        ((string?)error["code"]).Should().Be(code);
        ((string?)error["message"]).Should().Contain(message);
    }

    private static byte[] Compressed(byte[] body)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest))
            gzip.Write(body);
        return to.ToArray();
    }
}
