using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>Nodes that find each other by one name, which the system's own resolver looks up.</summary>
[Collection(AloneCollection.Name)]
public sealed class NodesByNameSpecs(ITestOutputHelper output)
{
    private const string Name = "nodes.sidecar.test";
    private const int Count = 3;
    private const int Known = 100;
    private const int Changed = 50;

    private static readonly TimeSpan OneWithin = TimeSpan.FromSeconds(30);

    // Longer than the resolver itself waits for an answer, all its tries together.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(12);

    [NetworkFact]
    public async Task Nodes_find_each_other_and_need_no_name_server_after_that()
    {
        const int cut = 2;
        await using var network = await CuttableNetwork.StartAsync(Count);
        await network.UseNameServersAsync();
        await using var names = Names(network);
        await using var it = await StartAsync(network, isOne: true);
        var cloud = new ChangingCloud(it, Count, Known);
        await cloud.AskAllAsync();
        names.Questions.Should().BePositive();

        // Two of three are enough to form a cluster: at the start there may be two for a moment.
        var before = await it.RestartsAsync();
        var healed = TimeSpan.Zero;
        await cloud.DuringAsync(Changed, static _ => true, async () =>
        {
            names.IsSilent = true;
            await Task.Delay(Outage);
            (await it.RestartsAsync()).Should().Be(before, "{0}", await it.TellRestartsAsync());
            await it.Nodes.HasMembersAsync(Count, TimeSpan.FromSeconds(1));

            await network.CutAsync(cut);
            await it.Nodes.HasMembersAsync(Count - 1, within: null, 1, 3);
            await it.Nodes.HasMembersAsync(1, within: null, cut);
            await network.HealAsync(cut);
            healed = await it.Nodes.HasMembersAsync(Count, OneWithin);
        });

        output.WriteLine($"without a name server, cut and healed: one cluster {healed.TotalSeconds:0.0} s after healing; {cloud}; restarts: {await it.TellRestartsAsync()}");
        cloud.Failures.Should().BeEmpty();
        await cloud.AllKnowTheLastAsync();
    }

    [NetworkFact]
    public async Task Without_a_name_server_at_the_start_each_node_answers_by_itself_and_once_it_is_there_they_are_one_cluster()
    {
        await using var network = await CuttableNetwork.StartAsync(Count);
        await network.UseNameServersAsync();
        await using var names = Names(network);
        names.IsSilent = true;
        await using var it = await StartAsync(network, isOne: false);
        var cloud = new ChangingCloud(it, Count, Known);

        // Before they have a cluster, each of its own.
        await cloud.AskAllAsync();
        await it.Nodes.HasMembersAsync(1);
        var one = TimeSpan.Zero;
        await cloud.DuringAsync(Changed, static _ => true, async () =>
        {
            await Task.Delay(Outage);
            names.IsSilent = false;
            one = await it.Nodes.HasMembersAsync(Count, OneWithin);
        });

        output.WriteLine($"one cluster {one.TotalSeconds:0.0} s after the name server was there; {cloud}; restarts: {await it.TellRestartsAsync()}");
        cloud.Failures.Should().BeEmpty();
        await cloud.AllKnowTheLastAsync();
    }

    private static NameServer Names(CuttableNetwork network) => new(Name, Enumerable.Range(1, Count).Select(network.TestsAddressOf))
    {
        Addresses = [.. Enumerable.Range(1, Count).Select(CuttableNetwork.HostOf)],
    };

    private static Task<CloudOfCluster> StartAsync(CuttableNetwork network, bool isOne) => CloudOfCluster.StartAsync(
        Count,
        ChangingCloud.Customers(Known, TimeSpan.FromMinutes(5)),
        new()
        {
            ["CLUSTER_DISCOVERY"] = "dns",
            ["CLUSTER_DNS_NAME"] = Name,
            ["CLUSTER_NODES"] = null,
        },
        network,
        isOne);
}
