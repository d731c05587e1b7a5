using System.Net;

namespace Sidecar.Actors.Cluster;

/// <summary>What a node is told about its cluster.</summary>
public sealed record ClusterSettings
{
    /// <summary>How long a node looks for others before it forms a cluster with those that it sees.</summary>
    public static readonly TimeSpan AloneAfter = TimeSpan.FromSeconds(4);

    /// <summary>How long a node has to be out of reach before it is given up.</summary>
    public static readonly TimeSpan DownAfter = TimeSpan.FromSeconds(2);

    /// <summary>The same for a node that reaches less than half of its cluster: it may be the one that is out of reach.</summary>
    public static readonly TimeSpan DownAfterOfFew = TimeSpan.FromSeconds(8);

    /// <summary>A lateness of the own rounds from which on others may have given this node up.</summary>
    public static readonly TimeSpan PauseThatCounts = TimeSpan.FromSeconds(2);

    /// <summary>The one address that this node binds and is known by.</summary>
    public required IPAddress Host { get; init; }

    /// <summary>The port of messages between nodes.</summary>
    public required int Port { get; init; }

    /// <summary>The port of the member exchange.</summary>
    public int ExchangePort => ExchangePortOf(Port);

    /// <summary>Tells where the nodes are.</summary>
    public required INodeDiscovery Discovery { get; init; }

    /// <summary>How many nodes, this one included, have to be seen before a new cluster is formed at once.</summary>
    public required int RequiredNodes { get; init; }

    /// <summary>The certificates between nodes; null for plaintext.</summary>
    public NodeTls? Tls { get; init; }

    /// <summary>Where this node's actor system is reached.</summary>
    public string Address => $"akka.{(Tls is null ? "" : "ssl.")}tcp://{SidecarActorSystem.Name}@{Host}:{Port}";

    /// <summary>The port of a node's member exchange: the one after that of its messages.</summary>
    /// <param name="port">The port of its messages.</param>
    public static int ExchangePortOf(int port) => port + 1;
}
