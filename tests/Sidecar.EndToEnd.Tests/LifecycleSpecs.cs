using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Start, health, figures, logs and end of the process.</summary>
public sealed class LifecycleSpecs
{
    private const int BadConfiguration = 78;

    [Fact]
    public async Task Termination_answers_the_calls_in_flight_and_exits_with_0()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var hold = it.Control.HoldState("customer-demo");
        var question = it.Client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls" }).ResponseAsync;
        await hold.WaitUntilHeldAsync(1, limit.Token);

        it.Service.SendTerminate();
        await Eventually.HoldsAsync(async () => !await TakesConnectionsAsync(it.Service.GrpcAddress));
        hold.Dispose();

        (await question).Entitlement.CurrentUsage.Should().Be(25);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [TimedFact]
    public async Task Idle_service_ends_within_seconds()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });

        var watch = Stopwatch.StartNew();
        it.Service.SendTerminate();

        (await it.Service.WaitForExitAsync()).Should().Be(0);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("3", false)]
    [InlineData("4", true)]
    public async Task From_four_processors_on_it_runs_with_the_server_s_garbage_collector(string processors, bool isServer)
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["DOTNET_PROCESSOR_COUNT"] = processors, ["SIDECAR_MARK"] = "a=ü 'b'" });

        var variables = File.ReadAllText($"/proc/{it.Service.Id}/environ").Split('\0');
        variables.Contains("DOTNET_gcServer=1").Should().Be(isServer);
        variables.Should().Contain("SIDECAR_MARK=a=ü 'b'");
        (await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" })).Entitlements.Should().NotBeEmpty();
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Health_and_readiness_say_up()
    {
        await using var it = await ServiceUnderTest.StartAsync();

        foreach (var path in (string[])["/livez", "/readyz"])
        {
            var response = await it.Service.GetAsync(path);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            (await response.Content.ReadAsStringAsync()).Should().Be("""{"status":"UP"}""");
        }
    }

    [Fact]
    public async Task Paths_of_health_and_readiness_can_be_chosen()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["HEALTH_ENDPOINT_URL"] = "/health/alive", ["READY_ENDPOINT_URL"] = "ready" });

        (await it.Service.GetAsync("/health/alive")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await it.Service.GetAsync("/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await it.Service.GetAsync("/livez")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Six_counters_are_there_from_the_start_without_labels()
    {
        await using var it = await ServiceUnderTest.StartAsync();

        foreach (var counter in (string[])
            [
                "sidecar_initialization_errors_total", "sidecar_invalid_api_key_errors_total", "sidecar_network_request_errors_total",
                "sidecar_redis_client_errors_total", "sidecar_cache_hits_total", "sidecar_cache_misses_total",
            ])
            (await it.Service.CounterAsync(counter)).Should().Be(0, counter);
    }

    [Fact]
    public async Task Ports_keep_apart_whatever_the_host_header_says()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        using var http = new HttpClient();

        foreach (var host in (string[])["", $"localhost:{it.Service.MetricsAddress.Port}", $"localhost:{it.Service.GrpcAddress.Port}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(it.Service.GrpcAddress, "/metrics"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            if (host.Length > 0)
                request.Headers.Host = host;
            (await http.SendAsync(request)).StatusCode.Should().Be(HttpStatusCode.NotFound);

            using var call = new HttpRequestMessage(
                HttpMethod.Post, new Uri(it.Service.MetricsAddress, "/stigg.sidecar.v1.SidecarService/GetEntitlements"));
            if (host.Length > 0)
                call.Headers.Host = host;
            (await http.SendAsync(call)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task Every_line_is_a_json_object_with_the_chosen_keys_and_never_the_key()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["LOG_LEVEL"] = "debug", ["LOG_MESSAGE_KEY"] = "message", ["LOG_ERROR_KEY"] = "error" });
        it.Control.ApiKey = "another-key";
        await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });
        it.Service.SendTerminate();
        await it.Service.WaitForExitAsync();

        it.Service.Lines.Should().NotBeEmpty();
        foreach (var line in it.Service.Lines)
        {
            using var json = JsonDocument.Parse(line);
            json.RootElement.GetProperty("level").GetString().Should().BeOneOf("debug", "info", "warn", "error");
            json.RootElement.GetProperty("time").GetInt64().Should().BePositive();
            json.RootElement.GetProperty("pid").GetInt32().Should().Be(it.Service.Id);
            json.RootElement.GetProperty("hostname").GetString().Should().NotBeNullOrEmpty();
            json.RootElement.TryGetProperty("message", out _).Should().BeTrue();
            line.Should().NotContain(ServiceUnderTest.ApiKey);
        }
    }

    [Fact]
    public async Task Quiet_service_writes_the_ready_line_alone()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["LOG_LEVEL"] = "error" });
        await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });
        it.Service.SendTerminate();
        await it.Service.WaitForExitAsync();

        it.Service.Lines.Should().ContainSingle().Which.Should().Contain("\"msg\":\"Sidecar is ready\"");
    }

    [Fact]
    public async Task Bad_ports_end_the_process_with_all_faults_at_once()
    {
        await using var service = SidecarProcess.Launch(new Dictionary<string, string?>
        {
            ["GRPC_PORT"] = "65536",
            ["METRICS_PORT"] = "-1",
            ["CACHE_MAX_SIZE_BYTES"] = "1 GB",
            ["SERVER_API_KEY"] = "with a blank",
        });

        (await service.WaitForExitAsync()).Should().Be(BadConfiguration);
        var text = string.Join('\n', service.Lines);
        text.Should().Contain("GRPC_PORT is '65536'").And.Contain("METRICS_PORT is '-1'").And.Contain("CACHE_MAX_SIZE_BYTES is '1 GB'")
            .And.Contain("SERVER_API_KEY is (a secret)").And.NotContain("with a blank").And.NotContain("Sidecar is ready");
    }

    [Fact]
    public async Task Other_bad_values_are_start_up_errors_and_the_service_runs_on()
    {
        await using var it = await ServiceUnderTest.StartAsync(new()
        {
            ["CACHE_MAX_SIZE_BYTES"] = "1 GB",
            ["ENTITLEMENTS_FALLBACK"] = """{"good":{"hasAccess":true},"bad":{"hasAccess":"yes"}}""",
        });

        (await it.Service.CounterAsync("sidecar_initialization_errors_total")).Should().Be(2);
        (await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-sso" })).HasAccess.Should().BeTrue();
        string.Join('\n', it.Service.Lines).Should().Contain("CACHE_MAX_SIZE_BYTES is '1 GB'").And.Contain("'bad' is left out");
    }

    [Fact]
    public async Task Grpc_port_that_is_taken_ends_the_process_with_the_remedy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var service = SidecarProcess.Launch(
            new Dictionary<string, string?> { ["GRPC_PORT"] = $"{port}", ["GRPC_BIND"] = "127.0.0.1" });

        (await service.WaitForExitAsync()).Should().Be(BadConfiguration);
        string.Join('\n', service.Lines).Should().Contain($"GRPC_PORT {port}").And.Contain("choose another");
    }

    [Fact]
    public async Task Metrics_port_that_is_taken_is_a_start_up_error_and_the_service_runs_on()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["METRICS_PORT"] = $"{port}", ["METRICS_BIND"] = "127.0.0.1" });

        (await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-sso" })).HasAccess.Should().BeTrue();
        string.Join('\n', it.Service.Lines).Should().Contain($"METRICS_PORT {port}");
    }

    private static async Task<bool> TakesConnectionsAsync(Uri address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
