using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Host.Configuration;
using Sidecar.Host.ServiceStatus;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

/// <summary>The page and its numbers over HTTP.</summary>
public sealed partial class StatusPageSpecs
{
    private static readonly SidecarOptions Offline = new()
    {
        IsOffline = true,
        GrpcPort = 0,
        GrpcBind = IPAddress.Loopback,
        TlsPort = SidecarOptions.NoPort,
        DiagnosticsPort = SidecarOptions.NoPort,
        MetricsPort = 0,
        MetricsBind = IPAddress.Loopback,
        CacheMaxBytes = 1L << 20,
    };

    [Fact]
    public async Task The_page_is_whole_as_it_is_sent_and_lets_nothing_else_in()
    {
        await using var it = await StartAsync(Offline);

        using var answer = await it.Http.GetAsync("/status");
        var html = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        HeaderOf(answer, "Cache-Control").Should().Be("no-store");
        HeaderOf(answer, "X-Content-Type-Options").Should().Be("nosniff");
        HeaderOf(answer, "Referrer-Policy").Should().Be("no-referrer");
        HeaderOf(answer, "X-Frame-Options").Should().Be("DENY");
        var policy = HeaderOf(answer, "Content-Security-Policy");
        policy.Should().StartWith("default-src 'none'; connect-src 'self'; img-src data:; style-src 'sha256-").And.EndWith("base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
            .And.NotContain("unsafe");
        policy.Should().Contain(DigestOf(Between(html, "<style>", "</style>"))).And.Contain(DigestOf(Between(html, "<script>", "</script>")));
        html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).Should().NotContain("{{")
            .And.NotContain("://", "nothing comes from elsewhere").And.NotContain(" style=").And.NotContain("src=");
        EmptyField().IsMatch(html).Should().BeFalse("the numbers stand in it without its script");
        html.Should().Contain("<h1 id=\"state\">Down</h1>").And.Contain("<code>not_ready</code>", "nobody has opened the service yet");
    }

    [Fact]
    public async Task Its_numbers_have_a_text_for_each_field_and_series_of_one_length()
    {
        await using var it = await StartAsync(Offline);
        it.App.Services.GetRequiredService<StatusHistory>().Add(it.App.Services.GetRequiredService<StatusReader>().Look());

        using var answer = await it.Http.GetAsync("/status/data");
        using var data = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        HeaderOf(answer, "Cache-Control").Should().Be("no-store");
        HeaderOf(answer, "Cross-Origin-Resource-Policy").Should().Be("same-origin");
        data.RootElement.GetProperty("state").GetString().Should().Be("down");
        var html = await it.Http.GetStringAsync("/status");
        DataField().Matches(html).Select(match => match.Groups["name"].Value).Distinct()
            .Should().BeEquivalentTo(data.RootElement.GetProperty("fields").EnumerateObject().Select(field => field.Name));
        data.RootElement.GetProperty("series").EnumerateObject().Should().OnlyContain(series => series.Value.GetArrayLength() == 1);
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/status/data")]
    public async Task Only_get_and_head_are_answered(string path)
    {
        await using var it = await StartAsync(Offline);

        using var head = await it.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        using var post = await it.Http.PostAsync(path, new StringContent("x"));

        head.StatusCode.Should().Be(HttpStatusCode.OK);
        post.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        post.Content.Headers.Allow.Should().BeEquivalentTo("GET", "HEAD");
    }

    [Fact]
    public async Task Turned_off_there_is_no_page_and_no_numbers()
    {
        await using var it = await StartAsync(Offline with { IsStatusPageOn = false });

        (await it.Http.GetAsync("/status")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await it.Http.GetAsync("/status/data")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await it.Http.GetAsync("/livez")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public void What_a_cause_says_is_text_and_no_markup()
    {
        var rates = new StatusRates(TimeSpan.Zero, StatusCounts.None);
        var report = new StatusReport(new StatusFacts(), rates, rates, rates, StatusVerdict.Of([new StatusCause("name", "<b>what</b> & \"why\"", "<script>", IsOutage: true)]));

        var html = StatusPage.Instance.Render(report);

        html.Should().Contain("<li class=\"outage\"><strong>&lt;b&gt;what&lt;/b&gt; &amp; &quot;why&quot;</strong><p>&lt;script&gt;</p><code>name</code></li>");
    }

    [Theory]
    [InlineData("healthz", "on", true, false)]
    [InlineData("status", null, false, false)]
    [InlineData("status", "on", false, true)]
    [InlineData("/Status/Data", "on", false, true)]
    [InlineData("status", "off", false, false)]
    public void A_probe_on_the_pages_path_goes_before_the_page(string path, string? page, bool isOn, bool isFault)
    {
        var variables = new Dictionary<string, string?> { ["READY_ENDPOINT_URL"] = path, ["STATUS_PAGE"] = page };
        var reader = new SettingsReader(variables.GetValueOrDefault, _ => throw new FileNotFoundException());

        var options = SidecarOptions.Read(reader, 1L << 30);

        options.ReadyPath.Should().Be("/" + path.TrimStart('/'));
        options.IsStatusPageOn.Should().Be(isOn);
        reader.InForce(Settings.StatusPage).Text.Should().Be(isOn ? "on" : "off");
        reader.Faults.Should().HaveCount(isFault ? 1 : 0);
        if (isFault)
            reader.Faults[0].Text.Should().Contain("STATUS_PAGE").And.Contain("READY_ENDPOINT_URL").And.Contain("without the page");
    }

    private static async Task<Running> StartAsync(SidecarOptions options)
    {
        var app = SidecarApp.Build(options);
        await app.StartAsync();
        return new Running(app, new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<Listeners>().AddressOf(ListenerKind.Metrics)!) });
    }

    private static string HeaderOf(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));

    private static string DigestOf(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    [GeneratedRegex("data-field=\"\\w+\"></", RegexOptions.None, 1000)]
    private static partial Regex EmptyField();

    [GeneratedRegex("data-field=\"(?<name>\\w+)\"", RegexOptions.None, 1000)]
    private static partial Regex DataField();

    private sealed record Running(WebApplication App, HttpClient Http) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await App.DisposeAsync();
        }
    }
}
