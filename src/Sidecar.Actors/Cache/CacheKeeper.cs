using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Keeps the cache within its bound: when it is nearly full, the customers used least recently go, all views of one together. Unknown
/// customers have a bound of their own and go first where they are over it.
/// </summary>
public sealed partial class CacheKeeper : UntypedActor
{
    private readonly EntitlementCache _cache;
    private readonly SidecarCounters _counters;
    private readonly ILogger _log;
    private readonly EventHandler _askForRoom;
    private int _asked;

    /// <summary>Makes the keeper of a cache.</summary>
    public CacheKeeper(ActorServices services)
    {
        _cache = services.Cache;
        _counters = services.Counters;
        _log = services.Log.CreateLogger<CacheKeeper>();
        var self = Self;
        _askForRoom = (_, _) =>
        {
            // One request at a time: the cache asks with every publication while it is full.
            if (Interlocked.Exchange(ref _asked, 1) == 0)
                self.Tell(MakeRoom.Instance);
        };
    }

    /// <summary>How full the cache is when eviction begins.</summary>
    public static long StartEvictingAt(long maxBytes) => maxBytes / 100 * 95;

    /// <summary>How full it is left.</summary>
    public static long EvictDownTo(long maxBytes) => maxBytes / 100 * 90;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cache.RoomNeeded += _askForRoom;
        // Room that was asked for before this keeper, or during its restart.
        _askForRoom(this, EventArgs.Empty);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _cache.RoomNeeded -= _askForRoom;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (message is not MakeRoom)
        {
            Unhandled(message);
            return;
        }

        Volatile.Write(ref _asked, 0);
        if (!_cache.IsNearlyFull)
            return;
        var evicted = EvictWhile(() => _cache.UnknownBytes > EvictDownTo(_cache.MaxUnknownBytes), onlyUnknown: true)
            + EvictWhile(() => _cache.Bytes > EvictDownTo(_cache.MaxBytes), onlyUnknown: false);
        _counters.Evictions.Add(evicted);
        Log.Evicted(_log, evicted, _cache.Bytes, _cache.MaxBytes);
    }

    private int EvictWhile(Func<bool> isFull, bool onlyUnknown)
    {
        if (!isFull())
            return 0;

        // Ticks are read once: a customer used meanwhile keeps its place in the order, but not in the cache, at worst.
        var byLastUse = _cache.All()
            .Where(views => !onlyUnknown || views.IsUnknown)
            .Select(views => (views.LastUsed, IsOwed: IsOwed(views), Views: views))
            .OrderBy(one => one.IsOwed)
            .ThenBy(one => one.LastUsed)
            .ToList();
        var evicted = 0;
        foreach (var (lastUsed, _, views) in byLastUse)
        {
            if (!isFull())
                break;
            if (views.LastUsed != lastUsed || !_cache.Remove(views))
                continue;
            _cache.Evicted.Went(views.CustomerId);
            evicted++;
        }

        return evicted;
    }

    private bool IsOwed(CustomerViews views) => _cache.IsOwed(new EntryKey(views.CustomerId))
        || views.Resources.Any(resource => _cache.IsOwed(new EntryKey(views.CustomerId, resource.ResourceId)));

    private sealed class MakeRoom
    {
        public static readonly MakeRoom Instance = new();
    }

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Debug, "evicted {Count} customers, {Bytes} of {MaxBytes} bytes are in use")]
        public static partial void Evicted(ILogger logger, int count, long bytes, long maxBytes);
    }
}

/// <summary>Wiring of <see cref="CacheKeeper"/>.</summary>
public static class CacheKeeperSetup
{
    /// <summary>Starts the keeper at <c>/user/cache</c>.</summary>
    public static AkkaConfigurationBuilder AddCacheKeeper(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.WithActors((system, registry) =>
            registry.Register<CacheKeeper>(system.ActorOf(Props.Create(() => new CacheKeeper(services)), "cache")));
}
