using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Actors;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests.Diagnostics;

/// <summary>The diagnostics of a whole service inside the spec's process: who is let in, and what is refused how.</summary>
public sealed class DiagnosticsEndpointSpecs(DiagnosticsEndpointSpecs.Services services) : IClassFixture<DiagnosticsEndpointSpecs.Services>
{
    private const string Token = "token-7c2e91b4d8f0";
    private readonly WebApplication _app = services.WithToken;
    private readonly WebApplication _without = services.WithoutToken;
    private readonly HttpClient _http = services.Http;

    [Theory]
    [InlineData("summary")]
    [InlineData("shards")]
    [InlineData("cluster")]
    [InlineData("stream")]
    [InlineData("cache")]
    [InlineData("config")]
    public async Task What_names_no_customer_needs_no_token_on_the_loopback(string path)
    {
        var (status, _, headers) = await AskAsync(HttpMethod.Get, path, token: null);

        status.Should().Be(HttpStatusCode.OK);
        headers.CacheControl!.NoStore.Should().BeTrue();
        headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        (await AskAsync(HttpMethod.Get, path, token: "wrong")).Status.Should().Be(HttpStatusCode.Unauthorized, "a wrong one is told as such");
    }

    [Theory]
    [InlineData("GET", "customer?id=c")]
    [InlineData("GET", "cache?top=1")]
    [InlineData("POST", "customer/evict?id=c")]
    [InlineData("POST", "customer/reread?id=c")]
    [InlineData("POST", "stream/reconnect")]
    [InlineData("POST", "isolate?minutes=1")]
    [InlineData("POST", "log-level?level=warn")]
    public async Task Customers_and_operations_need_the_token(string method, string path)
    {
        var asked = new HttpMethod(method);

        var none = await AskAsync(asked, path, token: null);
        (none.Status, none.Headers.WwwAuthenticate.ToString()).Should().Be((HttpStatusCode.Unauthorized, "Bearer"));
        none.Error.Should().StartWith("there is no token");
        var wrong = await AskAsync(asked, path, Token + "x");
        wrong.Status.Should().Be(HttpStatusCode.Unauthorized);
        wrong.Error.Should().StartWith("the token is wrong").And.NotContain(Token);
        var unset = await AskAsync(asked, path, Token, of: _without);
        unset.Status.Should().Be(HttpStatusCode.Forbidden);
        unset.Error.Should().Contain("no token is set").And.Contain("DIAGNOSTICS_TOKEN_FILE");
        (await AskAsync(asked, path, Token)).Status.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("Basic " + Token)]
    [InlineData("Bearer")]
    [InlineData(Token)]
    public async Task Token_of_another_form_is_wrong(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(_app, "customer?id=c"));
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        (await SendAsync(request)).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "localhost.evil.example:8081")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    public async Task Page_of_another_host_is_refused_with_the_right_token_too(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(_app, "summary"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Headers.TryAddWithoutValidation(header, value);

        var answer = await SendAsync(request);

        (answer.Status, answer.Error).Should().Match<(HttpStatusCode, string)>(it =>
            it.Item1 == HttpStatusCode.Forbidden && it.Item2.StartsWith($"the {header} header", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("localhost:1234")]
    [InlineData("[::1]:8081")]
    [InlineData("10.1.2.3")]
    public async Task Own_names_are_taken(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(_app, "summary"));
        request.Headers.Host = host;
        request.Headers.Add("Origin", $"http://{host}");

        (await SendAsync(request)).Status.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET", "", 404, "there is no such path, expected one of /diagnostics/summary")]
    [InlineData("GET", "Summary", 404, "there is no such path")]
    [InlineData("POST", "summary", 405, "expected GET")]
    [InlineData("GET", "isolate?minutes=1", 405, "expected POST")]
    [InlineData("GET", "summary?x=1", 400, "there is no parameter 'x' here, expected none")]
    [InlineData("GET", "customer", 400, "parameter id is missing")]
    [InlineData("GET", "customer?id=", 400, "parameter id is missing")]
    [InlineData("GET", "customer?id=a&id=b", 400, "parameter id is there 2 times")]
    [InlineData("GET", "customer?id=c&usage=1", 400, "parameter feature is missing")]
    [InlineData("GET", "customer?id=c&feature=f&usage=-1", 400, "parameter usage is '-1', expected a number, 0 or above")]
    [InlineData("GET", "customer?id=c&feature=f&usage=1e999", 400, "parameter usage is '1e999'")]
    [InlineData("GET", "cache?top=1001", 400, "parameter top is '1001', expected 0 to 1000")]
    [InlineData("POST", "isolate", 400, "parameter minutes is missing, expected 0 to 240")]
    [InlineData("POST", "isolate?minutes=241", 400, "parameter minutes is '241', expected 0 to 240")]
    [InlineData("POST", "log-level?level=trace", 400, "parameter level is 'trace', expected error, warn, info or debug")]
    [InlineData("POST", "log-level?level=warn&minutes=0", 400, "parameter minutes is '0', expected 1 to 1440")]
    public async Task What_is_asked_wrongly_is_refused_with_what_is_expected(string method, string path, int status, string error)
    {
        var answer = await AskAsync(new HttpMethod(method), path, Token);

        ((int)answer.Status, answer.Error).Should().Match<(int, string)>(it => it.Item1 == status && it.Item2.Contains(error, StringComparison.Ordinal));
        if (status == 405)
            answer.Allow.Should().Equal(error.Split(' ')[^1]);
    }

    [Theory]
    [InlineData("id", 1024, 200)]
    [InlineData("id", 1025, 400)]
    [InlineData("resource", 1025, 400)]
    [InlineData("feature", 1025, 400)]
    public async Task Ids_are_bounded(string parameter, int length, int status)
    {
        var path = $"customer?{(parameter == "id" ? "" : "id=c&")}{parameter}={new string('x', length)}";

        ((int)(await AskAsync(HttpMethod.Get, path, Token)).Status).Should().Be(status);
    }

    [Fact]
    public async Task Longest_ids_and_the_most_values_are_taken_together()
    {
        // Each byte of it is written in three.
        var id = Uri.EscapeDataString(new string('é', 512));
        var values = string.Join(',', Enumerable.Repeat(Uri.EscapeDataString(new string('é', 30)), 100));

        var answer = await AskAsync(HttpMethod.Get, $"customer?id={id}&resource={id}&feature={id}&usage=1&values={values}", Token);

        answer.Status.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(1024, false, 409)]
    [InlineData(1025, false, 413)]
    [InlineData(1024, true, 409)]
    [InlineData(1025, true, 413)]
    public async Task Body_is_bounded(int length, bool isChunked, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(_app, "stream/reconnect"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Headers.TransferEncodingChunked = isChunked;
        request.Content = new ByteArrayContent(new byte[length]);

        ((int)(await SendAsync(request)).Status).Should().Be(status);
    }

    [Fact]
    public async Task Configuration_is_shown_without_secrets()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(_app, "config"));
        using var response = await _http.SendAsync(request);

        var text = await response.Content.ReadAsStringAsync();

        text.Should().Contain("\"name\":\"DIAGNOSTICS_TOKEN\"").And.NotContain(Token);
    }

    private static Uri AddressOf(WebApplication app, string path) =>
        new(new Uri(app.Services.GetRequiredService<Listeners>().AddressOf(ListenerKind.Diagnostics)!), $"/diagnostics/{path}");

    private async Task<Refusal> AskAsync(HttpMethod method, string path, string? token, WebApplication? of = null)
    {
        using var request = new HttpRequestMessage(method, AddressOf(of ?? _app, path));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await SendAsync(request);
    }

    private async Task<Refusal> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var error = json.RootElement.TryGetProperty("error", out var told) ? told.GetString()! : "";
        return new Refusal(response.StatusCode, error, response.Headers) { Allow = [.. response.Content.Headers.Allow] };
    }

    private sealed record Refusal(HttpStatusCode Status, string Error, HttpResponseHeaders Headers)
    {
        public IReadOnlyList<string> Allow { get; init; } = [];
    }

    /// <summary>Two services, one with a token. Their actors end with them.</summary>
    public sealed class Services : IAsyncLifetime, IDisposable
    {
        internal WebApplication WithToken { get; } = App(new Secret(Token));

        internal WebApplication WithoutToken { get; } = App(token: null);

        internal HttpClient Http { get; } = new();

        public async Task InitializeAsync()
        {
            await WithToken.StartAsync();
            await WithoutToken.StartAsync();
        }

        public async Task DisposeAsync()
        {
            foreach (var app in new[] { WithToken, WithoutToken })
            {
                await app.StopAsync();
                await app.DisposeAsync();
            }
        }

        public void Dispose() => Http.Dispose();

        private static WebApplication App(Secret? token) => SidecarApp.Build(new SidecarOptions
        {
            IsOffline = true,
            GrpcPort = 0,
            GrpcBind = IPAddress.Loopback,
            TlsPort = SidecarOptions.NoPort,
            MetricsPort = SidecarOptions.NoPort,
            DiagnosticsPort = 0,
            DiagnosticsToken = token,
        });
    }
}
