using Akka.Actor;
using Akka.Hosting;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors.Redis;

/// <summary>Redis, put together: the connection, the entries in it, and what the actors need of both.</summary>
public sealed class RedisServices : IAsyncDisposable
{
    private volatile IActorRef _keeper = ActorRefs.Nobody;

    /// <summary>Puts it together; <see cref="RedisConnection.Start"/> begins to connect.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="counters">The counters.</param>
    /// <param name="clock">Both clocks.</param>
    public RedisServices(RedisConnection connection, SidecarCounters counters, ProcessClock clock)
    {
        Connection = connection;
        Entries = new RedisEntries(connection, counters, clock);
        Snapshots = new SnapshotServices
        {
            Prefix = connection.Settings.Prefix,
            Patience = connection.Settings.Timeout,
            Owed = key => _keeper.Tell(new RedisKeeper.Owed(key), ActorRefs.NoSender),
            Ambiguous = Entries.NoteAmbiguous,
        };
        connection.Restored += (_, _) => _keeper.Tell(RedisKeeper.LookNow.Instance, ActorRefs.NoSender);
    }

    /// <summary>The connection.</summary>
    public RedisConnection Connection { get; }

    /// <summary>The entries.</summary>
    public RedisEntries Entries { get; }

    /// <summary>What the customers' actors know of it.</summary>
    public SnapshotServices Snapshots { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        Entries.Dispose();
    }

    /// <summary>Tells who keeps Redis complete.</summary>
    internal void KeptBy(IActorRef keeper) => _keeper = keeper;
}

/// <summary>Wiring of Redis.</summary>
public static class RedisSetup
{
    // The store has limits of its own, apart for loads and for saves; those of the base class would mix them up.
    internal const string Settings = $"""
        {ForgetfulSnapshotStore.PluginId}.class = "Sidecar.Actors.Snapshots.RedisSnapshotStore, Sidecar.Actors"
        {ForgetfulSnapshotStore.PluginId}.circuit-breaker.max-failures = 1000000
        {ForgetfulSnapshotStore.PluginId}.circuit-breaker.call-timeout = 60s
        {ForgetfulSnapshotStore.PluginId}.circuit-breaker.reset-timeout = 1s
        """;

    /// <summary>Has entries loaded from Redis and saved there, and starts the keeper at <c>/user/redis</c>.</summary>
    public static AkkaConfigurationBuilder AddRedis(this AkkaConfigurationBuilder builder, ActorServices services, RedisServices redis) => builder
        .AddHocon(Settings, HoconAddMode.Prepend)
        .AddSetup(new RedisSnapshotSetup(redis.Entries, redis.Connection.Settings.Prefix))
        .WithActors((system, registry) =>
        {
            var keeper = system.ActorOf(Props.Create(() => new RedisKeeper(services, redis.Entries)), "redis");
            registry.Register<RedisKeeper>(keeper);
            redis.KeptBy(keeper);
        });
}
