using Akka.Actor;
using Akka.Hosting;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Snapshots;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <summary>Redis, put together: the connection, the entries in it, and what the actors need of both.</summary>
public sealed class RedisServices : IAsyncDisposable
{
    private volatile IActorRef _keeper = ActorRefs.Nobody;

    /// <summary>Puts it together; <see cref="RedisConnection.Start"/> begins to connect.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="counters">The counters.</param>
    /// <param name="clock">Both clocks.</param>
    /// <param name="cache">This node's views.</param>
    public RedisServices(RedisConnection connection, SidecarCounters counters, ProcessClock clock, EntitlementCache cache)
    {
        Connection = connection;
        Entries = new RedisEntries(connection, counters, clock);
        Changes = new RedisChanges(connection.Settings.Prefix, cache.IsOfInterest);
        var watch = new RedisWatch(
            connection, Changes, clock, () => Entries.MayLook, key => cache.Find(key.CustomerId)?.Find(key.ResourceId) is not null);
        Watch = watch;
        Snapshots = new SnapshotServices
        {
            Prefix = connection.Settings.Prefix,
            Patience = connection.Settings.Timeout,
            IsMaintainedElsewhere = connection.Settings.IsMaintainedElsewhere,
            AreLoadsUnderWay = () => Entries.AreLoadsUnderWay,
            Owed = key => _keeper.Tell(new RedisKeeper.Owed(key), ActorRefs.NoSender),
            PassedOver = key => _keeper.Tell(new RedisKeeper.PassedOver(key), ActorRefs.NoSender),
            LookFailed = key =>
            {
                watch.Forget(key);
                Changes.Note(key);
            },
            Ambiguous = Entries.NoteAmbiguous,
        };
        connection.Replaced += (_, _) => _keeper.Tell(RedisKeeper.Lost.Instance, ActorRefs.NoSender);
        Changes.Emptied += (_, _) => _keeper.Tell(RedisKeeper.Lost.Instance, ActorRefs.NoSender);
        connection.Restored += (_, _) => _keeper.Tell(RedisKeeper.LookNow.Instance, ActorRefs.NoSender);
    }

    /// <summary>The connection.</summary>
    public RedisConnection Connection { get; }

    /// <summary>The entries.</summary>
    public RedisEntries Entries { get; }

    /// <summary>What other programs have changed.</summary>
    public RedisChanges Changes { get; }

    /// <summary>Learns of what other programs change.</summary>
    public IRedisWatch Watch { get; }

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
        .AddRedisStore(redis)
        .WithActors((system, registry) =>
        {
            var keeper = system.ActorOf(Props.Create(() => new RedisKeeper(services, redis.Entries)), "redis");
            registry.Register<RedisKeeper>(keeper);
            redis.KeptBy(keeper);
            // The customers' actors have ended by then, and with them their saves.
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "redis-owed", async () =>
            {
                await ((Task)keeper.Ask<RedisKeeper.Finished>(RedisKeeper.Finish.Instance, RedisKeeper.LastLimit))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return Akka.Done.Instance;
            });
        });

    /// <summary>Has entries loaded from Redis and saved there.</summary>
    public static AkkaConfigurationBuilder AddRedisStore(this AkkaConfigurationBuilder builder, RedisServices redis) => builder
        .AddHocon(Settings, HoconAddMode.Prepend)
        .AddSetup(new RedisSnapshotSetup(redis.Entries, redis.Connection.Settings.Prefix));

    /// <summary>Starts the follower of a node alone at <c>/user/redis-follower</c>. After the customers, whom it tells.</summary>
    public static AkkaConfigurationBuilder AddRedisFollower(this AkkaConfigurationBuilder builder, ActorServices services, RedisServices redis) =>
        builder.AddRedisFollower(services, redis, registry =>
        {
            var customers = registry.Get<CustomerActor>();
            return key => customers.Tell(new StoredChanged(key), ActorRefs.NoSender);
        });

    /// <summary>Starts the follower at <c>/user/redis-follower</c>.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What the actors share.</param>
    /// <param name="redis">Redis.</param>
    /// <param name="tellOf">How it tells the customers' actors.</param>
    public static AkkaConfigurationBuilder AddRedisFollower(
        this AkkaConfigurationBuilder builder, ActorServices services, RedisServices redis, Func<IReadOnlyActorRegistry, Action<EntryKey>> tellOf) =>
        builder.WithActors((system, registry) =>
        {
            var tell = tellOf(registry);
            var isStream = redis.Connection.Settings is { IsMaintainedElsewhere: true, IsStream: true };
            registry.Register<RedisFollower>(system.ActorOf(
                Props.Create(() => new RedisFollower(services, redis.Watch, redis.Changes, tell, isStream)), "redis-follower"));
        });
}
