using System.Diagnostics;
using System.Net;
using FluentAssertions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Readiness over HTTP and over gRPC, and reflection.</summary>
public sealed class HealthSpecs
{
    private const string ServiceName = "stigg.sidecar.v1.SidecarService";

    [Fact]
    public async Task Health_service_and_reflection_know_the_service()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        var health = new Health.HealthClient(it.Channel);

        foreach (var service in (string[])["", ServiceName])
        {
            (await health.CheckAsync(new() { Service = service })).Status.Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
            using var watch = health.Watch(new() { Service = service });
            (await NextAsync(watch)).Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
        }

        var check = async () => await health.CheckAsync(new() { Service = "other" });
        (await check.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.NotFound);
        using var unknown = health.Watch(new() { Service = "other" });
        (await NextAsync(unknown)).Should().Be(HealthCheckResponse.Types.ServingStatus.ServiceUnknown);

        using var reflection = new ServerReflection.ServerReflectionClient(it.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" });
        (await reflection.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
        reflection.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).Should()
            .Contain([ServiceName, "grpc.health.v1.Health"]);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("cloud")]
    public async Task Wrong_key_keeps_the_service_unready_until_it_is_accepted(string readyWhen)
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["READY_WHEN"] = readyWhen }, control => control.ApiKey = "another-key");
        using var watch = new Health.HealthClient(it.Channel).Watch(new());
        (await NextAsync(watch)).Should().Be(HealthCheckResponse.Types.ServingStatus.NotServing);
        await Eventually.HoldsAsync(async () => (await ReadyAsync(it)).Text.Contains("invalid", StringComparison.Ordinal));

        var (status, text) = await ReadyAsync(it);
        status.Should().Be(HttpStatusCode.ServiceUnavailable);
        text.Should().Contain("\"status\":\"DOWN\"").And.Contain("SERVER_API_KEY").And.NotContain(ServiceUnderTest.ApiKey);
        (await it.Service.GetAsync("/livez")).StatusCode.Should().Be(HttpStatusCode.OK);

        it.Control.ApiKey = ServiceUnderTest.ApiKey;
        (await NextAsync(watch)).Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
        (await ReadyAsync(it)).Status.Should().Be(HttpStatusCode.OK);
    }

    // It waits three seconds for the cloud's verdict, no more: on a machine that is slower than that it is ready, and rightly so.
    [TimedFact]
    public async Task Wrong_key_keeps_the_service_unready_with_a_global_fallback_too()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["READY_WHEN"] = "data", ["ENTITLEMENTS_FALLBACK"] = """{"feature":{"hasAccess":true}}""" },
            control => control.ApiKey = "another-key");
        await Eventually.HoldsAsync(async () => (await ReadyAsync(it)).Text.Contains("invalid", StringComparison.Ordinal));

        await Task.Delay(TimeSpan.FromSeconds(4));

        (await ReadyAsync(it)).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Dead_cloud_keeps_data_waiting_for_thirty_seconds()
    {
        // From before its start: whatever the machine does makes it longer.
        var watch = Stopwatch.StartNew();
        await using var it = await ServiceUnderTest.StartAsync(new() { ["READY_WHEN"] = "data", ["EDGE_API_URL"] = "http://127.0.0.1:1" });
        var seen = new List<string>();

        await Eventually.HoldsAsync(async () =>
        {
            var (status, text) = await ReadyAsync(it);
            if (status != HttpStatusCode.OK)
                seen.Add(text);
            return status == HttpStatusCode.OK;
        });

        watch.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(30));
        seen.Should().OnlyContain(text => text.Contains("30 s after its start", StringComparison.Ordinal));
    }

    [TimedFact]
    public async Task With_a_dead_cloud_a_fallback_is_data_at_once()
    {
        await using var with = await SidecarProcess.StartAsync(new Dictionary<string, string?>
        {
            ["READY_WHEN"] = "data",
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["EDGE_API_URL"] = "http://127.0.0.1:1",
            ["ENTITLEMENTS_FALLBACK"] = """{"feature":{"hasAccess":true}}""",
        });

        await Eventually.HoldsAsync(async () => (await with.GetAsync("/readyz")).IsSuccessStatusCode, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Wrong_key_replaced_by_another_wrong_one_keeps_the_service_unready_whenever_that_is()
    {
        var file = Path.Combine(Path.GetTempPath(), $"sidecar-key-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(file, "wrong-1");
        try
        {
            // Longer in its check than it takes to look.
            await using var it = await ServiceUnderTest.StartAsync(
                new() { ["READY_WHEN"] = "data", ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = file },
                control => control.Faults.Add(FaultRule.Late(TimeSpan.FromSeconds(2)) with { Target = RequestTarget.Config }));
            await Eventually.HoldsAsync(async () => (await ReadyAsync(it)).Text.Contains("invalid", StringComparison.Ordinal));
            await Task.Delay(TimeSpan.FromSeconds(30));

            await File.WriteAllTextAsync(file, "wrong-2");
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(6); await Task.Delay(100))
                (await ReadyAsync(it)).Status.Should().Be(HttpStatusCode.ServiceUnavailable);

            // Each wrong key is told once.
            await Eventually.HoldsAsync(() => Task.FromResult(
                it.Service.Lines.Count(line => line.Contains("refuses the value of SERVER_API_KEY", StringComparison.Ordinal)) == 2));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Missing_key_is_named_and_a_global_fallback_is_data()
    {
        await using var without = await SidecarProcess.StartAsync(new Dictionary<string, string?> { ["READY_WHEN"] = "data" });
        await Eventually.HoldsAsync(async () => (await (await without.GetAsync("/readyz")).Content.ReadAsStringAsync())
            .Contains("SERVER_API_KEY is missing", StringComparison.Ordinal));

        await using var with = await SidecarProcess.StartAsync(new Dictionary<string, string?>
        {
            ["READY_WHEN"] = "data",
            ["ENTITLEMENTS_FALLBACK"] = """{"feature":{"hasAccess":true}}""",
        });
        (await with.GetAsync("/readyz")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ServiceUnderTest it)
    {
        var response = await it.Service.GetAsync("/readyz");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        (await watch.ResponseStream.MoveNext(limit.Token)).Should().BeTrue();
        return watch.ResponseStream.Current.Status;
    }
}
