using Sidecar.Actors.Entries;

namespace Sidecar.Actors.Cluster;

/// <summary>What a node does with something that concerns a shard.</summary>
public enum ShardTurn
{
    /// <summary>Asks its owner.</summary>
    Ask = 0,

    /// <summary>Asks its owner to see whether it is back, and does not wait for it.</summary>
    Probe,

    /// <summary>Does not ask.</summary>
    Alone,
}

/// <summary>What this node knows of the shards: which are its own, and whose owner does not answer. Safe for any thread.</summary>
public sealed class ShardWatch
{
    /// <summary>An owner that has not answered is asked again after this time.</summary>
    public static readonly TimeSpan AwayTime = TimeSpan.FromSeconds(1);

    // When the owner is asked again, in ticks of the monotonic clock; 0 where it answers.
    private readonly long[] _probeAt = new long[CustomerShards.Count];
    private volatile bool[] _owned = new bool[CustomerShards.Count];

    /// <summary>The shard of a customer.</summary>
    public static int Of(string customerId) => CustomerShards.NumberOf(customerId);

    /// <summary>Whether a shard was this node's own when it was looked at last.</summary>
    public bool IsOwned(int shard) => _owned[shard];

    /// <summary>Tells which shards are this node's own.</summary>
    /// <returns>Whether one of them is so no longer.</returns>
    public bool Own(IEnumerable<int> shards)
    {
        var owned = new bool[CustomerShards.Count];
        foreach (var shard in shards)
            owned[shard] = true;
        var before = _owned;
        _owned = owned;
        return Enumerable.Range(0, owned.Length).Any(shard => before[shard] && !owned[shard]);
    }

    /// <summary>Whether a shard's owner did not answer when it was asked last. Takes no turn to look for it.</summary>
    public bool IsAway(int shard) => Volatile.Read(ref _probeAt[shard]) != 0;

    /// <summary>Tells what to do with a question.</summary>
    /// <param name="shard">Its shard.</param>
    /// <param name="uptime">The present.</param>
    public ShardTurn TurnOf(int shard, TimeSpan uptime)
    {
        var probeAt = Volatile.Read(ref _probeAt[shard]);
        return probeAt == 0 ? ShardTurn.Ask
            : uptime.Ticks >= probeAt && Interlocked.CompareExchange(ref _probeAt[shard], (uptime + AwayTime).Ticks, probeAt) == probeAt ? ShardTurn.Probe
            : ShardTurn.Alone;
    }

    /// <summary>Notes that a shard's owner did not answer.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="uptime">The present.</param>
    public void NotAnswered(int shard, TimeSpan uptime) => Volatile.Write(ref _probeAt[shard], (uptime + AwayTime).Ticks);

    /// <summary>Notes that a shard's owner is there.</summary>
    public void Answered(int shard)
    {
        if (IsAway(shard))
            Volatile.Write(ref _probeAt[shard], 0);
    }
}
