using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A cluster of five, which loses two at once, and is cut in two.</summary>
[Collection(AloneCollection.Name)]
public sealed class FiveNodesSpecs(ITestOutputHelper output)
{
    private const int Count = 5;
    private const int Known = 200;
    private const int Changed = 100;

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(2);

    [NetworkFact(isLong: true)]
    public async Task Five_nodes_read_a_customer_once_lose_two_are_cut_in_two_and_answer_all_the_while()
    {
        await using var network = await CuttableNetwork.StartAsync(Count);
        await using var it = await CloudOfCluster.StartAsync(Count, ChangingCloud.Customers(Known, TimeSpan.FromMinutes(5)), network: network);
        await it.ShardsAreSpreadAsync(Count);
        var cloud = new ChangingCloud(it, Count, Known);
        var before = it.StateRequests;
        await cloud.AskAllAsync();
        (it.StateRequests - before).Should().Be(Known);

        int[] smaller = [4, 5];
        int[] larger = [1, 2, 3];
        var (lost, back, healed) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        await cloud.DuringAsync(Changed, node => !smaller.Contains(node), async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            foreach (var node in smaller)
                it.Nodes[node].SendKill();
            lost = await it.Nodes.HasMembersAsync(larger.Length, Within, larger);
            await it.StartAgainAsync(smaller[0]);
            back = await it.Nodes.HasMembersAsync(larger.Length + 1, Within, [.. larger, smaller[0]]);
            await it.StartAgainAsync(smaller[1]);
            await it.Nodes.HasMembersAsync(Count, Within);
        });
        await cloud.DuringAsync(Changed, static _ => true, async () =>
        {
            var length = Task.Delay(Cut);
            await network.CutAsync(smaller);
            await it.Nodes.HasMembersAsync(smaller.Length, Within, smaller);
            await it.Nodes.HasMembersAsync(larger.Length, Within, larger);
            await length;
            await network.HealAsync(smaller);
            healed = await it.Nodes.HasMembersAsync(Count, Within);
        });

        output.WriteLine($"two of five killed: given up after {lost.TotalSeconds:0.0} s, the first in their place a member {back.TotalSeconds:0.0} s after its stream was up; "
            + $"2 : 3 for {Cut.TotalSeconds:0} s: one cluster {healed.TotalSeconds:0.0} s after healing; {cloud}");
        cloud.Failures.Should().BeEmpty();
        cloud.Oldest.Should().BeLessThan(Oldest);
        await cloud.AllKnowTheLastAsync();
        foreach (var node in larger)
            (await it.Nodes.RestartsOf(node)).Values.Sum().Should().Be(0);
        foreach (var node in smaller)
            (await it.Nodes.RestartsOf(node)).Values.Sum().Should().Be(1);
    }
}
