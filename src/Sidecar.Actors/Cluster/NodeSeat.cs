using Akka.Actor;

namespace Sidecar.Actors.Cluster;

/// <summary>This node's present place in the cluster. A restart of the actor system in place makes another one.</summary>
/// <param name="Self">This incarnation.</param>
/// <param name="Region">The shard region of the customers' actors.</param>
/// <param name="Leases">The actor that speaks for this node with the others: see <see cref="INodeMessage"/>.</param>
public sealed record NodeSeat(OwnerId Self, IActorRef Region, IActorRef Leases);

/// <summary>Tells this node's present place in the cluster. Nobody keeps what it hands out beyond one message.</summary>
public interface INodeSeats
{
    /// <summary>The present place, or null: while there is none, a node answers by itself.</summary>
    NodeSeat? Now { get; }
}
