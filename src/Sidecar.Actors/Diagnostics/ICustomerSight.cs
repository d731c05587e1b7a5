using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Sees customers' actors where they are, without starting any. Safe for any thread.</summary>
public interface ICustomerSight
{
    /// <summary>Tells where a customer's actor is or would be, and how it stands. It always answers, at worst that it does not know.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="patience">The longest that it takes.</param>
    Task<(string Owner, ActorDescription Actor)> DescribeAsync(EntryKey key, TimeSpan patience);

    /// <summary>Tells of each shard that has something at work where it is, by its number.</summary>
    /// <param name="patience">The longest that it takes.</param>
    Task<ShardsSeen> ShardsAsync(TimeSpan patience);

    /// <summary>The cluster, as this node sees it; null where this process is by itself.</summary>
    ClusterReport? Cluster();
}

/// <summary>Where shards are, and how many actors work in them.</summary>
/// <param name="Actors">Of each shard that is known its node (null for this process by itself), and its actors.</param>
/// <param name="IsHere">Whether a shard is on this node.</param>
/// <param name="Note">What is missing, if something is.</param>
public sealed record ShardsSeen(IReadOnlyDictionary<int, (string? Node, int? Actors)> Actors, Func<int, bool> IsHere, string? Note = null);
