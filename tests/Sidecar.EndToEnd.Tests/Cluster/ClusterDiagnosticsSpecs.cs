using System.Net.Http.Headers;
using System.Text.Json;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>The diagnostics of two nodes of one cluster.</summary>
[Collection(AloneCollection.Name)]
public sealed class ClusterDiagnosticsSpecs
{
    private const string Token = "token-5b0e1d77c9a24f36";

    [Fact]
    public async Task Each_node_tells_who_owns_a_customer_and_wakes_nobody()
    {
        await using var it = await CloudOfCluster.StartAsync(2, customers: 20, new() { ["DIAGNOSTICS_PORT"] = "0", ["DIAGNOSTICS_TOKEN"] = Token });
        await it.ShardsAreSpreadAsync(2);
        for (var i = 0; i < 20; i++)
            await it.AskAsync(1, Many.Id(i));
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        var reports = new List<(string First, string Second, string Origin)>();
        for (var i = 0; i < 20; i++)
        {
            var first = await AskAsync(1, $"customer?id={Many.Id(i)}");
            var second = await AskAsync(2, $"customer?id={Many.Id(i)}");
            reports.Add((
                first.GetProperty("owner").GetString()!, second.GetProperty("owner").GetString()!, first.GetProperty("view").GetProperty("setOrigin").GetString()!));
        }

        reports.Should().Contain(one => one.First.StartsWith("this node", StringComparison.Ordinal) && one.Origin == "edge")
            .And.Contain(one => one.Second.StartsWith("this node", StringComparison.Ordinal) && one.Origin == "peer");
        reports.Should().AllSatisfy(one =>
        {
            var (owner, other) = one.First.StartsWith("this node", StringComparison.Ordinal) ? (one.First, one.Second) : (one.Second, one.First);
            owner.Should().Contain($"({other})", "the other one names it by its address");
        });
        var shards = await AskAsync(2, "shards");
        shards.TryGetProperty("note", out _).Should().BeFalse();
        shards.GetProperty("shards").EnumerateArray().Select(shard => shard.GetProperty("node").GetString()).Distinct().Should().HaveCount(2);
        (await AskAsync(1, "cluster")).GetProperty("members").GetArrayLength().Should().Be(2);
        var requests = it.StateRequests;
        (await AskAsync(2, "customer?id=nobody-asked-about")).GetProperty("next").GetProperty("trust").GetString().Should().Be("unknown");
        it.StateRequests.Should().Be(requests);

        async Task<JsonElement> AskAsync(int node, string path)
        {
            using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri(it.Nodes[node].DiagnosticsAddress, $"/diagnostics/{path}")));
            return json.RootElement.Clone();
        }
    }
}
