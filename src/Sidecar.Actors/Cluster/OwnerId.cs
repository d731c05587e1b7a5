namespace Sidecar.Actors.Cluster;

/// <summary>One incarnation of a node: the same node after a restart of its actor system is another one.</summary>
/// <param name="Address">Where its actor system is reached, such as <c>akka.ssl.tcp://sidecar@10.0.0.7:5054</c>.</param>
/// <param name="Uid">The number that its actor system gave itself at its start.</param>
public readonly record struct OwnerId(string Address, int Uid);
