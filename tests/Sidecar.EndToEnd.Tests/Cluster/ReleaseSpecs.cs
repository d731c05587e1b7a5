using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using Grpc.Core;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>Nodes of the previous release and of this one in one cluster, as while it is upgraded, or taken back.</summary>
[Collection(AloneCollection.Name)]
public sealed class ReleaseSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Count = 3;
    private const int Customers = 300;

    // Of those that are not asked about by the load.
    private const int Changed = 20;

    private const int Rate = 200;
    private static readonly TimeSpan AlmostOwnerPatience = ClusterRoad.OwnerPatience - TimeSpan.FromMilliseconds(50);
    private string _previous = "";

    public async Task InitializeAsync()
    {
        if (PreviousRelease.Missing is null)
            _previous = await PreviousRelease.ProgramAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ReleaseFact]
    public async Task Nodes_of_two_releases_are_one_cluster_which_reads_a_customer_once_and_knows_each_change()
    {
        await using var it = await CloudOfCluster.StartAsync(
            Count, Customers + Changed, programOf: node => node == 2 ? null : _previous);
        await it.ShardsAreSpreadAsync(Count);
        var before = it.StateRequests;

        var late = 0;
        foreach (var first in (int[])[1, 2, 3])
        {
            for (var i = 0; i < Customers; i++)
            {
                var asked = Stopwatch.StartNew();
                var reply = await it.AskAsync(1 + ((first + i) % Count), Many.Id(i));
                reply.IsFallback.Should().BeFalse();
                reply.Entitlement.CurrentUsage.Should().Be(25);
                late += asked.Elapsed > AlmostOwnerPatience ? 1 : 0;
            }
        }

        // Whose owner did not answer in time is read by whoever asks, and so is what shares its shard, for a second.
        var reads = it.StateRequests - before;
        output.WriteLine($"{Customers} customers asked about on {Count} nodes: {reads} reads, {late} late answers");
        reads.Should().BeInRange(Customers, Customers + (late * Count * Customers / CustomerShards.Count));
        await ChangesReachAllAsync(it, usage: 100);

        // What nodes bring to an owner of the other release.
        for (var i = 0; i < Changed; i++)
        {
            var (customer, teller) = (Many.Id(Customers + i), 1 + (i % Count));
            (await it.Of(teller).ReloadEntitlementsAsync(new() { CustomerId = customer })).EntitledEntityExists.Should().BeTrue();
            await it.Of(teller).ReportUsageAsync(new() { CustomerId = customer, FeatureId = Trouble.Feature, Value = 7 });
            await HaveUsageAsync(it, customer, 107);
        }

        foreach (var node in (int[])[1, 2, 3])
        {
            (await it.Nodes.RestartsOf(node, "split")).Should().Be(0);
            it.Nodes[node].Lines.Should().NotContain(line => line.Contains("does not know it", StringComparison.Ordinal));
        }
    }

    [ReleaseFact]
    public async Task Cluster_that_is_upgraded_node_by_node_and_taken_back_costs_a_client_that_tries_again_no_call_and_no_right_answer()
    {
        var isUpgraded = new bool[Count];
        await using var it = await CloudOfCluster.StartAsync(Count, Customers + Changed, programOf: node => isUpgraded[node - 1] ? null : _previous);
        await it.ShardsAreSpreadAsync(Count);
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentBag<string>();
        var load = Load.RunAsync(
            Rate,
            async call =>
            {
                try
                {
                    var reply = await it.AskAnyAsync(call, Many.Id(call % Customers));
                    if (reply is { IsFallback: false, Entitlement.CurrentUsage: 25 })
                        return true;
                    failures.Add($"question {call}: {reply}");
                }
                catch (RpcException e)
                {
                    failures.Add($"question {call}: {e.Status}");
                }

                return false;
            },
            stop.Token);

        var usage = 100;
        foreach (var isNew in (bool[])[true, false])
        {
            for (var node = 1; node <= Count; node++)
            {
                isUpgraded[node - 1] = isNew;
                (await it.ReplaceAsync(node)).Should().Be(0);
                await ChangesReachAllAsync(it, usage += 100);
            }
        }

        await stop.CancelAsync();
        var result = await load;

        output.WriteLine($"{Count} nodes upgraded and taken back: {result}");
        failures.Should().BeEmpty();
    }

    // Each is known to all nodes before it changes.
    private static async Task ChangesReachAllAsync(CloudOfCluster it, int usage)
    {
        for (var i = 0; i < Changed; i++)
        {
            var customer = Many.Id(Customers + i);
            for (var node = 1; node <= Count; node++)
                (await it.AskAsync(node, customer)).IsFallback.Should().BeFalse();
            it.Control.SetUsage(customer, Trouble.Feature, usage);
            await HaveUsageAsync(it, customer, usage);
        }
    }

    private static async Task HaveUsageAsync(CloudOfCluster it, string customer, double usage)
    {
        double[] seen = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                seen = await Task.WhenAll(Enumerable.Range(1, Count).Select(async node => (await it.AskAsync(node, customer)).Entitlement.CurrentUsage));
                return seen.All(one => one == usage);
            },
            why: () => $"the nodes say {string.Join(", ", seen)} of {customer}, not {usage}");
    }
}
