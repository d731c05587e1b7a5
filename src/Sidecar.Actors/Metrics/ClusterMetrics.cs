namespace Sidecar.Actors.Metrics;

/// <summary>Why a node's actor system was started anew under the running process.</summary>
public enum RestartCause
{
    /// <summary>The cluster had fallen apart, and this node gave way.</summary>
    Split = 0,

    /// <summary>The process stood still, and was given up meanwhile.</summary>
    Pause,

    /// <summary>The actor system ended, or was removed by others.</summary>
    Removed,

    /// <summary>The node has another certificate.</summary>
    Certificate,
}

/// <summary>The cluster, as this node sees it.</summary>
public sealed class ClusterMetrics
{
    private readonly (RestartCause Cause, string Name, StripedCounter Count)[] _restarts =
    [
        (RestartCause.Split, "split", new()),
        (RestartCause.Pause, "pause", new()),
        (RestartCause.Removed, "removed", new()),
        (RestartCause.Certificate, "certificate", new()),
    ];

    /// <summary>Members of the cluster that this node is in, itself included; 0 while it is in none.</summary>
    public Gauge Members { get; } = new();

    /// <summary>Shards that are on this node.</summary>
    public Gauge Shards { get; } = new();

    /// <summary>What nodes grant each other.</summary>
    public LeaseMetrics Leases { get; } = new();

    /// <summary>Restarts in place, by cause.</summary>
    public IEnumerable<(string Cause, StripedCounter Count)> Restarts => _restarts.Select(static one => (one.Name, one.Count));

    /// <summary>Restarts in place for one cause.</summary>
    /// <param name="cause">The cause.</param>
    public StripedCounter this[RestartCause cause] => _restarts[(int)cause].Count;
}
