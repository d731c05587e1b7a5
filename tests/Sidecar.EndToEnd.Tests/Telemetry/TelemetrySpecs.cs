using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Telemetry;

/// <summary>Export by OpenTelemetry's protocol, from a whole service to a collector.</summary>
public sealed class TelemetrySpecs
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string SpanId = "b7ad6b7169203331";
    private const string CollectorToken = "collector-token-5f0e";
    private const string Library = "OpenTelemetry.Exporter.OpenTelemetryProtocol";

    private static readonly Metadata Caller = new() { { "traceparent", $"00-{TraceId}-{SpanId}-01" }, { "tracestate", "vendor=1" } };

    [Fact]
    public async Task Call_and_its_upstream_request_are_spans_of_the_callers_trace_and_no_secret_is_exported()
    {
        await using var collector = Collector.Start(Ports.Free());
        await using var it = await ServiceUnderTest.StartAsync(new(On(collector.Address))
        {
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"authorization=Bearer {CollectorToken}",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment=spec",
            ["LOG_LEVEL"] = "debug",
            ["HTTP_PORT"] = "0",
        });

        await it.Client.GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature }, Caller);
        var request = it.Control.Requests.Recorded().Single(it => it.CustomerId == Trouble.Customer);
        request.Headers["traceparent"].Should().StartWith($"00-{TraceId}-").And.EndWith("-01").And.NotContain(SpanId);
        request.Headers["tracestate"].Should().Be("vendor=1");

        // Out of memory, and over HTTP.
        await it.Client.GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature }, Caller);
        using var http = new HttpClient { BaseAddress = it.Service.HttpAddress };
        using var question = new HttpRequestMessage(HttpMethod.Post, "/stigg.sidecar.v1.SidecarService/GetMeteredEntitlement")
        {
            Content = new StringContent($$"""{"customerId":"{{Trouble.Customer}}","featureId":"{{Trouble.Feature}}"}""", Encoding.UTF8, "application/json"),
            Headers = { { "traceparent", Caller.GetValue("traceparent") } },
        };
        (await http.SendAsync(question)).StatusCode.Should().Be(HttpStatusCode.OK);
        await it.Client.ReportUsageAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature, Value = 1 }, Caller);
        it.Control.Requests.Recorded().Single(it => it.Operation == "ReportUsage").Headers["traceparent"].Should().StartWith($"00-{TraceId}-");
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);

        foreach (var name in (string[])["stigg.sidecar.v1.SidecarService/GetMeteredEntitlement", "GET edge", "POST api", "connect_rpc", "deployment.environment", "sidecar"])
            collector.Has("traces", name).Should().BeTrue(name);
        // The span of the request is below that of the call, which is below the caller's.
        collector.Has("traces", Convert.FromHexString(TraceId)).Should().BeTrue();
        collector.Has("traces", Convert.FromHexString(SpanId)).Should().BeTrue();
        collector.Has("traces", Convert.FromHexString(request.Headers["traceparent"].Split('-')[2])).Should().BeTrue();
        foreach (var name in (string[])["sidecar_cache_hits_total", "rpc.server.call.duration", "http.client.request.duration", "dotnet."])
            collector.Has("metrics", name).Should().BeTrue(name);
        collector.Has("logs", "Sidecar is ready").Should().BeTrue();

        collector.All.Should().OnlyContain(it => it.Headers.Contains(CollectorToken, StringComparison.Ordinal));
        foreach (var received in collector.All)
        {
            var text = Encoding.Latin1.GetString(received.Body);
            text.Should().NotContain(ServiceUnderTest.ApiKey).And.NotContain(CollectorToken);
            received.Headers.Should().NotContain(ServiceUnderTest.ApiKey);
            if (received.Path != "/v1/logs")
                text.Should().NotContain(Trouble.Customer).And.NotContain(Trouble.Feature);
        }

        string.Join('\n', it.Service.Lines).Should().NotContain(ServiceUnderTest.ApiKey).And.NotContain(CollectorToken);
    }

    [Fact]
    public async Task Headers_that_make_no_sense_are_a_start_up_error_without_their_value()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(On(new Uri("http://127.0.0.1:9"))) { ["OTEL_EXPORTER_OTLP_HEADERS"] = CollectorToken });

        (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse();
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
        string.Join('\n', it.Service.Lines).Should().Contain("OTEL_EXPORTER_OTLP_HEADERS is (a secret), expected name=value").And.NotContain(CollectorToken);
    }

    [TimedFact]
    public async Task Collector_that_hangs_holds_up_neither_answers_nor_the_end_and_is_told_of()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        await using var it = await ServiceUnderTest.StartAsync(new(On(new Uri($"http://{hanging.LocalEndpoint}/"))) { ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "300" });

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 200; i++)
            await Trouble.AskAsync(it);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
        await Trouble.WritesAsync(it, "telemetry can't be exported");
        watch.Restart();
        it.Service.SendTerminate();

        (await it.Service.WaitForExitAsync()).Should().Be(0);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Caller_that_is_not_sampled_is_not_exported_and_its_context_is_passed_on()
    {
        await using var collector = Collector.Start(Ports.Free());
        await using var it = await ServiceUnderTest.StartAsync(new(On(collector.Address)) { ["OTEL_METRICS_EXPORTER"] = "none", ["OTEL_LOGS_EXPORTER"] = "none" });

        await it.Client.GetMeteredEntitlementAsync(
            new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature }, new Metadata { { "traceparent", $"00-{TraceId}-{SpanId}-00" } });
        it.Control.Requests.Recorded().Single(it => it.CustomerId == Trouble.Customer).Headers["traceparent"].Should().StartWith($"00-{TraceId}-").And.EndWith("-00");
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);

        collector.Has("traces", Convert.FromHexString(TraceId)).Should().BeFalse();
        collector.All.Should().OnlyContain(it => it.Path == "/v1/traces");
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_of_it_is_loaded_and_no_context_is_passed_on()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["OTEL_SERVICE_NAME"] = "idle", ["OTEL_TRACES_EXPORTER"] = "otlp" });

        await it.Client.GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature }, Caller);

        it.Control.Requests.Recorded().Should().OnlyContain(request => !request.Headers.ContainsKey("traceparent"));
        (await File.ReadAllTextAsync($"/proc/{it.Service.Id}/maps")).Should().Contain("Grpc.AspNetCore").And.NotContain(Library);
    }

    private static Dictionary<string, string?> On(Uri collector) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
        ["CACHE_REVALIDATE_SECONDS"] = "600",
        ["CACHE_MAX_AGE_SECONDS"] = "600",
    };
}
