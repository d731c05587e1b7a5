using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors.Entries;

/// <summary>Wiring of <see cref="CustomerActor"/>.</summary>
public static class CustomerActorSetup
{
    /// <summary>The shard region's type name.</summary>
    public const string RegionName = "customer";

    /// <summary>Starts the shard region of a node alone at <c>/system/sharding/customer</c>.</summary>
    public static AkkaConfigurationBuilder AddCustomers(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.AddCustomers(services, (_, registry) => registry.Get<CloudSupervisor>(), (_, _) => null);

    /// <summary>Starts the shard region of a node of several. After its <see cref="LeaseDesk"/>, which grants for them.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What all actors share.</param>
    /// <param name="cloud">The cloud's supervisor, of the system that outlives this one.</param>
    public static AkkaConfigurationBuilder AddOwnedCustomers(this AkkaConfigurationBuilder builder, ActorServices services, IActorRef cloud) =>
        builder.AddCustomers(
            services,
            (_, _) => cloud,
            (system, registry) => new CustomerRole.Owner(LeaseDeskSetup.SelfOf(system), registry.Get<LeaseDesk>()));

    private static AkkaConfigurationBuilder AddCustomers(
        this AkkaConfigurationBuilder builder,
        ActorServices services,
        Func<ActorSystem, IReadOnlyActorRegistry, IActorRef> cloud,
        Func<ActorSystem, IReadOnlyActorRegistry, CustomerRole?> role) =>
        builder.WithShardRegion<CustomerActor>(
            RegionName,
            (system, registry, _) =>
            {
                var store = Persistence.Instance.Apply(system).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
                var props = CustomerActor.Props(services, cloud(system, registry), store, role(system, registry));
                return _ => props;
            },
            new CustomerMessageExtractor(),
            new ShardOptions
            {
                StateStoreMode = StateStoreMode.DData,
                RememberEntities = false,
                ShouldPassivateIdleEntities = false,
                HandOffStopMessage = CustomerActor.Stop.Instance,
            });
}
