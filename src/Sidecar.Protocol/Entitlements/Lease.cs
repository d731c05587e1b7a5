namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Whoever granted leases to this node: one incarnation of another node. All views that it granted share this object, so that all of them lose
/// trust at once when that node is lost.
/// </summary>
/// <param name="name">Where it is, for people; null where nobody asks.</param>
public sealed class LeaseOwner(string? name = null)
{
    /// <summary>Where it is, for people.</summary>
    public string? Name => name;

    private volatile bool _isLost;

    /// <summary>Whether nothing more is to be heard of it: it can't be reached, or it has left.</summary>
    public bool IsLost => _isLost;

    /// <summary>Marks it as lost, for good: once it is heard of again, it is another one.</summary>
    public void Lose() => _isLost = true;
}

/// <summary>The time for which a view that is not this node's own may be answered from.</summary>
/// <param name="Owner">Who granted it and tells what changes; null where this node read by itself, and nobody tells.</param>
/// <param name="Since">Its beginning, on the monotonic clock.</param>
/// <param name="Until">Its end, on the monotonic clock.</param>
/// <param name="Version">The state's place in its owner's order.</param>
public sealed record Lease(LeaseOwner? Owner, TimeSpan Since, TimeSpan Until, long Version = 0)
{
    /// <summary>The length of a lease of what its owner trusts.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>The length of any other: what its owner does not trust itself, and what nobody owns.</summary>
    public static readonly TimeSpan Brief = TimeSpan.FromSeconds(10);

    /// <summary>What it takes in memory, in bytes.</summary>
    internal const int Size = HeapSize.Head + (4 * HeapSize.Field);

    /// <summary>Whether it is over.</summary>
    public bool IsOver(TimeSpan uptime) => uptime >= Until;

    /// <summary>Whether it is time to ask for another one: more than half of it is over.</summary>
    public bool IsWorn(TimeSpan uptime) => uptime - Since > Until - uptime;
}
