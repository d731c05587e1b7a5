using System.Globalization;
using System.Net.Http.Headers;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>A real scrape, in both text formats, against what docs/metrics.md says.</summary>
public sealed class MetricsSpecs(SharedService shared) : IClassFixture<SharedService>
{
    private const string PlainText = "text/plain";
    private const string TypeMark = "# TYPE ";
    private const string OpenMetrics = "application/openmetrics-text";

    [Theory]
    [InlineData(PlainText)]
    [InlineData(OpenMetrics)]
    public async Task Every_family_is_documented_with_its_type_and_its_labels(string format)
    {
        await AskAsync(shared.It);

        var scraped = Families(await ScrapeAsync(shared.It, format), format)
            .Where(family => !family.Name.StartsWith("dotnet_", StringComparison.Ordinal));

        scraped.Select(family => $"{family.Name} {family.Type} [{string.Join(", ", family.Labels)}]")
            .Should().BeEquivalentTo(Documented().Select(row => $"{row.Name} {row.Type} [{string.Join(", ", row.Labels)}]"));
    }

    [Fact]
    public async Task Each_family_is_whole_and_in_one_place_and_the_openmetrics_format_ends_as_it_must()
    {
        var text = await ScrapeAsync(shared.It, OpenMetrics);

        text.Should().EndWith("# EOF\n");
        text.Split('\n').Where(line => line.StartsWith(TypeMark, StringComparison.Ordinal)).Should().OnlyHaveUniqueItems();
        text.Split('\n').Should().ContainSingle(line => line == "# EOF");
        text.Should().NotContain("\n\n");
    }

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")]
    [InlineData("text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    public async Task Prometheus_itself_which_takes_compressed_answers_can_read_it(string accept)
    {
        using var handler = new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.GZip };
        using var http = new HttpClient(handler);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);

        var text = await http.GetStringAsync(new Uri(shared.It.Service.MetricsAddress, "/metrics"));

        text.Should().Contain("\n# TYPE sidecar_cache_hits").And.Contain("sidecar_answer_duration_seconds_count{");
    }

    [Fact]
    public async Task Buckets_rise_and_the_last_one_is_the_count()
    {
        await AskAsync(shared.It);
        var text = await ScrapeAsync(shared.It, PlainText);

        var buckets = text.Split('\n').Where(line => line.StartsWith(
            "sidecar_answer_duration_seconds_bucket{call=\"GetMeteredEntitlement\",le=\"", StringComparison.Ordinal)).ToList();
        var counts = buckets.ConvertAll(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        counts.Should().BeInAscendingOrder().And.HaveCountGreaterThan(10);
        counts[^1].Should().BeGreaterThan(0);
        buckets[^1].Should().Contain("le=\"+Inf\"");
        text.Should().Contain($"sidecar_answer_duration_seconds_count{{call=\"GetMeteredEntitlement\"}} {counts[^1]}");
        Sample(text, "sidecar_answer_duration_seconds_sum", "GetMeteredEntitlement").Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task Answers_requests_and_what_is_in_memory_are_counted()
    {
        const string NotRead = "customer-free";
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["ENTITLEMENTS_FALLBACK"] = """{"feature-x": {"hasAccess": true}}""" },
            prepare: control => control.Faults.Add(FaultRule.Answer(404) with { Target = RequestTarget.State, CustomerId = NotRead }));
        await AskAsync(it);
        await AskAsync(it);
        await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = NotRead, FeatureId = "feature-x" });
        await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = NotRead, FeatureId = "feature-y" });
        await it.Client.GetBooleanEntitlementAsync(new()
        {
            CustomerId = NotRead,
            FeatureId = "feature-y",
            Options = new() { Fallback = new() { HasAccess = true } },
        });
        // The scrape's own cache is over after this.
        await Task.Delay(TimeSpan.FromSeconds(0.5));
        var text = await ScrapeAsync(it, PlainText);

        Sample(text, "sidecar_answers_total", "upstream").Should().Be(1);
        Sample(text, "sidecar_answers_total", "memory").Should().Be(1);
        Sample(text, "sidecar_answers_total", "global_fallback").Should().Be(1);
        Sample(text, "sidecar_answers_total", "default").Should().Be(1);
        Sample(text, "sidecar_answers_total", "request_fallback").Should().Be(1);
        Sample(text, "sidecar_answers_total", "stale").Should().Be(0);
        Sample(text, "sidecar_upstream_requests_total", "success", "edge").Should().Be(2, "the check of the key and one read");
        Sample(text, "sidecar_upstream_requests_total", "refused", "edge").Should().Be(3);
        Sample(text, "sidecar_cache_customers").Should().Be(1);
        Sample(text, "sidecar_cache_entitlements").Should().BeGreaterThan(1);
        Sample(text, "sidecar_cache_bytes").Should().BeGreaterThan(1000).And.BeLessThan(Sample(text, "sidecar_cache_max_bytes"));
        Sample(text, "sidecar_cache_bytes_per_customer").Should().BeGreaterThan(500).And.BeLessThanOrEqualTo(Sample(text, "sidecar_cache_bytes"));
        Sample(text, "sidecar_api_key_valid").Should().Be(1);
        Sample(text, "sidecar_build_info", "version").Should().Be(1);
    }

    [Fact]
    public async Task No_label_names_a_customer_a_feature_or_a_key()
    {
        await AskAsync(shared.It);

        (await ScrapeAsync(shared.It, PlainText)).Should().NotContain(Customer).And.NotContain(Feature).And.NotContain(ServiceUnderTest.ApiKey);
    }

    private static double Sample(string text, string name, params string[] labels)
    {
        var line = text.Split('\n').Should().ContainSingle(l =>
            l.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(label => l.Contains(label, StringComparison.Ordinal))).Subject;
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static async Task<string> ScrapeAsync(ServiceUnderTest it, string format)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(it.Service.MetricsAddress, "/metrics"));
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(format));
        using var response = await http.SendAsync(request);
        response.Content.Headers.ContentType!.MediaType.Should().Be(format);
        return await response.Content.ReadAsStringAsync();
    }

    // A counter's family has no suffix in the OpenMetrics format; its samples have.
    private static IEnumerable<(string Name, string Type, string[] Labels)> Families(string text, string format)
    {
        var lines = text.Split('\n');
        foreach (var words in lines.Where(line => line.StartsWith(TypeMark, StringComparison.Ordinal)).Select(line => line.Split(' ')))
        {
            var (name, type) = (words[2], words[3]);
            // The library's own, whose form differs between the formats.
            if (name.StartsWith("target", StringComparison.Ordinal))
                continue;
            if (format == OpenMetrics && type == "counter")
                name += "_total";
            var samples = type == "histogram" ? name + "_count" : name;
            var sample = lines.FirstOrDefault(line =>
                line.StartsWith(samples + "{", StringComparison.Ordinal) || line.StartsWith(samples + " ", StringComparison.Ordinal));
            sample.Should().NotBeNull($"{name} has a sample");
            yield return (name, type, LabelsOf(sample!));
        }
    }

    private static string[] LabelsOf(string sample)
    {
        var (start, end) = (sample.IndexOf('{', StringComparison.Ordinal), sample.LastIndexOf('}'));
        return start < 0 || end - start < 2
            ? []
            : [.. sample[(start + 1)..end].Split("\",").Select(label => label[..label.IndexOf('=', StringComparison.Ordinal)]).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<(string Name, string Type, string[] Labels)> Documented() => File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "metrics.md"))
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => (
            cells[1].Trim('`'),
            cells[2],
            cells[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(label => label.Trim('`')).Order(StringComparer.Ordinal).ToArray()));
}
