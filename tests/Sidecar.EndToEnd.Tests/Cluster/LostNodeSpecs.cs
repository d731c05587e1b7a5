using System.Collections.Concurrent;
using System.Diagnostics;
using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Timed;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>What the end of a node costs those who ask the others.</summary>
[Collection(AloneCollection.Name)]
public sealed class LostNodeSpecs(ITestOutputHelper output)
{
    private const int Customers = 1_000;
    private const int Rate = 300;

    // Until the others have given it up and its shards have new places.
    private static readonly TimeSpan AfterIt = TimeSpan.FromSeconds(12);

    [TimedTheory]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 1)]
    public async Task Node_that_is_killed_is_hardly_noticed_by_those_who_ask_another(int count, int killed)
    {
        // What is asked for the first time meanwhile counts as well: one question in so many.
        const int firstIn = 100;
        await using var it = await CloudOfCluster.StartAsync(count, Customers + (Rate * 60 / firstIn));
        await it.ShardsAreSpreadAsync(count);
        int[] others = [.. Enumerable.Range(1, count).Where(node => node != killed)];
        foreach (var node in others)
        {
            for (var i = 0; i < Customers; i++)
                await it.AskAsync(node, Many.Id(i));
        }

        // From when a question was sent: this process, with the cloud in it, may stand still itself.
        var times = new ConcurrentBag<double>();
        using var stop = new CancellationTokenSource();
        var load = Load.RunAsync(
            Rate,
            async call =>
            {
                var watch = Stopwatch.StartNew();
                var customer = call % firstIn == 0 ? Customers + (call / firstIn) : call % Customers;
                var reply = await it.AskAsync(others[call % others.Length], Many.Id(customer));
                times.Add(watch.Elapsed.TotalMilliseconds);
                return !reply.IsFallback && reply.Entitlement.CurrentUsage == 25;
            },
            stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1));
        it.Nodes[killed].SendKill();
        await it.Nodes.HasMembersAsync(others.Length, within: null, others);
        await Task.Delay(AfterIt);
        await stop.CancelAsync();
        var result = await load;

        double[] sorted = [.. times.Order()];
        var p99 = sorted[sorted.Length * 99 / 100];
        output.WriteLine($"node {killed} of {count} killed: p99 {p99:0.0} ms, longest {sorted[^1]:0.0} ms; from when they were due: {result}");
        result.Lost.Should().Be(0);
        p99.Should().BeLessThan(50);
        sorted[^1].Should().BeLessThan(1_000);
    }

    [Fact]
    public async Task Nodes_that_are_replaced_one_after_the_other_cost_a_client_that_tries_again_no_call_and_no_right_answer()
    {
        const int count = 3;
        await using var it = await CloudOfCluster.StartAsync(count, Customers);
        await it.ShardsAreSpreadAsync(count);
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

        for (var node = 1; node <= count; node++)
            (await it.ReplaceAsync(node)).Should().Be(0);
        await stop.CancelAsync();
        var result = await load;

        output.WriteLine($"three nodes replaced: {result}");
        failures.Should().BeEmpty();
    }
}
