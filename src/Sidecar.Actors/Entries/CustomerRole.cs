using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>What a customer's actor is among the nodes of a cluster; a node alone needs none.</summary>
public abstract record CustomerRole
{
    private CustomerRole()
    {
    }

    /// <summary>The customer's one actor in the cluster, which grants leases.</summary>
    /// <param name="Self">This node.</param>
    /// <param name="Leases">This node's <see cref="LeaseDesk"/>.</param>
    public sealed record Owner(OwnerId Self, IActorRef Leases) : CustomerRole;

    /// <summary>
    /// Reads for this node alone while the customer's one actor does not answer. Nobody tells it what changes: its views are good for
    /// <see cref="Lease.Brief"/>.
    /// </summary>
    public sealed record StandIn : CustomerRole;
}
