using Akka.Cluster.Hosting;
using Akka.Hosting;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors;

/// <summary>Puts the actor system together: the table of contents of all actors.</summary>
public static class SidecarActorSystem
{
    /// <summary>The system's name.</summary>
    public const string Name = "sidecar";

    // Flat, a key a line. The intervals make a cluster of one node answer about a second after its start; the scheduler's tick is what
    // an idle node's CPU time goes into. A node alone has nobody to speak to: its transport is one within the process, so that it opens
    // no port; each system has a registry of its own, for several of them in one process.
    private static string Settings => $"""
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.stdout-logger-class = "Sidecar.Actors.SilentLogger, Sidecar.Actors"
        akka.actor.serializers.json = "Sidecar.Actors.RefusingSerializer, Sidecar.Actors"
        akka.scheduler.tick-duration = 50ms
        akka.cluster.leader-actions-interval = 100ms
        akka.cluster.gossip-interval = 100ms
        akka.cluster.periodic-tasks-initial-delay = 50ms
        akka.cluster.sharding.retry-interval = 200ms
        akka.cluster.sharding.distributed-data.notify-subscribers-interval = 50ms
        akka.cluster.sharding.distributed-data.gossip-interval = 200ms
        akka.cluster.sharding.distributed-data.durable.keys = []
        akka.cluster.distributed-data.durable.keys = []
        akka.persistence.publish-plugin-commands = off
        akka.remote.enabled-transports = ["akka.remote.within"]
        akka.remote.within.transport-class = "Akka.Remote.Transport.TestTransport, Akka.Remote"
        akka.remote.within.applied-adapters = []
        akka.remote.within.registry-key = "{Guid.NewGuid():N}"
        akka.remote.within.local-address = "test://{Name}@sidecar:1"
        akka.remote.within.maximum-payload-bytes = 128000b
        akka.remote.within.scheme-identifier = "test"
        {ForgetfulSnapshotStore.PluginId}.class = "Sidecar.Actors.Snapshots.ForgetfulSnapshotStore, Sidecar.Actors"
        {ForgetfulSnapshotStore.PluginId}.plugin-dispatcher = "akka.actor.default-dispatcher"
        """;

    /// <summary>Adds the cluster of one node and all actors.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What the actors share.</param>
    public static AkkaConfigurationBuilder AddSidecarActors(this AkkaConfigurationBuilder builder, ActorServices services) => builder
        .AddHocon(Settings, HoconAddMode.Prepend)
        .WithClustering()
        .AddRedisWhereKept(services)
        .AddCacheKeeper(services)
        .AddCloudSupervisor(services)
        .AddCustomers(services)
        .AddRedisFollowerWhereKept(services)
        .AddStartup((system, _) =>
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            cluster.Join(cluster.SelfAddress);
        });

    private static AkkaConfigurationBuilder AddRedisFollowerWhereKept(this AkkaConfigurationBuilder builder, ActorServices services) =>
        services.Redis is { } redis ? builder.AddRedisFollower(services, redis) : builder;

    private static AkkaConfigurationBuilder AddRedisWhereKept(this AkkaConfigurationBuilder builder, ActorServices services) =>
        services.Redis is { } redis ? builder.AddRedis(services, redis) : builder;
}
