using System.Diagnostics;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Timed;
using Stigg.Sidecar.V1;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>A cloud that can't be reached: the service goes on answering, counts it, and heals by itself.</summary>
public sealed class DeadCloudSpecs
{
    [Fact]
    public async Task Cloud_that_is_dead_from_the_start_is_survived_and_healed()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await it.Cloud.StopAsync();

        var reply = await AskAsync(it, "customer-free");
        (reply.IsFallback, reply.HasAccess).Should().Be((true, false));
        await CountsAsync(it, NetworkErrors);

        await it.Cloud.StartAgainAsync(CancellationToken.None);
        await HealsAsync(it, usage: 25);
    }

    [TimedFact]
    public async Task Dead_cloud_costs_a_question_no_more_than_the_guard()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await it.Cloud.StopAsync();

        var watch = Stopwatch.StartNew();
        await AskAsync(it, "customer-free");

        watch.Elapsed.Should().BeLessThan(Guard);
    }

    [Fact]
    public async Task Service_starts_beside_a_dead_cloud()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["EDGE_API_URL"] = "http://127.0.0.1:1" });

        (await AskAsync(it)).IsFallback.Should().BeTrue();
        await CountsAsync(it, InitializationErrors);
        await CountsAsync(it, NetworkErrors);
        await WritesAsync(it, "out of reach");
        it.Service.Lines.Where(line => line.Contains("out of reach", StringComparison.Ordinal)).Should().ContainSingle();
    }

    [Fact]
    public async Task Cloud_that_fails_twice_is_asked_again_within_the_question()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        it.Control.Faults.Add(FaultRule.Answer(503) with { Target = RequestTarget.State, Times = 2 });

        var reply = await AskAsync(it);

        (reply.IsFallback, reply.Entitlement.CurrentUsage).Should().Be((false, 25));
        it.StateRequests.Should().Be(3);
    }

    [Fact]
    public async Task Expired_entitlement_is_read_again_before_answering()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        const string Trial = "customer-short-trial";
        // The first question of all waits for the actors; the trial must not be over by then.
        await AskAsync(it);
        it.Control.PutCustomer(Trial, """{ "plan": "free", "entitlements": { "feature-sso": { "validUntil": "+4s" } } }""");
        (await BooleanAsync()).HasAccess.Should().BeTrue();

        it.Control.PutCustomer(Trial, """{ "plan": "free" }""");
        await Eventually.HoldsAsync(async () => !(await BooleanAsync()).HasAccess, TimeSpan.FromSeconds(15));

        it.Control.Requests.Snapshot().Customers[Trial].Total.Should().Be(2);

        async Task<GetBooleanEntitlementResponse> BooleanAsync() =>
            await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = Trial, FeatureId = "feature-sso" });
    }
}
