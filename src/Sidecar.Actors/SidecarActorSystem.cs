using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors;

/// <summary>
/// Puts the actor systems together: the tables of contents of all actors. A process by itself has one. A node of a cluster has two: an outer
/// one that lives as long as the process, and an inner one, the node's place in the cluster, that is started anew where it has to be.
/// </summary>
public static class SidecarActorSystem
{
    /// <summary>The system's name.</summary>
    public const string Name = "sidecar";

    // Flat, a key a line. The scheduler's tick is what an idle process's CPU time goes into.
    private const string Settings = $"""
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.stdout-logger-class = "Sidecar.Actors.SilentLogger, Sidecar.Actors"
        akka.actor.serializers.json = "Sidecar.Actors.RefusingSerializer, Sidecar.Actors"
        akka.scheduler.tick-duration = 50ms
        akka.persistence.publish-plugin-commands = off
        {ForgetfulSnapshotStore.PluginId}.class = "Sidecar.Actors.Snapshots.ForgetfulSnapshotStore, Sidecar.Actors"
        {ForgetfulSnapshotStore.PluginId}.plugin-dispatcher = "akka.actor.default-dispatcher"
        """;

    // With these intervals the first node of a cluster answers about a second after its start.
    private const string RegionSettings = """
        akka.cluster.leader-actions-interval = 100ms
        akka.cluster.gossip-interval = 100ms
        akka.cluster.periodic-tasks-initial-delay = 50ms
        akka.cluster.sharding.retry-interval = 200ms
        akka.cluster.sharding.distributed-data.notify-subscribers-interval = 50ms
        akka.cluster.sharding.distributed-data.gossip-interval = 200ms
        akka.cluster.sharding.distributed-data.durable.keys = []
        akka.cluster.distributed-data.durable.keys = []
        """;

    /// <summary>Adds all actors of a process by itself.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What the actors share.</param>
    public static AkkaConfigurationBuilder AddSidecarActors(this AkkaConfigurationBuilder builder, ActorServices services) => builder
        .AddHocon(Settings, HoconAddMode.Prepend)
        .StartScheduler()
        .AddRedisWhereKept(services)
        .AddCacheKeeper(services)
        .AddCloudSupervisor(services)
        .AddCustomers(services)
        .AddRedisFollowerWhereKept(services);

    /// <summary>Adds the actors of a node of a cluster that live as long as its process.</summary>
    /// <param name="builder">The outer system's builder.</param>
    /// <param name="services">What the actors share.</param>
    /// <param name="road">The way to the customers' actors, once it is needed.</param>
    public static AkkaConfigurationBuilder AddOuterActors(
        this AkkaConfigurationBuilder builder, ActorServices services, Func<ICustomerRoad> road)
    {
        builder
            .AddHocon(Settings, HoconAddMode.Prepend)
            .StartScheduler()
            .AddRedisWhereKept(services)
            .AddCacheKeeper(services)
            .AddCloudSupervisor(services)
            .AddStandIns(services);
        return services.Redis is { } redis
            ? builder.AddRedisFollower(services, redis, _ => key => road().TellStoredChanged(key))
            : builder;
    }

    /// <summary>Adds a node's place in a cluster. It is in none until it is told to join one.</summary>
    /// <param name="builder">The inner system's builder.</param>
    /// <param name="services">What the actors share.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="views">What the node holds of others.</param>
    /// <param name="cloud">The cloud's supervisor, of the outer system.</param>
    internal static AkkaConfigurationBuilder AddNodeActors(
        this AkkaConfigurationBuilder builder, ActorServices services, ClusterSettings cluster, LeasedViews views, IActorRef cloud)
    {
        builder
            .AddHocon(string.Join('\n', Settings, RegionSettings, NodeHocon.For(cluster), NodeSerializer.Settings), HoconAddMode.Prepend)
            .StartScheduler()
            .WithClustering()
            .AddPatientDowning(services)
            .KeepAliveThroughTlsFailures(services)
            .AddRedisStoreWhereKept(services)
            .AddLeaseDesk(services, views)
            .AddOwnedCustomers(services, cloud);
        return cluster.Tls is { } tls ? builder.AddSetup(tls.ForMessages()) : builder;
    }

    // The scheduler starts with its first timer, and whoever wants one meanwhile blocks a thread of the pool until the scheduler, which needs one
    // as well, runs. Where a hundred actors want their first timer at once, that takes a minute. Here a thread of its own waits for it.
    private static AkkaConfigurationBuilder StartScheduler(this AkkaConfigurationBuilder builder) => builder.WithActors(async (system, _) =>
        await Task.Factory.StartNew(
            () => system.Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, static () => { }),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));

    private static AkkaConfigurationBuilder AddRedisFollowerWhereKept(this AkkaConfigurationBuilder builder, ActorServices services) =>
        services.Redis is { } redis ? builder.AddRedisFollower(services, redis) : builder;

    private static AkkaConfigurationBuilder AddRedisStoreWhereKept(this AkkaConfigurationBuilder builder, ActorServices services) =>
        services.Redis is { } redis ? builder.AddRedisStore(redis) : builder;

    private static AkkaConfigurationBuilder AddRedisWhereKept(this AkkaConfigurationBuilder builder, ActorServices services) =>
        services.Redis is { } redis ? builder.AddRedis(services, redis) : builder;
}
