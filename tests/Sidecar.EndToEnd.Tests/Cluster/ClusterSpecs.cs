using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>Nodes in plain text: they find each other, and stay one cluster whatever happens to one of them.</summary>
[Collection(AloneCollection.Name)]
public sealed class ClusterSpecs
{
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(16);

    [TimedFact]
    public async Task Node_that_is_killed_is_gone_within_10_s_and_one_in_its_place_joins()
    {
        await using var it = new ClusterUnderTest(3);
        await it.StartAllAsync();

        it[2].SendKill();
        await it.HasMembersAsync(2, TimeSpan.FromSeconds(10), 1, 3);

        await it.StartAsync(2);
        await it.HasMembersAsync(3);
        foreach (var node in (int[])[1, 2, 3])
            (await it.RestartsOf(node, "split")).Should().Be(0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task Node_that_stood_still_is_a_member_again_within_30_s(int count)
    {
        await using var it = new ClusterUnderTest(count);
        await it.StartAllAsync();
        int[] others = [.. Enumerable.Range(2, count - 1)];

        // The oldest, which has the coordinator of shards.
        it[1].Freeze();
        await Task.Delay(Frozen);
        await it.HasMembersAsync(count - 1, TimeSpan.FromSeconds(1), others);
        it[1].Thaw();

        await Eventually.HoldsAsync(async () => await it.RestartsOf(1, "pause") == 1, TimeSpan.FromSeconds(30));
        await it.HasMembersAsync(count, TimeSpan.FromSeconds(30));
        (await it[1].GetAsync("/readyz")).IsSuccessStatusCode.Should().BeTrue();
    }

    [TimedFact]
    public async Task Node_that_is_told_to_end_leaves_and_nobody_waits_for_it()
    {
        await using var it = new ClusterUnderTest(3);
        await it.StartAllAsync();

        it[1].SendTerminate();

        await it.HasMembersAsync(2, TimeSpan.FromSeconds(4), 2, 3);
        (await it[1].WaitForExitAsync()).Should().Be(0);
        it[1].Lines.Should().Contain(line => line.Contains("has left its cluster", StringComparison.Ordinal));
        it[2].Lines.Concat(it[3].Lines).Should().NotContain(line => line.Contains("given up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Node_without_others_is_a_cluster_by_itself_which_they_join_later()
    {
        await using var it = new ClusterUnderTest(3);

        await it.StartAsync(3);
        await it.HasMembersAsync(1, within: null, 3);
        await Task.WhenAll(it.StartAsync(1), it.StartAsync(2));

        await it.HasMembersAsync(3);
        (await it.RestartsOf(3, "split")).Should().Be(0);
    }

    [Fact]
    public async Task Ports_between_nodes_are_open_on_the_nodes_own_address_alone_and_answer_nothing_else()
    {
        await using var it = new ClusterUnderTest(2);
        await it.StartAllAsync();
        using var http = new HttpClient();

        foreach (var place in (IPEndPoint[])[it.MessagesOf(2), it.ExchangeOf(2)])
        {
            using var other = new TcpClient();
            var connect = () => other.ConnectAsync(IPAddress.Parse("127.0.0.9"), place.Port);
            await connect.Should().ThrowAsync<SocketException>();
        }

        (await http.GetAsync(new Uri($"http://{it.ExchangeOf(1)}/members"))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await http.GetAsync(new Uri($"http://{it.ExchangeOf(1)}/metrics"))).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await http.PostAsync(new Uri($"http://{it.ExchangeOf(1)}/members"), content: null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await it[1].GetAsync("/members")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }
}
