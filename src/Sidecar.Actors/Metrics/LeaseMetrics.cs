namespace Sidecar.Actors.Metrics;

/// <summary>How a lease that this node granted came to its end.</summary>
public enum LeaseEnd
{
    /// <summary>It was over, and not renewed.</summary>
    Expired = 0,

    /// <summary>Its holder no longer had it.</summary>
    Returned,

    /// <summary>Its holder did not acknowledge an update in time.</summary>
    Unanswered,

    /// <summary>This node can't tell any more what changes.</summary>
    Revoked,

    /// <summary>Its holder is no member any more.</summary>
    Lost,
}

/// <summary>Why a stand-in was asked, and not a customer's owner.</summary>
public enum StandInCause
{
    /// <summary>The owner gave no sign in time.</summary>
    Silent = 0,

    /// <summary>Its shard had not answered a short time before.</summary>
    Away,

    /// <summary>This node has no place in a cluster, or asks owners too much already.</summary>
    Alone,
}

/// <summary>What nodes grant each other, as this node sees it.</summary>
public sealed class LeaseMetrics
{
    private readonly (LeaseEnd Cause, string Name, StripedCounter Count)[] _ended =
    [
        (LeaseEnd.Expired, "expired", new()),
        (LeaseEnd.Returned, "returned", new()),
        (LeaseEnd.Unanswered, "unanswered", new()),
        (LeaseEnd.Revoked, "revoked", new()),
        (LeaseEnd.Lost, "lost", new()),
    ];

    private readonly (StandInCause Cause, string Name, StripedCounter Count)[] _standIns =
    [
        (StandInCause.Silent, "silent", new()),
        (StandInCause.Away, "away", new()),
        (StandInCause.Alone, "alone", new()),
    ];

    /// <summary>Leases that others hold of this node now.</summary>
    public Gauge Held { get; } = new();

    /// <summary>Leases granted to a node that held none of the entry.</summary>
    public StripedCounter Granted { get; } = new();

    /// <summary>Leases granted to a node that held one of the entry still.</summary>
    public StripedCounter Renewed { get; } = new();

    /// <summary>Updates sent to holders, one for each.</summary>
    public StripedCounter Pushes { get; } = new();

    /// <summary>Leases that ended, by cause.</summary>
    public IEnumerable<(string Cause, StripedCounter Count)> Ended => _ended.Select(static one => (one.Name, one.Count));

    /// <summary>Questions that stand-ins were asked, by cause.</summary>
    public IEnumerable<(string Cause, StripedCounter Count)> StandIns => _standIns.Select(static one => (one.Name, one.Count));

    /// <summary>Leases that ended for one cause.</summary>
    /// <param name="cause">The cause.</param>
    public StripedCounter this[LeaseEnd cause] => _ended[(int)cause].Count;

    /// <summary>Questions that stand-ins were asked for one cause.</summary>
    /// <param name="cause">The cause.</param>
    public StripedCounter this[StandInCause cause] => _standIns[(int)cause].Count;
}
