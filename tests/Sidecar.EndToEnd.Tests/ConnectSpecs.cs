using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Grpc.Core;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The service on its HTTP port, beside a cloud.</summary>
public sealed class ConnectSpecs
{
    private const string Question = $$"""{"customerId":"{{Trouble.Customer}}","featureId":"{{Trouble.Feature}}"}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Question_is_answered_as_over_gRPC_and_told_where_from()
    {
        await using var it = await ServiceUnderTest.StartAsync(Http());
        using var http = new HttpClient { BaseAddress = it.Service.HttpAddress };

        using var first = await AskAsync(http, Question, ("x-sidecar-explain", "1"));
        var json = JsonNode.Parse(await first.Content.ReadAsStringAsync())!;
        ((double)json["entitlement"]!["currentUsage"]!).Should().Be(25);
        TrailersOf(first).Should().Contain([("source", "upstream"), ("freshness", "fresh"), ("node", Environment.MachineName)]);

        using var call = it.Client.GetMeteredEntitlementAsync(
            new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature }, new Metadata { { "x-sidecar-explain", "1" } });
        var overGrpc = await call;
        GetMeteredEntitlementResponse.Parser.ParseJson(json.ToJsonString()).Should().Be(overGrpc);
        var trailers = call.GetTrailers();
        trailers.GetValue("x-sidecar-source").Should().Be("memory");
        trailers.GetValue("x-sidecar-freshness").Should().Be("fresh");
        trailers.GetValue("x-sidecar-node").Should().Be(Environment.MachineName);
        long.Parse(trailers.GetValue("x-sidecar-age-ms")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(0, 60_000);

        using var plain = it.Client.GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature });
        await plain;
        plain.GetTrailers().Should().NotContain(trailer => trailer.Key.StartsWith("x-sidecar", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_keeps_its_key_and_deadline_of_a_hanging_cloud_is_kept()
    {
        await using var it = await ServiceUnderTest.StartAsync(Http());
        using var http = new HttpClient { BaseAddress = it.Service.HttpAddress };

        using var report = await SendAsync(
            http, "ReportUsage", $$"""{"customerId":"{{Trouble.Customer}}","featureId":"{{Trouble.Feature}}","value":5}""", ("idempotency-key", "usage-1"));
        ((double)JsonNode.Parse(await report.Content.ReadAsStringAsync())!["currentUsage"]!).Should().Be(30);

        it.Control.Faults.Add(FaultRule.Hang());
        using var late = await AskAsync(http, """{"customerId":"another","featureId":"feature-sso"}""", ("connect-timeout-ms", "300"));
        late.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
        ((string?)JsonNode.Parse(await late.Content.ReadAsStringAsync())!["code"]).Should().Be("deadline_exceeded");
    }

    [Fact]
    public async Task Call_under_way_at_the_end_is_answered_and_its_connection_closed()
    {
        await using var it = await ServiceUnderTest.StartAsync(Http());
        using var http = new HttpClient { BaseAddress = it.Service.HttpAddress };
        using var idle = new TcpClient();
        await idle.ConnectAsync("127.0.0.1", it.Service.HttpAddress.Port);
        it.Control.Faults.Add(FaultRule.Late(TimeSpan.FromSeconds(2.5)));

        var asked = AskAsync(http, """{"customerId":"customer-at-limit","featureId":"feature-api-calls"}""");
        await Eventually.HoldsAsync(() => Task.FromResult(it.StateRequests > 0));
        it.Service.SendTerminate();

        using var response = await asked;
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        ((double)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["entitlement"]!["currentUsage"]!).Should().Be(1000);
        response.Headers.ConnectionClose.Should().BeTrue();
        (await idle.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience)).Should().Be(0, "nobody waits for a connection without a call");
        (await it.Service.WaitForExitAsync()).Should().Be(0);
        string.Join('\n', it.Service.Lines).Should().NotContain("still open");
    }

    [Fact]
    public async Task Body_that_does_not_come_as_a_whole_is_the_callers_fault_and_leaves_no_line()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Http()) { ["LOG_LEVEL"] = "warn" });
        using (var reset = await HalfSentAsync(it))
            reset.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        using var cut = await HalfSentAsync(it);
        cut.Client.Shutdown(SocketShutdown.Send);
        using var slow = await HalfSentAsync(it);

        (await AnswerAsync(cut)).Should().BeEmpty("whoever has hung up is not answered");
        (await AnswerAsync(slow)).Should().StartWith("HTTP/1.1 408").And.Contain("\"code\":\"deadline_exceeded\"");
        (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse();
        it.Service.Lines.Should().OnlyContain(line => line.Contains("Sidecar is ready", StringComparison.Ordinal));

        static async Task<TcpClient> HalfSentAsync(ServiceUnderTest it)
        {
            var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", it.Service.HttpAddress.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /stigg.sidecar.v1.SidecarService/GetEntitlement HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"));
            return client;
        }

        static async Task<string> AnswerAsync(TcpClient client)
        {
            var answer = new StringBuilder();
            var part = new byte[4096];
            try
            {
                // What was closed in one way gives no stream.
                while (await client.Client.ReceiveAsync(part).WaitAsync(Patience) is var read and > 0)
                    answer.Append(Encoding.ASCII.GetString(part, 0, read));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                // An end, too: of a connection on which something was left to read.
            }

            return answer.ToString();
        }
    }

    [Fact]
    public async Task Port_that_is_taken_is_a_start_up_error()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var it = await ServiceUnderTest.StartAsync(new() { ["HTTP_PORT"] = port, ["HTTP_BIND"] = "127.0.0.1" });

        (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse();
        string.Join('\n', it.Service.Lines).Should().Contain($"HTTP_PORT {port} on HTTP_BIND 127.0.0.1 can't be opened").And.NotContain("httpAddress");
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
    }

    private static Dictionary<string, string?> Http() => new() { ["HTTP_PORT"] = "0", ["CACHE_REVALIDATE_SECONDS"] = "600", ["CACHE_MAX_AGE_SECONDS"] = "600" };

    private static Task<HttpResponseMessage> AskAsync(HttpClient http, string question, params (string Name, string Value)[] headers) =>
        SendAsync(http, "GetMeteredEntitlement", question, headers);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string method, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/stigg.sidecar.v1.SidecarService/{method}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private static IEnumerable<(string Name, string Value)> TrailersOf(HttpResponseMessage response) => response.Headers
        .Where(header => header.Key.StartsWith("trailer-x-sidecar-", StringComparison.OrdinalIgnoreCase))
        .Select(header => (header.Key["trailer-x-sidecar-".Length..].ToLowerInvariant(), header.Value.Single()));
}
