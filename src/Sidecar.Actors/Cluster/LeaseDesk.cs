using Akka.Actor;
using Akka.Hosting;

namespace Sidecar.Actors.Cluster;

/// <summary>Speaks for this node with the others.</summary>
public sealed class LeaseDesk : UntypedActor
{
    /// <inheritdoc/>
    protected override void OnReceive(object message) => Unhandled(message);
}

/// <summary>Wiring of <see cref="LeaseDesk"/>.</summary>
public static class LeaseDeskSetup
{
    /// <summary>Starts the desk at <c>/user/leases</c>.</summary>
    public static AkkaConfigurationBuilder AddLeaseDesk(this AkkaConfigurationBuilder builder) => builder.WithActors(static (system, registry) =>
        registry.Register<LeaseDesk>(system.ActorOf(Props.Create(static () => new LeaseDesk()), "leases")));
}
