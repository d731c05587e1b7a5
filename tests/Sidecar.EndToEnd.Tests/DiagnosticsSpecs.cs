using System.Text.Json;
using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The diagnostics of a service that runs, by <c>sidecar diag</c>, as people use them.</summary>
public sealed class DiagnosticsSpecs
{
    private const string Token = "token-5b0e1d77c9a24f36";

    [Fact]
    public async Task Each_word_of_diag_has_its_answer_and_no_secret_is_anywhere()
    {
        await using var it = await StartAsync();
        await it.Client.GetEntitlementV2Async(new GetEntitlementV2Request { CustomerId = "customer-at-limit", FeatureId = "feature-api-calls" });
        var said = new List<string>();

        await ShowsAsync("HEALTHY", "summary");
        await ShowsAsync("limit         1000 used + 5 requested, limit 1000: no", "customer", "customer-at-limit", "--feature", "feature-api-calls", "--usage", "5");
        await ShowsAsync("9 entitlements from edge, read ", "customer", "customer-at-limit");
        await ShowsAsync("memory holds nothing of it", "customer", "customer-nobody-asked-about");
        await ShowsAsync("100, 100 of them here", "shards");
        await ShowsAsync("no cluster: this process is by itself", "cluster");
        await ShowsAsync("stream     up for", "stream");
        await ShowsAsync("customer-at-limit", "cache", "--top", "5");
        await ShowsAsync("SERVER_API_KEY = *** (variable)", "config");
        await ShowsAsync("it held 9 entitlements", "evict", "customer-at-limit");
        await ShowsAsync("it was read: 9 entitlements", "reread", "customer-at-limit");
        await ShowsAsync("9 entitlements from api, read ", "customer", "customer-at-limit");
        await ShowsAsync("another one is being made", "reconnect");
        await ShowsAsync("the log level is debug for 1 minutes, then warn", "log-level", "debug", "--minutes", "1");
        await ShowsAsync("memory held nothing", "evict", "customer-of-a-debug-line");
        await ShowsAsync("the log level is warn", "log-level", "warn");

        using var json = JsonDocument.Parse(await ShowsAsync("{", "summary", "--json"));
        json.RootElement.GetProperty("verdict").GetProperty("state").GetString().Should().NotBeNull();
        said.AddRange(it.Service.Lines);
        said.Add(await (await it.Service.GetAsync("/metrics")).Content.ReadAsStringAsync());
        said.Should().AllSatisfy(text => text.Should().NotContain(Token).And.NotContain(ServiceUnderTest.ApiKey));
        it.Service.Lines.Where(line => !line.Contains("\"level\":\"debug\"", StringComparison.Ordinal))
            .Should().AllSatisfy(line => line.Should().NotContain("customer-"));

        async Task<string> ShowsAsync(string expected, params string[] arguments)
        {
            var (exitCode, text) = await DiagAsync(it, Token, arguments);
            (exitCode, text).Should().Match<(int, string)>(answer => answer.Item1 == 0 && answer.Item2.Contains(expected, StringComparison.Ordinal));
            said.Add(text);
            return text;
        }
    }

    [Fact]
    public async Task Isolated_service_answers_what_it_knows_and_sends_nothing_until_the_end()
    {
        await using var it = await StartAsync();
        var known = new GetEntitlementV2Request { CustomerId = "customer-demo", FeatureId = "feature-sso" };
        await it.Client.GetEntitlementV2Async(known);
        (await DiagAsync(it, Token, "isolate", "5")).ExitCode.Should().Be(0);
        await it.StreamIsAsync(up: false);
        var requests = it.StateRequests;

        (await it.Client.GetEntitlementV2Async(known)).Entitlement.HasAccess.Should().BeTrue();
        (await it.Client.GetEntitlementV2Async(new GetEntitlementV2Request { CustomerId = "customer-enterprise", FeatureId = "feature-sso" }))
            .Entitlement.IsFallback.Should().BeTrue();
        var report = () => it.Client.ReportUsageAsync(new ReportUsageRequest { CustomerId = "customer-demo", FeatureId = "feature-api-calls", Value = 1 }).ResponseAsync;

        (await report.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unavailable);
        it.StateRequests.Should().Be(requests);
        (await it.Service.CounterAsync("sidecar_isolated")).Should().Be(1);
        (await DiagAsync(it, Token, "summary")).Text.Should().Contain("cut off from the cloud on purpose").And.Contain("stream     isolated");

        (await DiagAsync(it, Token, "isolate", "0")).ExitCode.Should().Be(0);
        await it.StreamIsAsync(up: true);
        (await it.Service.CounterAsync("sidecar_isolated")).Should().Be(0);
        await Eventually.HoldsAsync(async () => !(await it.Client.GetEntitlementV2Async(
            new GetEntitlementV2Request { CustomerId = "customer-enterprise", FeatureId = "feature-sso" })).Entitlement.IsFallback);
    }

    [Fact]
    public async Task Refusal_and_silence_have_exit_codes_of_their_own()
    {
        await using var it = await StartAsync();

        (await DiagAsync(it, "another-token-of-length", "customer", "c")).Should().Match<(int ExitCode, string Text)>(
            answer => answer.ExitCode == 1 && answer.Text.Contains("sidecar diag: the token is wrong", StringComparison.Ordinal));
        (await DiagAsync(it, token: null, "evict", "c")).ExitCode.Should().Be(1);
        (await DiagAsync(it, Token, "isolate", "241")).Text.Should().Contain("parameter minutes is '241', expected 0 to 240");
        await using var silent = SidecarProcess.Launch(
            new Dictionary<string, string?>(StringComparer.Ordinal), program: null, ["diag", "summary", "--address", "http://127.0.0.1:1"]);
        (await silent.WaitForExitAsync()).Should().Be(2);
    }

    private static Task<ServiceUnderTest> StartAsync() => ServiceUnderTest.StartWithStreamAsync(new()
    {
        ["LOG_LEVEL"] = "warn",
        ["DIAGNOSTICS_PORT"] = "0",
        ["DIAGNOSTICS_TOKEN"] = Token,
    });

    private static async Task<(int ExitCode, string Text)> DiagAsync(ServiceUnderTest it, string? token, params string[] arguments)
    {
        var address = it.Service.DiagnosticsAddress.GetLeftPart(UriPartial.Authority);
        await using var diag = SidecarProcess.Launch(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["DIAGNOSTICS_TOKEN"] = token }, program: null, ["diag", .. arguments, "--address", address]);
        var exitCode = await diag.WaitForExitAsync();
        return (exitCode, string.Join('\n', diag.Lines));
    }
}
