using System.Runtime.InteropServices;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>A push to one holder of an entry.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Holder">To whom.</param>
public readonly record struct OwedPush(long Number, OwnerId Holder);

/// <summary>A lease that ends before its time.</summary>
/// <param name="Number">The number of the message that tells so; 0 where nobody waits for it to be acknowledged.</param>
/// <param name="Key">The entry.</param>
/// <param name="Holder">Whose.</param>
public readonly record struct EndedLease(long Number, EntryKey Key, OwnerId Holder);

/// <summary>
/// The leases that a node has granted, and what it owes their holders. It reads no clock and tells nobody: whoever keeps it does, by what it
/// returns. A lease is forgotten only when it is over, or when its holder no longer has it: one that is ended before its time is ended again
/// until its holder acknowledges that.
/// </summary>
/// <param name="maxLeases">The most that it remembers.</param>
/// <param name="metrics">Counts what becomes of leases.</param>
public sealed class LeaseLedger(int maxLeases, LeaseMetrics metrics)
{
    /// <summary>The most leases that one <see cref="Tick"/> ends for want of an acknowledgement; the others come with the next.</summary>
    public const int MaxEndsATick = 10_000;

    /// <summary>The most leases that a node remembers.</summary>
    public const int MaxLeases = 1_000_000;

    /// <summary>A push that is not acknowledged by then ends the lease; an end that is not is told again.</summary>
    public static readonly TimeSpan PushPatience = TimeSpan.FromSeconds(2);

    /// <summary>So much longer than granted a lease is remembered: clocks don't run alike.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    // The lease with its places in the lists, and the entry's share of the dictionary.
    private const long LeaseBytes = 320;

    private readonly Dictionary<EntryKey, List<Granted>> _byEntry = [];
    private readonly Dictionary<long, (EntryKey Key, Granted Lease)> _pushes = [];
    private readonly Queue<(long Push, TimeSpan DueAt)> _due = new();
    private readonly PriorityQueue<(EntryKey Key, Granted Lease), TimeSpan> _ends = new();
    private long _number;

    /// <summary>How many leases there are, with those whose end is not acknowledged yet.</summary>
    public int Count { get; private set; }

    /// <summary>What they take in memory, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The entries that are leased, at this moment.</summary>
    public IReadOnlyList<EntryKey> Entries => [.. _byEntry.Keys];

    /// <summary>Whether an entry is leased, or its holder has not acknowledged the end of its lease.</summary>
    public bool IsLeased(EntryKey key) => _byEntry.ContainsKey(key);

    /// <summary>Notes a lease, a new one or one that is longer now.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="holder">Whose it is.</param>
    /// <param name="now">The present, on the monotonic clock.</param>
    /// <param name="length">How long it was granted for.</param>
    /// <param name="view">What was granted.</param>
    /// <returns>False where there is no room: then it has to be ended.</returns>
    public bool Grant(EntryKey key, OwnerId holder, TimeSpan now, TimeSpan length, EntitlementView view)
    {
        var until = now + length + Margin;
        ref var leases = ref CollectionsMarshal.GetValueRefOrAddDefault(_byEntry, key, out _);
        leases ??= [];
        var lease = leases.Find(l => l.Holder == holder);
        if (lease is null)
        {
            if (Count >= maxLeases)
            {
                if (leases.Count == 0)
                    _byEntry.Remove(key);
                return false;
            }

            leases.Add(lease = new Granted(holder));
            Count++;
            Bytes += BytesOf(key);
            metrics.Granted.Increment();
        }
        else
        {
            (lease.IsEnded ? metrics.Granted : metrics.Renewed).Increment();
        }

        // What was not acknowledged before is still waited for: the holder may never get what it is granted now.
        (lease.IsEnded, lease.GrantedAfter, lease.Told) = (false, _number, view);
        // It ends with the longest one that was granted.
        if (until > lease.Until)
        {
            lease.Until = until;
            if (!lease.IsQueued)
            {
                lease.IsQueued = true;
                _ends.Enqueue((key, lease), until);
            }
        }

        return true;
    }

    /// <summary>Notes that holders of an entry are told of a newer view; those whom it tells nothing new are not.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="now">The present, on the monotonic clock.</param>
    /// <param name="view">The view.</param>
    /// <returns>Whom to tell.</returns>
    public IReadOnlyList<OwedPush> Push(EntryKey key, TimeSpan now, EntitlementView view)
    {
        if (!_byEntry.TryGetValue(key, out var leases))
            return [];
        var pushes = new List<OwedPush>(leases.Count);
        foreach (var lease in leases)
        {
            if (lease.IsEnded)
                continue;
            var isKnown = TellsNothingNew(view, lease.Told);
            lease.Told = view;
            if (isKnown)
                continue;
            // Of several that are under way the last one counts; the patience is that of the first.
            Owe(key, lease, lease.DueAt ?? now + PushPatience);
            pushes.Add(new OwedPush(lease.Push, lease.Holder));
            metrics.Pushes.Increment();
        }

        return pushes;
    }

    /// <summary>Notes that a holder has acknowledged a push, or the end of its lease.</summary>
    /// <param name="push">Its number.</param>
    /// <param name="isHeld">Whether the entry is still held: false ends the lease.</param>
    public void Acknowledge(long push, bool isHeld)
    {
        if (!_pushes.Remove(push, out var pushed))
            return;
        (pushed.Lease.Push, pushed.Lease.DueAt) = (0, null);
        // What was not held then was asked for again, and granted as it is now.
        if (!isHeld && push > pushed.Lease.GrantedAfter)
            Forget(pushed.Key, pushed.Lease, LeaseEnd.Returned);
    }

    /// <summary>Forgets what is over, and ends leases whose holders have not acknowledged a push in time.</summary>
    /// <param name="now">The present, on the monotonic clock.</param>
    /// <returns>Whose leases have to be ended.</returns>
    public IReadOnlyList<EndedLease> Tick(TimeSpan now)
    {
        while (_ends.TryPeek(out var end, out var at) && at <= now)
        {
            _ends.Dequeue();
            if (end.Lease.Until > now)
                _ends.Enqueue(end, end.Lease.Until);
            else
                Forget(end.Key, end.Lease, LeaseEnd.Expired);
        }

        List<EndedLease>? ended = null;
        while (ended is not { Count: >= MaxEndsATick } && _due.TryPeek(out var due) && due.DueAt <= now)
        {
            _due.Dequeue();
            if (!_pushes.TryGetValue(due.Push, out var pushed))
                continue;
            (ended ??= []).Add(End(pushed.Key, pushed.Lease, now, LeaseEnd.Unanswered));
        }

        return ended ?? (IReadOnlyList<EndedLease>)[];
    }

    /// <summary>Ends the leases of an entry.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="now">The present, on the monotonic clock.</param>
    /// <returns>Whose leases have to be ended.</returns>
    public IReadOnlyList<EndedLease> End(EntryKey key, TimeSpan now) => _byEntry.TryGetValue(key, out var leases)
        ? [.. leases.Where(static lease => !lease.IsEnded).Select(lease => End(key, lease, now, LeaseEnd.Revoked))]
        : [];

    /// <summary>Ends one lease.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="holder">Whose it is.</param>
    /// <param name="now">The present, on the monotonic clock.</param>
    public EndedLease End(EntryKey key, OwnerId holder, TimeSpan now) =>
        _byEntry.TryGetValue(key, out var leases) && leases.Find(l => l.Holder == holder) is { } lease
            ? End(key, lease, now, LeaseEnd.Revoked)
            : new EndedLease(0, key, holder);

    /// <summary>Forgets a node that is gone, with all that it held.</summary>
    /// <param name="holder">The node.</param>
    public void Forget(OwnerId holder)
    {
        foreach (var (key, lease) in _byEntry.SelectMany(e => e.Value.Where(l => l.Holder == holder).Select(l => (e.Key, l))).ToList())
            Forget(key, lease, LeaseEnd.Lost);
    }

    private EndedLease End(EntryKey key, Granted lease, TimeSpan now, LeaseEnd cause)
    {
        if (!lease.IsEnded)
            metrics[cause].Increment();
        (lease.IsEnded, lease.Told) = (true, null);
        Owe(key, lease, now + PushPatience);
        return new EndedLease(lease.Push, key, lease.Holder);
    }

    private void Owe(EntryKey key, Granted lease, TimeSpan dueAt)
    {
        if (lease.Push != 0)
            _pushes.Remove(lease.Push);
        (lease.Push, lease.DueAt) = (++_number, dueAt);
        _pushes.Add(lease.Push, (key, lease));
        _due.Enqueue((lease.Push, dueAt));
    }

    // An unknown customer's view is trusted by its age.
    private static bool TellsNothingNew(EntitlementView view, EntitlementView? told) => told is not null && view.IsUnconfirmed == told.IsUnconfirmed
        && !view.State.IsUnknown && view.State.IsSameAs(told.State);

    private void Forget(EntryKey key, Granted lease, LeaseEnd cause)
    {
        // It may be forgotten already.
        if (!_byEntry.TryGetValue(key, out var leases) || !leases.Remove(lease))
            return;
        if (leases.Count == 0)
            _byEntry.Remove(key);
        if (lease.Push != 0)
            _pushes.Remove(lease.Push);
        (lease.Push, lease.DueAt, lease.Until, lease.Told) = (0, null, TimeSpan.Zero, null);
        if (!lease.IsEnded)
            metrics[cause].Increment();
        Count--;
        Bytes -= BytesOf(key);
    }

    private static long BytesOf(EntryKey key) => LeaseBytes + HeapSize.Of(key.CustomerId) + HeapSize.Of(key.ResourceId);

    private sealed class Granted(OwnerId holder)
    {
        public OwnerId Holder => holder;

        public TimeSpan Until { get; set; }

        // What its holder was told last; null where it is told nothing any more, so that nothing is kept which the cache let go.
        public EntitlementView? Told { get; set; }

        // Whether its holder was told to end it, or is to be, and has not acknowledged that.
        public bool IsEnded { get; set; }

        // The number of the last message that is not acknowledged, a push or the end; or 0.
        public long Push { get; set; }

        // The last push before the last grant.
        public long GrantedAfter { get; set; }

        // By then it has to be, or null.
        public TimeSpan? DueAt { get; set; }

        public bool IsQueued { get; set; }
    }
}
