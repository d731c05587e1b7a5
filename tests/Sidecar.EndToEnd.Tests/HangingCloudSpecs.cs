using System.Diagnostics;
using FluentAssertions;
using Grpc.Core;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Edge;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>A cloud that takes requests and never answers.</summary>
[Collection(AloneCollection.Name)]
public sealed class HangingCloudSpecs
{
    [Fact]
    public async Task Hanging_cloud_costs_an_unknown_customer_the_guard_and_no_more()
    {
        await using var it = await ServiceUnderTest.StartAsync(prepare: control => control.Faults.Add(FaultRule.Hang()));

        var watch = Stopwatch.StartNew();
        var reply = await AskAsync(it);

        watch.Elapsed.Should().BeLessThan(Guard);
        reply.IsFallback.Should().BeTrue();
        await CountsAsync(it, NetworkErrors);
        it.Control.Faults.Clear();
        await HealsAsync(it, usage: 25);
    }

    [Fact]
    public async Task Hanging_cloud_costs_a_known_customer_a_quarter_of_a_second_at_most()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["CACHE_REVALIDATE_SECONDS"] = "0", ["CACHE_MAX_AGE_SECONDS"] = "0" });
        await AskAsync(it);
        it.Control.Faults.Add(FaultRule.Hang());

        var watch = Stopwatch.StartNew();
        var reply = await AskAsync(it);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(1));
        (reply.IsFallback, reply.Entitlement.CurrentUsage).Should().Be((false, 25));
    }

    [Fact]
    public async Task Caller_that_gives_up_gets_its_own_deadline_and_leaves_no_line_in_the_log()
    {
        await using var it = await ServiceUnderTest.StartAsync(prepare: control => control.Faults.Add(
            FaultRule.Hang() with { Target = RequestTarget.State }));

        var call = async () => await it.Client.GetMeteredEntitlementAsync(
            new() { CustomerId = Customer, FeatureId = Feature }, deadline: TimeProvider.System.GetUtcNow().AddSeconds(1).UtcDateTime);

        (await call.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.DeadlineExceeded);
        it.Control.Faults.Clear();
        it.Service.SendTerminate();
        await it.Service.WaitForExitAsync();
        it.Service.Lines.Should().NotContain(line => line.Contains("\"level\":\"error\"", StringComparison.Ordinal));
    }
}
