using Akka.Actor;
using Akka.Hosting;
using Sidecar.Actors.Entries;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// Stands for the customers' actors where these live in an actor system that comes and goes: passes messages on to the shard region of the
/// moment. What comes while there is none is lost, as on the way to a node that is.
/// </summary>
/// <param name="seats">Knows the region.</param>
public sealed class RegionDoor(INodeSeats seats) : UntypedActor
{
    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (message is ICustomerMessage)
            seats.Now?.Region.Forward(message);
        else
            Unhandled(message);
    }
}

/// <summary>Wiring of <see cref="RegionDoor"/>.</summary>
public static class RegionDoorSetup
{
    /// <summary>Starts the door at <c>/user/customers</c>, in the place of the shard region.</summary>
    public static AkkaConfigurationBuilder AddRegionDoor(this AkkaConfigurationBuilder builder, INodeSeats seats) =>
        builder.WithActors((system, registry) =>
            registry.Register<CustomerActor>(system.ActorOf(Props.Create(() => new RegionDoor(seats)), "customers")));
}
