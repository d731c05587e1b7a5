using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Reads by GraphQL: all of them where Edge is disabled, and reloads always.</summary>
public sealed class ApiPathSpecs
{
    [Fact]
    public async Task Without_Edge_entitlements_are_read_from_the_API_and_the_key_is_checked_there()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["EDGE_ENABLED"] = "false" });

        var reply = await AskAsync(it);

        (reply.IsFallback, reply.Entitlement.CurrentUsage).Should().Be((false, 25));
        await Eventually.HoldsAsync(() => Task.FromResult(it.Control.Requests.Snapshot().ApiConfig == 1));
        var requests = it.Control.Requests.Snapshot();
        (requests.ApiState, requests.State, requests.Config, requests.BadRequests).Should().Be((1, 0, 0, 0));
    }

    [Fact]
    public async Task Both_paths_tell_the_same_of_every_customer()
    {
        await using var edge = await ServiceUnderTest.StartAsync();
        await using var api = await ServiceUnderTest.StartAsync(new() { ["EDGE_ENABLED"] = "false", ["API_URL"] = edge.Cloud.Address.ToString() });

        foreach (var customer in edge.Control.Requests.Snapshot().Customers.Keys.Append(Customer).Append("customer-free").Append("customer-credits"))
        {
            var request = new Stigg.Sidecar.V1.GetEntitlementsStateV2Request { CustomerId = customer };
            (await api.Client.GetEntitlementsStateV2Async(request)).Should().Be(await edge.Client.GetEntitlementsStateV2Async(request));
        }
    }

    [Fact]
    public async Task Wrong_key_at_the_API_is_told_and_heals()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["EDGE_ENABLED"] = "false" }, prepare: control => control.ApiKey = "another-key");

        (await AskAsync(it)).IsFallback.Should().BeTrue();
        await CountsAsync(it, InvalidKeyErrors);

        it.Control.ApiKey = ServiceUnderTest.ApiKey;
        await HealsAsync(it, usage: 25);
    }

    [Fact]
    public async Task Reload_reads_from_the_API_and_what_it_brings_is_in_the_next_answer()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
        it.Control.SetUsage(Customer, Feature, 31);

        var reply = await it.Client.ReloadEntitlementsAsync(new() { CustomerId = Customer });

        reply.EntitledEntityExists.Should().BeTrue();
        (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(31);
        var requests = it.Control.Requests.Snapshot();
        (requests.State, requests.ApiState).Should().Be((1, 1));
    }

    [Fact]
    public async Task Reload_does_not_wait_for_a_read_from_Edge_that_hangs()
    {
        await using var it = await ServiceUnderTest.StartAsync(prepare: control => control.Faults.Add(
            FaultRule.Hang() with { Target = RequestTarget.State }));
        var question = AskAsync(it);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await it.Control.WaitForRequestsAsync(RequestKey.State, 1, limit.Token);

        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = Customer })).EntitledEntityExists.Should().BeTrue();

        (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
        (await question).IsFallback.Should().BeFalse("what the reload brought answers those who waited before it, too, at the latest with the read's end");
    }

    [Fact]
    public async Task Reload_of_an_unknown_customer_and_one_with_the_API_down_say_no()
    {
        await using var it = await ServiceUnderTest.StartAsync();

        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = "nobody" })).EntitledEntityExists.Should().BeFalse();
        it.Control.Faults.Add(FaultRule.Answer(500) with { Target = RequestTarget.ApiState });
        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = Customer })).EntitledEntityExists.Should().BeFalse();

        await CountsAsync(it, NetworkErrors);
        await WritesAsync(it, "the cloud answered 500");
    }
}
