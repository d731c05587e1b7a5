using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// Sees the customers' actors of a node of a cluster. A region would start an actor for whatever is sent to it, so that an actor is looked for
/// by its place in the region; of other nodes' it only tells which node that is.
/// </summary>
/// <param name="keeper">This node's place in the cluster.</param>
/// <param name="views">What is known of the shards.</param>
/// <param name="metrics">What is counted of the cluster.</param>
/// <param name="time">The source of time.</param>
/// <param name="standIns">The stand-ins of this node, once they are there.</param>
public sealed class NodeSight(
    ClusterKeeper keeper, LeasedViews views, ClusterMetrics metrics, TimeProvider time, Func<CancellationToken, Task<IActorRef>> standIns) : ICustomerSight
{
    private readonly LocalSight _standIns = new(time, standIns);

    /// <inheritdoc/>
    public async Task<(string Owner, ActorDescription Actor)> DescribeAsync(EntryKey key, TimeSpan patience)
    {
        var half = patience / 2;
        var shard = ShardWatch.Of(key.CustomerId);
        if (keeper.Now is not { } seat)
            return ("this node, which is in no cluster at the moment", (await _standIns.DescribeAsync(key, half)).Actor);
        if (views.Shards.IsOwned(shard))
            return ($"this node ({seat.Self.Address})", await DescribeHereAsync(seat, key, half));
        var seen = await ShardsAsync(half);
        var owner = seen.Actors.TryGetValue(shard, out var place) && place.Node is { } node ? node : "another node, or none yet";
        // What this node does by itself, where the owner does not answer.
        var standIn = (await _standIns.DescribeAsync(key, half)).Actor;
        return (owner, ReferenceEquals(standIn, ActorDescription.None) ? ActorDescription.Elsewhere : standIn with { State = $"stand-in on this node: {standIn.State}" });
    }

    /// <inheritdoc/>
    public async Task<ShardsSeen> ShardsAsync(TimeSpan patience)
    {
        var seen = new Dictionary<int, (string? Node, int? Actors)>();
        var note = "this node is in no cluster at the moment";
        if (keeper.Now is { } seat)
        {
            note = null;
            try
            {
                // It may be answered by another node, to which only an actor's own address means something.
                var stats = await seat.Region.Ask<ClusterShardingStats>(new GetClusterShardingStats(patience), patience);
                foreach (var (address, region) in stats.Regions)
                    Add(seen, address.ToString(), region);
            }
            catch (Exception e) when (e is AskTimeoutException or TimeoutException)
            {
                note = "other nodes did not answer in time: only the shards of this node are shown";
                await AddOwnAsync(seen, seat, patience);
            }
        }

        return new ShardsSeen(seen, views.Shards.IsOwned, note);
    }

    /// <inheritdoc/>
    public ClusterReport? Cluster()
    {
        var view = keeper.View();
        var phase = view.Phase.ToString();
        return new ClusterReport(
            IsEnabled: true,
            char.ToLowerInvariant(phase[0]) + phase[1..],
            view.Address,
            [.. view.Members.Select(member => new MemberReport(member.Address, member.Status, member.Address == view.Address && member.Uid == view.Uid))],
            metrics.Shards.Value,
            metrics.Leases.Held.Value,
            metrics.Restarts.Where(restart => restart.Count.Value > 0).ToDictionary(restart => restart.Cause, restart => restart.Count.Value, StringComparer.Ordinal));
    }

    private async Task AddOwnAsync(Dictionary<int, (string? Node, int? Actors)> seen, NodeSeat seat, TimeSpan patience)
    {
        try
        {
            Add(seen, seat.Self.Address, await SightAsk.AskAsync<ShardRegionStats>(seat.Region, GetShardRegionStats.Instance, patience, time));
        }
        catch (TimeoutException)
        {
            // Nobody knows.
        }
    }

    private static void Add(Dictionary<int, (string? Node, int? Actors)> seen, string node, ShardRegionStats region)
    {
        foreach (var (name, actors) in region.Stats)
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var shard) && shard < CustomerShards.Count)
                seen[shard] = (node, actors);
        }
    }

    private async Task<ActorDescription> DescribeHereAsync(NodeSeat seat, EntryKey key, TimeSpan patience)
    {
        var entity = CustomerShards.EntityOf(key.CustomerId);
        var shard = CustomerShards.NumberOfEntity(entity).ToString(CultureInfo.InvariantCulture);
        // Each part is encoded: no id is a path, or a pattern.
        var place = new ActorSelection(seat.Region, $"{shard}/{Uri.EscapeDataString(entity)}");
        var found = new TaskCompletionSource<IActorRef?>(TaskCreationOptions.RunContinuationsAsynchronously);
        place.Tell(new Identify(null), new ReplyAddress(seat.Region, reply => _ = reply is ActorIdentity identity && found.TrySetResult(identity.Subject)));
        try
        {
            return await found.Task.WaitAsync(patience, time) is { } actor
                ? await SightAsk.AskAsync<ActorDescription>(actor, new Describe(key), patience, time)
                : ActorDescription.None;
        }
        catch (TimeoutException)
        {
            return ActorDescription.Silent;
        }
    }
}
