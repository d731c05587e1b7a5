using System.Collections.Concurrent;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>
/// This node's views, by customer. Anybody may read; a customer's views are written by its actor, or by <see cref="Entries.UnheldEntries"/>
/// where none has it in hand, and in a cluster by what other nodes grant. Memory is bounded: what does not fit is not kept.
/// </summary>
/// <param name="maxBytes">The bound, in bytes, of views, marks and live actors together.</param>
public sealed class EntitlementCache(long maxBytes)
{
    /// <summary>The smallest bound: 1 MiB.</summary>
    public const long SmallestMaxBytes = 1024 * 1024;

    /// <summary>Unknown customers may take at most this part of the bound: one in so many.</summary>
    public const int UnknownShare = 10;

    // Marks of a customer are counted in the lower half of a number, and how often one was added to others in the upper one.
    private const long Mark = 1;
    private const long AddedMark = Mark + (1L << 32);

    /// <summary>Length of a tick, the unit in which last uses are told apart.</summary>
    public static readonly TimeSpan TickLength = TimeSpan.FromMilliseconds(100);

    private readonly CustomerTable _views = new();
    private readonly ConcurrentDictionary<string, long> _pending = new(StringComparer.Ordinal);
    private readonly SharedParts _shared = new();
    private StreamCell _stream = new(StreamState.Off);
    private long _bytes;
    private long _viewBytes;
    private long _unknownBytes;
    private long _customers;
    private long _entitlements;
    private long _sourceSince;
    private long _nodeEpoch;
    private long _storeRounds;
    private long _number;
    private long _refusals;

    /// <summary>Raised, on the thread that publishes, when room has to be made.</summary>
    public event EventHandler? RoomNeeded;

    /// <summary>The bound, in bytes.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>The bound of unknown customers' views, in bytes.</summary>
    public long MaxUnknownBytes => maxBytes / UnknownShare;

    /// <summary>What is charged now, in bytes; never above the bound but for live actors.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// What the views take of it, with what customers have in common: without live actors and questions that wait. Divided by
    /// <see cref="Count"/> it is what a customer costs.
    /// </summary>
    public long ViewBytes => Volatile.Read(ref _viewBytes);

    /// <summary>What unknown customers' views take of it.</summary>
    public long UnknownBytes => Volatile.Read(ref _unknownBytes);

    /// <summary>Customers with a view.</summary>
    public int Count => (int)Volatile.Read(ref _customers);

    /// <summary>Entitlements in all views.</summary>
    public long Entitlements => Volatile.Read(ref _entitlements);

    /// <summary>Views that were not kept, since the bound left no room: <c>sidecar_cache_refusals_total</c>.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Customers that were evicted a short time ago, and those of them that came back.</summary>
    internal EvictedCustomers Evicted { get; } = new(maxBytes);

    /// <summary>Customers that came back soon after they were evicted: <c>sidecar_cache_returns_total</c>.</summary>
    public long Returns => Evicted.Returns;

    /// <summary>The node's part of the present epoch.</summary>
    public long NodeEpoch => Volatile.Read(ref _nodeEpoch);

    /// <summary>What is known of the stream of updates.</summary>
    public StreamState Stream
    {
        get => Volatile.Read(ref _stream).State;
        set => Volatile.Write(ref _stream, new StreamCell(value));
    }

    /// <summary>The tick of an instant of the monotonic clock.</summary>
    public static long TickOf(TimeSpan uptime) => uptime.Ticks / TickLength.Ticks;

    /// <summary>A number above all given out before: the order of reads and set replacements on this node.</summary>
    public long NextNumber() => Interlocked.Increment(ref _number);

    /// <summary>Makes every view suspect: what holds for all customers has changed.</summary>
    public void RaiseNodeEpoch() => Interlocked.Increment(ref _nodeEpoch);

    /// <summary>The number at which the present source of reads and news began; see <see cref="EntryState.Since"/>.</summary>
    public long SourceSince => Volatile.Read(ref _sourceSince);

    /// <summary>
    /// Tells that reads and news come from another source from now on, which may be another environment. Called when whatever reads has
    /// the new source already, so that nothing read from the old one counts as begun after.
    /// </summary>
    public void ChangeSource()
    {
        Volatile.Write(ref _sourceSince, NextNumber());
        RaiseNodeEpoch();
    }

    /// <summary>Whether the persistent cache is owed an entry, which memory alone knows: others are evicted first.</summary>
    internal Func<EntryKey, bool> IsOwed { get; set; } = _ => false;

    /// <summary>
    /// Rises when all that is here begins to be written to the persistent cache again, and when that has ended: it is odd meanwhile. What is in
    /// its actor's hands alone then, being evicted, is passed over.
    /// </summary>
    internal long StoreRounds => Volatile.Read(ref _storeRounds);

    /// <summary>Told that such a round begins. One that goes on begins anew.</summary>
    internal void BeginStoreRound() => Volatile.Write(ref _storeRounds, (_storeRounds | 1) + (IsStoreRoundOn ? 2 : 0));

    /// <summary>Told that it has ended.</summary>
    internal void EndStoreRound() => Volatile.Write(ref _storeRounds, _storeRounds + (IsStoreRoundOn ? 1 : 0));

    /// <summary>Told what was removed, on the thread that removes it; null where that concerns nobody.</summary>
    internal Action<CustomerViews>? Removed { get; set; }

    private bool IsStoreRoundOn => (_storeRounds & 1) == 1;

    /// <summary>A customer's views, or null.</summary>
    public CustomerViews? Find(string customerId) => _views.Find(customerId);

    /// <summary>The customers' views at this moment, in no order.</summary>
    public IEnumerable<CustomerViews> All() => _views;

    /// <summary>Publishes one view of a customer; called by its actor alone.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="view">The view.</param>
    /// <param name="tick">The present.</param>
    /// <returns>False where the bound leaves no room: then nothing of that customer is kept, above all no older view.</returns>
    public bool Publish(EntryKey key, EntitlementView view, long tick)
    {
        while (true)
        {
            if (TryPublish(key, view, tick, Find(key.CustomerId)) is { } isKept)
                return isKept;
        }
    }

    /// <summary>Replaces one view of a customer by what follows from it; for whoever is not its actor.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="change">
    /// Tells the view to publish, from the present one or null; null where that stays. Called once more where it was replaced meanwhile.
    /// </param>
    /// <param name="tick">The present, or null: the customer's place in the order of last uses stays.</param>
    /// <returns>False where there was nothing to publish, or the bound leaves no room.</returns>
    public bool Change(EntryKey key, Func<EntitlementView?, EntitlementView?> change, long? tick = null)
    {
        while (true)
        {
            var old = Find(key.CustomerId);
            if (change(old?.Find(key.ResourceId)) is not { } view)
                return false;
            if (TryPublish(key, view, tick ?? old?.LastUsed ?? 0, old) is { } isKept)
                return isKept;
        }
    }

    // Null where the customer's views have been replaced meanwhile.
    private bool? TryPublish(EntryKey key, EntitlementView view, long tick, CustomerViews? old)
    {
        var next = (old ?? CustomerViews.Empty(key.CustomerId)).With(key.ResourceId, view);
        next.Touch(tick);
        var replaced = old?.Find(key.ResourceId)?.State;
        if (!TryCharge(next, old, view.State, replaced))
        {
            // Replaced meanwhile by what follows from it, that is not to stay either.
            if (old is not null && !Remove(old))
                return null;
            Interlocked.Increment(ref _refusals);
            RoomNeeded?.Invoke(this, EventArgs.Empty);
            return false;
        }

        var isStored = old is null ? _views.TryAdd(next) : _views.TryUpdate(next, old);
        if (isStored)
        {
            Interlocked.Add(ref _entitlements, next.Entitlements - (old?.Entitlements ?? 0));
            if (old is null)
            {
                Interlocked.Increment(ref _customers);
                Evicted.Came(key.CustomerId);
            }

            if (IsNearlyFull)
                RoomNeeded?.Invoke(this, EventArgs.Empty);
            return true;
        }

        // Evicted or replaced meanwhile.
        Uncharge(next, old);
        ChargeViews(_shared.Exchange(view.State, replaced));
        return null;
    }

    /// <summary>Removes exactly the views that were judged: where they have been replaced since, nothing happens.</summary>
    public bool Remove(CustomerViews judged)
    {
        if (!_views.TryRemove(judged))
            return false;
        Interlocked.Add(ref _entitlements, -judged.Entitlements);
        Interlocked.Decrement(ref _customers);
        Uncharge(judged, null);
        if (judged.Own is { } own)
            ChargeViews(_shared.Exchange(own.State, null));
        foreach (var (_, view) in judged.Resources)
            ChargeViews(_shared.Exchange(view.State, null));
        Removed?.Invoke(judged);
        return true;
    }

    /// <summary>Removes whatever is there of a customer, also what replaces it meanwhile.</summary>
    /// <param name="customerId">The customer.</param>
    public void RemoveAll(string customerId)
    {
        while (Find(customerId) is { } views && !Remove(views))
        {
        }
    }

    /// <summary>Charges something that is not a view, such as a live actor; a negative amount gives it back.</summary>
    public void Charge(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (bytes > 0 && IsNearlyFull)
            RoomNeeded?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Notes that somebody waits for a customer's entry, so that news of it counts although no view is there yet.</summary>
    public void MarkPending(string customerId) => _pending.AddOrUpdate(customerId, Mark, static (_, marks) => marks + AddedMark);

    /// <summary>Takes one mark back.</summary>
    public void UnmarkPending(string customerId)
    {
        while (_pending.TryGetValue(customerId, out var marks))
        {
            var isDone = (uint)marks > Mark
                ? _pending.TryUpdate(customerId, marks - Mark, marks)
                : _pending.TryRemove(new KeyValuePair<string, long>(customerId, marks));
            if (isDone)
                return;
        }
    }

    /// <summary>
    /// Marks a customer that has no mark: no actor has it in hand, and nobody waits for one. An actor takes what is published only after it has
    /// marked its customer.
    /// </summary>
    internal bool TryMarkAlone(string customerId) => _pending.TryAdd(customerId, Mark);

    /// <summary>Takes that mark back; where somebody marked the customer besides, be it for a moment, false, and the mark stays.</summary>
    internal bool TryUnmarkAlone(string customerId) => _pending.TryRemove(new KeyValuePair<string, long>(customerId, Mark));

    /// <summary>Whether news of an entry concerns this node: it holds a view of it, or somebody waits for one of its customer's.</summary>
    public bool IsOfInterest(EntryKey key) =>
        // In this order: who has no mark any more has published already what it read before the news.
        _pending.ContainsKey(key.CustomerId) || Find(key.CustomerId)?.Find(key.ResourceId) is not null;

    /// <summary>True from where on the keeper makes room.</summary>
    internal bool IsNearlyFull => Bytes > CacheKeeper.StartEvictingAt(maxBytes) || UnknownBytes > CacheKeeper.StartEvictingAt(MaxUnknownBytes);

    private bool TryCharge(CustomerViews next, CustomerViews? old, EntitlementState state, EntitlementState? replaced)
    {
        var (bytes, unknown) = Difference(next, old);
        bytes += _shared.Exchange(replaced, state);
        Interlocked.Add(ref _viewBytes, bytes);
        if (Interlocked.Add(ref _bytes, bytes) > maxBytes && bytes > 0)
        {
            ChargeViews(Difference(old, next).Bytes + _shared.Exchange(state, replaced));
            return false;
        }

        if (Interlocked.Add(ref _unknownBytes, unknown) > MaxUnknownBytes && unknown > 0)
        {
            Interlocked.Add(ref _unknownBytes, -unknown);
            ChargeViews(Difference(old, next).Bytes + _shared.Exchange(state, replaced));
            return false;
        }

        return true;
    }

    private void Uncharge(CustomerViews next, CustomerViews? old)
    {
        var (bytes, unknown) = Difference(next, old);
        ChargeViews(-bytes);
        Interlocked.Add(ref _unknownBytes, -unknown);
    }

    private void ChargeViews(long bytes)
    {
        if (bytes == 0)
            return;
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _viewBytes, bytes);
    }

    private static (long Bytes, long Unknown) Difference(CustomerViews? next, CustomerViews? old) =>
        ((next?.Size ?? 0) - (old?.Size ?? 0),
            (next is { IsUnknown: true } ? next.Size : 0) - (old is { IsUnknown: true } ? old.Size : 0));

    private sealed record StreamCell(StreamState State);
}
