using System.Collections.Concurrent;
using System.Globalization;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using StackExchange.Redis;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Has the server tell of changed keys (client-side caching in broadcasting mode): of all keys with the prefix, those that this process
/// itself writes by its script among them (seen with Redis 7.0: NOLOOP does not reach into scripts). The server tells it over the client's second connection; when that one dies, the
/// first knows nothing of it, so that the server is asked every second whether it still tells.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="changes">Where changes are noted.</param>
/// <param name="clock">Both clocks.</param>
/// <param name="mayLook">Tells <see cref="MayLook"/>.</param>
/// <param name="isInMemory">Whether an entry is in memory: others are not looked at.</param>
public sealed class RedisWatch(
    RedisConnection connection, RedisChanges changes, ProcessClock clock, Func<bool> mayLook, Func<EntryKey, bool> isInMemory) : IRedisWatch
{
    /// <summary>After a refusal it is tried again at this interval: rights may be given, or another server take the place of this one.</summary>
    public static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(60);

    /// <summary>Entries of which it is remembered how they differ from what is known; beyond it that is told anew.</summary>
    public const int MaxRemembered = 20_000;

    // Below it there is nothing to gain.
    private const int FewRemembered = 1_000;

    private static readonly RedisChannel Invalidations = RedisChannel.Literal("__redis__:invalidate");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    // What has been told: of each entry the hashes of the keys that have another date than is known, with what they hold. By it what this
    // process itself writes beside them is no change, and neither is what nobody can read.
    private readonly ConcurrentDictionary<EntryKey, int[]> _told = new();
    // So many are looked through for what is not in memory any more.
    private int _lookThroughAt = FewRemembered;
    private ConnectionMultiplexer? _subscribed;
    private TimeSpan? _refusedAt;

    /// <inheritdoc/>
    public bool MayLook => mayLook();

    private bool IsRefused => clock.Uptime - _refusedAt < RefusedFor;

    /// <inheritdoc/>
    public async Task<(RedisWatchState State, bool IsNew)> EnsureAsync()
    {
        if (!connection.IsUp || connection.Client is not { } client)
            return (RedisWatchState.Down, false);
        try
        {
            return await EnsureAsync(client).WaitAsync(Limit);
        }
        catch (RedisServerException)
        {
            // An old server, or a user who may not; or one that is busy just now.
            var isNew = _refusedAt is null;
            if (!IsRefused)
                _refusedAt = clock.Uptime;
            return (RedisWatchState.Looking, isNew);
        }
        catch (Exception e) when (RedisFailureException.Of(e) is not null)
        {
            return (RedisWatchState.Down, false);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EntryKey>> ChangedAmongAsync(IReadOnlyList<(EntryKey Key, EntitlementState Known)> entries)
    {
        var asked = new List<(EntryKey Key, long Known)>();
        var names = new List<string>();
        foreach (var (key, known) in entries)
        {
            if (EntryKeys.Of(connection.Settings.Prefix, key) is not { } keys)
                continue;
            Ask(key, keys.Set, known.UpdatedAt);
            foreach (var entitlement in known.All().Where(StoredEntry.IsTracked))
                Ask(key, keys.Usage(EntitlementReference.To(entitlement)), entitlement.Usage.UpdatedAt);
        }

        var database = connection.Database;
        var dates = await database.StringGetAsync([.. names.Select(name => (RedisKey)EntryKeys.Timestamp(name))]).WaitAsync(Limit);
        var differing = asked.Index().Where(one => new StoredValue(null, dates[one.Index]).Timestamp != one.Item.Known).Select(one => one.Index).ToList();
        var values = differing.Count == 0 ? [] : await database.StringGetAsync([.. differing.Select(i => (RedisKey)names[i])]).WaitAsync(Limit);
        var found = new Dictionary<EntryKey, List<int>>();
        foreach (var (at, i) in differing.Index())
        {
            if (!found.TryGetValue(asked[i].Key, out var keys))
                found.Add(asked[i].Key, keys = []);
            var hash = new HashCode();
            hash.Add(names[i], StringComparer.Ordinal);
            hash.AddBytes((byte[]?)dates[i]);
            hash.Add(dates[i].IsNull);
            hash.AddBytes((byte[]?)values[at]);
            hash.Add(values[at].IsNull);
            keys.Add(hash.ToHashCode());
        }

        var changed = new List<EntryKey>();
        foreach (var key in asked.Select(one => one.Key).Distinct())
        {
            if (!found.TryGetValue(key, out var now))
                _told.TryRemove(key, out _);
            else if (IsNews(key, now))
                changed.Add(key);
        }

        return changed;

        void Ask(EntryKey key, string name, DateTimeOffset date)
        {
            asked.Add((key, date.ToUnixTimeMilliseconds()));
            names.Add(name);
        }
    }

    /// <summary>Forgets that a change of an entry was told: it could not be looked at.</summary>
    public void Forget(EntryKey key) => _told.TryRemove(key, out _);

    private bool IsNews(EntryKey key, List<int> now)
    {
        var isTold = _told.TryGetValue(key, out var before);
        if (!isTold && _told.Count >= _lookThroughAt)
            ForgetWhatIsGone();
        _told[key] = [.. now];
        return !isTold || now.Except(before!).Any();
    }

    // It grows with what is in memory, and not with all that ever was.
    private void ForgetWhatIsGone()
    {
        foreach (var (key, _) in _told)
        {
            if (!isInMemory(key))
                _told.TryRemove(key, out _);
        }

        if (_told.Count >= MaxRemembered)
            _told.Clear();
        _lookThroughAt = Math.Min(MaxRemembered, Math.Max(FewRemembered, _told.Count * 5 / 4));
    }

    private async Task<(RedisWatchState State, bool IsNew)> EnsureAsync(ConnectionMultiplexer client)
    {
        if (IsRefused)
        {
            // That it answers at all.
            await client.GetDatabase().PingAsync();
            return (RedisWatchState.Looking, false);
        }

        if (_subscribed != client)
        {
            await client.GetSubscriber().SubscribeAsync(Invalidations, (_, key) => changes.Note(key.IsNullOrEmpty ? null : (string)key!));
            _subscribed = client;
        }

        var database = client.GetDatabase();
        var subscriber = await FindSubscriberAsync(database);
        if (subscriber is null)
            return (RedisWatchState.Down, false);
        var info = (RedisResult[])(await database.ExecuteAsync("CLIENT", "TRACKINGINFO"))!;
        if (IsTold(info, subscriber))
        {
            _refusedAt = null;
            return (RedisWatchState.Told, false);
        }

        // What was switched on before, to where nobody listens any more, has to be off first.
        await database.ExecuteAsync("CLIENT", "TRACKING", "off");
        await database.ExecuteAsync(
            "CLIENT", "TRACKING", "on", "REDIRECT", subscriber, "BCAST", "PREFIX", connection.Settings.Prefix + ":", "NOLOOP");
        _refusedAt = null;
        return (RedisWatchState.Told, true);
    }

    // The one of our connections that is subscribed. Its name is this process's alone.
    private async Task<string?> FindSubscriberAsync(IDatabase database)
    {
        var list = (string)(await database.ExecuteAsync("CLIENT", "LIST", "TYPE", "pubsub"))!;
        foreach (var line in list.Split('\n'))
        {
            var words = line.Split(' ');
            if (Array.Exists(words, word => word == $"name={connection.Settings.ClientName}"))
                return Array.Find(words, word => word.StartsWith("id=", StringComparison.Ordinal))?["id=".Length..];
        }

        return null;
    }

    // "flags", [on, bcast, noloop], "redirect", 4, "prefixes", [p:]
    private static bool IsTold(RedisResult[] info, string subscriber)
    {
        for (var i = 0; i + 1 < info.Length; i += 2)
        {
            var name = (string?)info[i];
            if (name == "redirect" && ((long)info[i + 1]).ToString(CultureInfo.InvariantCulture) != subscriber)
                return false;
            if (name == "flags" && ((string[])info[i + 1]!) is var flags && (!flags.Contains("bcast") || flags.Contains("broken_redirect")))
                return false;
        }

        return info.Length > 0;
    }
}
