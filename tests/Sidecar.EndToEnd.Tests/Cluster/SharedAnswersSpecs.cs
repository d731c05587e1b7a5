using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Timed;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>What nodes of one cluster know together.</summary>
[Collection(AloneCollection.Name)]
public sealed class SharedAnswersSpecs(ITestOutputHelper output)
{
    private const int Count = 3;
    private const int Customers = 1_000;

    [TimedFact]
    public async Task Customers_that_are_asked_about_on_every_node_are_read_from_the_cloud_once()
    {
        const int questionsEach = 100;
        await using var it = await CloudOfCluster.StartAsync(Count, Customers);
        await it.ShardsAreSpreadAsync(Count);
        var before = it.StateRequests;

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Customers * questionsEach),
            new ParallelOptions { MaxDegreeOfParallelism = 60 },
            async (i, _) =>
            {
                var reply = await it.AskAsync(1 + (i / Customers % Count), Many.Id(i % Customers));
                reply.IsFallback.Should().BeFalse();
                reply.Entitlement.CurrentUsage.Should().Be(25);
            });

        (it.StateRequests - before).Should().Be(Customers);
    }

    [TimedFact]
    public async Task Change_reaches_the_answers_of_every_node_within_a_second()
    {
        const int changes = 50;
        await using var it = await CloudOfCluster.StartAsync(Count, Customers);
        int[] nodes = [.. Enumerable.Range(1, Count)];
        for (var i = 0; i < changes; i++)
        {
            foreach (var node in nodes)
                await it.AskAsync(node, Many.Id(i));
        }

        var (before, longest) = (it.StateRequests, TimeSpan.Zero);
        for (var i = 0; i < changes; i++)
        {
            var usage = 100 + i;
            it.Control.SetUsage(Many.Id(i), Trouble.Feature, usage);
            var times = await Task.WhenAll(nodes.Select(node => Eventually.HoldsAsync(
                async () => (await it.AskAsync(node, Many.Id(i))).Entitlement.CurrentUsage == usage)));
            longest = times.Append(longest).Max();
        }

        output.WriteLine($"the longest until every node answered by a change: {longest.TotalMilliseconds:0} ms");
        longest.Should().BeLessThan(TimeSpan.FromSeconds(1));
        it.StateRequests.Should().Be(before);
    }
}
