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

    /// <summary>
    /// Starts the shards of a process by itself at <c>/user/customers</c>. After the cloud's supervisor, whom their actors ask. With the
    /// system's end they are stopped as in a hand-over: who waits is answered first.
    /// </summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What all actors share.</param>
    public static AkkaConfigurationBuilder AddCustomers(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.WithActors((system, registry) =>
        {
            var store = Persistence.Instance.Apply(system).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
            var recipe = CustomerActor.Props(services, registry.Get<CloudSupervisor>(), store);
            var shards = system.ActorOf(ActorRecipe.Of(() => new CustomerShards(recipe)), "customers");
            registry.Register<CustomerActor>(shards);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseClusterShardingShutdownRegion, "customers", async () =>
            {
                await ((Task)shards.Ask<CustomerShard.Finished>(CustomerShard.Finish.Instance, CustomerShards.FinishLimit))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return Akka.Done.Instance;
            });
        });

    /// <summary>Starts the shard region of a node of several. After its <see cref="LeaseDesk"/>, which grants for them.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What all actors share.</param>
    /// <param name="cloud">The cloud's supervisor, of the system that outlives this one.</param>
    public static AkkaConfigurationBuilder AddOwnedCustomers(this AkkaConfigurationBuilder builder, ActorServices services, IActorRef cloud) =>
        builder.WithShardRegion<CustomerActor>(
            RegionName,
            (system, registry, _) =>
            {
                var store = Persistence.Instance.Apply(system).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
                var owner = new CustomerRole.Owner(LeaseDeskSetup.SelfOf(system), registry.Get<LeaseDesk>());
                var props = CustomerActor.Props(services, cloud, store, owner);
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
