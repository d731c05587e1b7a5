namespace Sidecar.Actors.Cluster;

/// <summary>
/// Counts how long nodes are out of reach. After a pause of its own process all clocks begin anew: what looks out of reach then may be this
/// process's own standing still.
/// </summary>
/// <typeparam name="TNode">What a node is known by.</typeparam>
/// <param name="interval">The time between two looks.</param>
/// <param name="time">The source of time.</param>
public sealed class UnreachableNodes<TNode>(TimeSpan interval, TimeProvider time)
    where TNode : notnull
{
    private readonly Dictionary<TNode, long> _since = [];
    private long _lastLook = time.GetTimestamp();

    /// <summary>A node is out of reach.</summary>
    /// <param name="node">The node.</param>
    public void Add(TNode node) => _since.TryAdd(node, time.GetTimestamp());

    /// <summary>A node is in reach again, or gone.</summary>
    /// <param name="node">The node.</param>
    public void Remove(TNode node) => _since.Remove(node);

    /// <summary>Looks whom to give up. Each one is named once.</summary>
    /// <param name="isHeard">
    /// Whether this node hears of a node itself: then it is out of reach by the word of another, which may be the one that is cut off.
    /// </param>
    /// <param name="members">How many nodes the cluster has, this one included.</param>
    /// <param name="stoodStill">How long this process stood still since the last look; zero for not long enough to count.</param>
    public IReadOnlyList<TNode> Look(Func<TNode, bool> isHeard, int members, out TimeSpan stoodStill)
    {
        var now = time.GetTimestamp();
        var late = time.GetElapsedTime(_lastLook, now) - interval;
        _lastLook = now;
        if (late > ClusterSettings.PauseThatCounts)
        {
            stoodStill = late;
            foreach (var node in _since.Keys.ToArray())
                _since[node] = now;
            return [];
        }

        stoodStill = TimeSpan.Zero;
        var heard = _since.Keys.Where(isHeard).ToArray();
        foreach (var node in heard)
            _since[node] = now;
        // Who can't reach most of the others is likely cut off itself. Where its wire comes and goes, what it decides meanwhile would reach the
        // others, and cost them nodes that they can reach.
        var patience = (_since.Count - heard.Length) * 2 > members ? ClusterSettings.DownAfterOfFew : ClusterSettings.DownAfter;
        var over = _since.Where(one => time.GetElapsedTime(one.Value, now) >= patience).Select(static one => one.Key).ToArray();
        foreach (var node in over)
            _since.Remove(node);
        return over;
    }
}
