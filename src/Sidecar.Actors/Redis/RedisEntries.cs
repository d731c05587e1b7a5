using System.Collections.Concurrent;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using StackExchange.Redis;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Entries in Redis, in the layout that other programs share (the Redis contract). Every write compares the stored date on the server, in
/// one step with the write itself: reading it first and writing later would let an older value take the place of a newer one.
/// </summary>
public sealed class RedisEntries : IRedisStore, IDisposable
{
    /// <summary>Loads under way at once.</summary>
    public const int MaxLoads = 128;

    /// <summary>Writes under way at once.</summary>
    public const int MaxSaves = 64;

    /// <summary>Operations of each kind that may wait for their turn.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>Where so many loads are under way or wait, what others have changed is looked at later.</summary>
    public const int MaxPresentForLooks = 4 * MaxLoads;

    /// <summary>Values that can't be read of which it is remembered; beyond it the earlier ones are forgotten.</summary>
    public const int MaxUnreadable = 1_000;

    /// <summary>A save that has no answer for so long is counted as an error, though it may still come: nothing waits for it.</summary>
    public static readonly TimeSpan SavePatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StandstillGrace = TimeSpan.FromMilliseconds(50);

    // How long the lock of another writer is waited for; it may be that of one that died.
    private static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);

    private const int Locked = -2;
    private const int NoEntry = -1;

    // KEYS: the lock, the date of the set, then value and date of each pair; none of them is ever anything else, since a user may be
    // allowed no other key. ARGV: life in seconds, 0 for one without end; 1 where the lock counts; 1 where the set has to be there; then of
    // each pair the value, its date, and 1 where it always wins; and of the value that a load could not read its length (-1: there was none),
    // date and beginning. What a reader takes for no date, or no text at all, is as good as missing; so is what could not be read and is still
    // the same.
    private const string SaveScript = """
        if ARGV[2] == '1' and redis.call('EXISTS', KEYS[1]) == 1 then return -2 end
        if ARGV[3] == '1' and redis.call('EXISTS', KEYS[2]) == 0 then return -1 end
        local ttl = tonumber(ARGV[1])
        local written = 0
        local a = 4
        for k = 3, #KEYS, 2 do
          local text = redis.pcall('GET', KEYS[k + 1])
          local known = type(text) == 'string' and #text <= 20 and text:find('^[+-]?%d+$') and tonumber(text)
          if known and (known > 253402300799999 or known < -62135596800000) then known = nil end
          local wins = ARGV[a + 2] == '1' or not known or known <= tonumber(ARGV[a + 1]) or redis.call('EXISTS', KEYS[k]) == 0
          local length = tonumber(ARGV[a + 3])
          if not wins and length >= 0 and text == ARGV[a + 4] then
            local there = redis.pcall('GET', KEYS[k])
            wins = type(there) == 'string' and #there == length and there:sub(1, #ARGV[a + 5]) == ARGV[a + 5]
          end
          if wins then
            if ttl > 0 then
              redis.call('SET', KEYS[k], ARGV[a], 'EX', ttl)
              redis.call('SET', KEYS[k + 1], ARGV[a + 1], 'EX', ttl)
            else
              redis.call('SET', KEYS[k], ARGV[a])
              redis.call('SET', KEYS[k + 1], ARGV[a + 1])
            end
            written = written + 1
          end
          a = a + 6
        end
        return written
        """;

    // Enough of a value to know it again, with its length and date.
    private const int MaxHead = 1024;

    // By the value's key: what loads could not read, until a save has dealt with it.
    private readonly ConcurrentDictionary<string, SeenValue> _unreadable = new(StringComparer.Ordinal);
    private readonly RedisConnection _connection;
    private readonly RedisMetrics _metrics;
    private readonly ProcessClock _clock;
    private readonly Lane _loads;
    private readonly Lane _saves;

    /// <summary>Makes it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="counters">The counters.</param>
    /// <param name="clock">Both clocks.</param>
    public RedisEntries(RedisConnection connection, SidecarCounters counters, ProcessClock clock)
    {
        _connection = connection;
        _metrics = counters.Redis;
        _clock = clock;
        _loads = new Lane(new Gate(MaxLoads, MaxWaiting), new RedisBreaker(clock, _metrics.AreLoadsSuspended), connection.Settings.Timeout);
        _saves = new Lane(new Gate(MaxSaves, MaxWaiting), new RedisBreaker(clock, _metrics.AreSavesSuspended), SavePatience);
        connection.Restored += (_, _) =>
        {
            _loads.Breaker.Answered();
            _saves.Breaker.Answered();
        };
    }

    /// <inheritdoc/>
    public bool IsUp => _connection.IsUp;

    /// <inheritdoc/>
    public TimeSpan? RenewalInterval => _connection.Settings is { KeysTtl: { } life, IsMaintainedElsewhere: false } ? life / 2 : null;

    /// <summary>Whether a load is under way, or waits for its turn.</summary>
    internal bool AreLoadsUnderWay => _loads.Gate.Present > 0;

    /// <summary>Whether there is room for loads that nobody waits for.</summary>
    internal bool MayLook => IsUp && !_loads.Breaker.IsOpen && _loads.Gate.Present < MaxPresentForLooks;

    /// <summary>Reads an entry.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What is known of it there; null where it is not there, or not whole, or its customer's set is the newer one.</returns>
    /// <exception cref="RedisFailureException">Redis did not answer.</exception>
    public async Task<EntitlementState?> LoadAsync(EntryKey key, CancellationToken cancellation)
    {
        if (KeysOf(key) is not { } keys)
            return null;
        return await RunAsync(
            RedisOperation.Load, _loads, () => LoadAsync(key, keys), state => state is null ? RedisOutcome.Missing : RedisOutcome.Success, cancellation);
    }

    /// <summary>Writes what has changed of an entry, each value only where the stored one is not newer.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="state">Its state.</param>
    /// <param name="change">What of it is to be written. What is used is written only where the entry is there.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RedisFailureException">Redis did not take it.</exception>
    public async Task SaveAsync(EntryKey key, EntitlementState state, StoredChange change, CancellationToken cancellation)
    {
        if (state.IsUnknown || change.IsNone || KeysOf(key) is not { } keys)
            return;
        await SaveAsync(keys, state, StoredEntryWriter.Write(keys, state, change), change.IsAll, cancellation);
    }

    /// <inheritdoc/>
    public bool Keeps(EntryKey key) => EntryKeys.Of(_connection.Settings.Prefix, key) is not null;

    /// <inheritdoc/>
    public async Task<int> CountAsync(IReadOnlyList<EntryKey> keys, TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit, _clock.Time);
        RedisKey[] names = [.. keys.Select(KeysOf).OfType<EntryKeys>().Select(key => (RedisKey)key.Set)];
        return (int)await RunAsync(
            RedisOperation.Load, _loads, () => _connection.Database.KeyExistsAsync(names), _ => RedisOutcome.Success, cancellation.Token);
    }

    /// <inheritdoc/>
    public async Task RestoreAsync(EntryKey key, EntitlementState state, bool isOwed, TimeSpan limit)
    {
        if (KeysOf(key) is not { } keys)
            return;
        using var cancellation = new CancellationTokenSource(limit, _clock.Time);
        var pairs = StoredEntryWriter.Write(keys, state, StoredChange.All).Select(pair => pair with { AlwaysWins = pair.AlwaysWins && isOwed }).ToList();
        await SaveAsync(keys, state, pairs, isAll: true, cancellation.Token);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(EntryKey key, TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit, _clock.Time);
        await DeleteAsync(key, cancellation.Token);
    }

    /// <summary>Removes an entry: its entitlements, the reason of the whole, and their dates.</summary>
    /// <exception cref="RedisFailureException">Redis did not do it.</exception>
    public async Task DeleteAsync(EntryKey key, CancellationToken cancellation)
    {
        if (KeysOf(key) is not { } keys)
            return;
        RedisKey[] all = [keys.Set, EntryKeys.Timestamp(keys.Set), keys.Metadata, EntryKeys.Timestamp(keys.Metadata)];
        await RunAsync(
            RedisOperation.Delete, _saves, () => _connection.Database.KeyDeleteAsync(all),
            deleted => deleted == 0 ? RedisOutcome.Missing : RedisOutcome.Success, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loads.Gate.Dispose();
        _saves.Gate.Dispose();
    }

    private async Task SaveAsync(
        EntryKeys keys, EntitlementState state, IReadOnlyList<StoredPair> pairs, bool isAll, CancellationToken cancellation)
    {
        if (!StoredEntryWriter.CanBeKept(state))
            NoteAmbiguous();
        if (pairs.Count == 0)
            return;

        await RunAsync(
            RedisOperation.Save, _saves, () => WriteAsync(keys, pairs, isAll, cancellation),
            written => written == NoEntry ? RedisOutcome.Missing : RedisOutcome.Success, cancellation);
    }

    private EntryKeys? KeysOf(EntryKey key)
    {
        var keys = EntryKeys.Of(_connection.Settings.Prefix, key);
        if (keys is null)
            NoteAmbiguous();
        return keys;
    }

    /// <summary>Notes an entry that is kept in memory only.</summary>
    internal void NoteAmbiguous()
    {
        _metrics.Ambiguous.Increment();
        _connection.Log.Ambiguous();
    }

    private async Task<T> RunAsync<T>(
        RedisOperation operation, Lane lane, Func<Task<T>> run, Func<T, RedisOutcome> outcome, CancellationToken cancellation)
    {
        var start = _clock.Uptime;
        var isWrite = operation != RedisOperation.Load;
        var isTold = false;
        TimeSpan? sentAt = null;
        try
        {
            if (!lane.Breaker.MayPass(out var isTrial))
                throw Suspended();
            await lane.Gate.EnterAsync(cancellation);
            try
            {
                if (!isWrite)
                    await _connection.WaitForFirstTryAsync(cancellation);
                // It may have opened meanwhile.
                if (lane.Breaker.IsOpen && !isTrial)
                    throw Suspended();
                sentAt = _clock.Uptime;
                var running = run();
                await EndsWithinAsync(running, lane.Patience);
                // Where this process itself stood still, the answer may be here and not read yet.
                if (!running.IsCompleted)
                    await EndsWithinAsync(running, StandstillGrace);
                if (!running.IsCompleted && !cancellation.IsCancellationRequested)
                {
                    isTold = true;
                    lane.Breaker.NotAnswered(sentAt.Value);
                    _connection.Failed(
                        new RedisFailureException(RedisFailureKind.Timeout, $"no answer within {lane.Patience.TotalMilliseconds:0} ms"), isWrite);
                }

                var result = await running.WaitAsync(cancellation);
                lane.Breaker.Answered();
                _metrics.Ended(operation, outcome(result), _clock.Uptime - start);
                _connection.Log.Succeeded(isWrite);
                return result;
            }
            finally
            {
                lane.Gate.Leave();
            }
        }
        catch (Exception e) when (RedisFailureException.Of(e) is { } failure)
        {
            _metrics.Ended(operation, RedisOutcome.Failure, _clock.Uptime - start);
            var told = cancellation.IsCancellationRequested ? new RedisFailureException(RedisFailureKind.Timeout, "no answer in time")
                : failure.Kind == RedisFailureKind.Unreachable && isWrite && _connection.HasOnlyReplicas
                    ? new RedisFailureException(RedisFailureKind.ReadOnly, "it is a replica")
                : failure;
            if (e is RedisServerException)
                lane.Breaker.Answered();
            else if (told.Kind == RedisFailureKind.Timeout && !isTold && sentAt is { } at)
                lane.Breaker.NotAnswered(at);
            // Once an operation.
            if (!isTold)
                _connection.Failed(told, isWrite);
            throw told;
        }

        async Task EndsWithinAsync(Task running, TimeSpan limit) =>
            await running.WaitAsync(limit, _clock.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        static RedisFailureException Suspended() => new(RedisFailureKind.Suspended, "it has hung for a while, and is not asked for now");
    }

    // Two steps: what is used stands under keys that only the entitlements name.
    private async Task<EntitlementState?> LoadAsync(EntryKey key, EntryKeys keys)
    {
        List<RedisKey> wanted = [keys.Set, EntryKeys.Timestamp(keys.Set), keys.Metadata, EntryKeys.Timestamp(keys.Metadata)];
        // A resource rests on its customer. Where it counts as read from the cloud, one that is older than its customer's set is not there;
        // else it is read again behind the answer anyway. Without entitlements it has no date that says so.
        var rests = _connection.Settings.IsMaintainedElsewhere && key.ResourceId is not null;
        if (rests)
            wanted.Add(EntryKeys.Timestamp(EntryKeys.Of(_connection.Settings.Prefix, key.Customer)!.Set));
        var values = await _connection.Database.StringGetAsync([.. wanted]);
        var (set, metadata) = (new StoredValue(values[0], values[1]), new StoredValue(values[2], values[3]));
        var entry = StoredEntry.Read(set, metadata);
        if (entry is null)
        {
            if (set.IsWhole && StoredEntry.Read(set, default) is null)
                NoteUnreadable(keys.Set, set);
            else if (set.IsWhole && metadata.IsWhole)
                NoteUnreadable(keys.Metadata, metadata);
            return null;
        }

        if (entry.Unreadable > 0)
            CountUnreadable(entry.Unreadable);
        if (rests && (new StoredValue(null, values[4]).Date is not { } own || (own > entry.Date && !entry.IsEmpty)))
            return null;
        if (entry.Tracked.Count == 0)
            return entry.WithUsages([]);
        var names = entry.Tracked.Select(keys.Usage).ToList();
        // Asked for again: the connection may be another one by now.
        var texts = await _connection.Database.StringGetAsync([.. names.SelectMany(name => (RedisKey[])[name, EntryKeys.Timestamp(name)])]);
        var usages = names.Select((_, i) => new StoredValue(texts[2 * i], texts[(2 * i) + 1])).ToList();
        if (entry.WithUsages(usages) is { } state)
            return state;
        foreach (var (i, usage) in usages.Index())
        {
            if (usage.IsWhole && !StoredEntry.IsReadableUsage(usage))
                NoteUnreadable(names[i], usage);
        }

        return null;
    }

    private void CountUnreadable(int count)
    {
        _metrics.Unreadable.Add(count);
        _connection.Log.Unreadable(count);
    }

    // Nobody can read it, so that it must not stand for its date: the next save may take its place.
    private void NoteUnreadable(string name, StoredValue value)
    {
        CountUnreadable(1);
        if (_unreadable.Count >= MaxUnreadable && !_unreadable.ContainsKey(name))
            _unreadable.Clear();
        var json = value.Json!;
        _unreadable[name] = new SeenValue(json.Length, value.TimestampText!, json[..Math.Min(json.Length, MaxHead)]);
    }

    private async Task<int> WriteAsync(EntryKeys keys, IReadOnlyList<StoredPair> pairs, bool isAll, CancellationToken cancellation)
    {
        const int lockCounts = 1;
        var names = new List<RedisKey> { keys.Lock, EntryKeys.Timestamp(keys.Set) };
        var values = new List<RedisValue> { (long)(_connection.Settings.KeysTtl?.TotalSeconds ?? 0), isAll ? 1 : 0, isAll ? 0 : 1 };
        foreach (var pair in pairs)
        {
            names.AddRange([pair.Key, EntryKeys.Timestamp(pair.Key)]);
            var seen = _unreadable.GetValueOrDefault(pair.Key) ?? SeenValue.None;
            values.AddRange([pair.Value, pair.Timestamp, pair.AlwaysWins ? 1 : 0, seen.Length, seen.Date, seen.Head]);
        }

        for (var start = _clock.Uptime; ;)
        {
            var written = (int)await _connection.Database.ScriptEvaluateAsync(SaveScript, [.. names], [.. values]);
            if (written != Locked)
            {
                if (!_unreadable.IsEmpty && written != NoEntry)
                    Forget(pairs);
                return written;
            }

            _saves.Breaker.Answered();
            // The writer that holds it has looked at the dates and writes next. The script can't come between its own two steps, so that to
            // find the lock free is as good as to hold it.
            if (_clock.Uptime - start >= LockPatience)
                values[lockCounts] = 0;
            else
                await Task.Delay(LockPause, _clock.Time, cancellation);
        }
    }

    private void Forget(IReadOnlyList<StoredPair> pairs)
    {
        foreach (var pair in pairs)
            _unreadable.TryRemove(pair.Key, out _);
    }

    // A value that could not be read.
    private sealed record SeenValue(int Length, byte[] Date, byte[] Head)
    {
        public static readonly SeenValue None = new(-1, [], []);
    }

    // What loads have apart from saves.
    private sealed record Lane(Gate Gate, RedisBreaker Breaker, TimeSpan Patience);
}
