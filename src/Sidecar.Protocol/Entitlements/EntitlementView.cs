namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Counts undated invalidations. A read carries the epoch of its start; what it brought is out of date once either part has been
/// raised since.
/// </summary>
/// <param name="Node">Raised by what concerns every entry: a publish to all customers, another API key.</param>
/// <param name="Entry">Raised by what concerns one entry: a drop, a reload.</param>
public readonly record struct Epoch(long Node, long Entry)
{
    /// <summary>True where an invalidation lies between this epoch and another one.</summary>
    public bool IsOlderThan(Epoch other) => Node < other.Node || Entry < other.Entry;
}

/// <summary>The immutable picture of one entry that its owner publishes and everybody may read.</summary>
/// <param name="State">What is known.</param>
/// <param name="ReadStartedAt">Start of the read that it rests on, on the monotonic clock.</param>
/// <param name="NodeEpoch">The node's part of that read's epoch.</param>
/// <param name="ReadNumber">Number of that read in the node's order of reads and set replacements.</param>
/// <param name="SetNumber">Number of the read or the news that last changed the set (what is used does not count).</param>
public sealed record EntitlementView(
    EntitlementState State,
    TimeSpan ReadStartedAt,
    long NodeEpoch = 0,
    long ReadNumber = 0,
    long SetNumber = 0)
{
    private const int ObjectSize = HeapSize.Head + (7 * HeapSize.Field);
    private const int BesideSize = HeapSize.Head + (8 * HeapSize.Field);

    private readonly Beside? _beside;

    /// <summary>True where the entry itself was invalidated after that read's start.</summary>
    public bool IsInvalidated { get; init; }

    /// <summary>True where it was loaded from the persistent cache and the cloud has not confirmed it yet.</summary>
    public bool IsUnconfirmed { get; init; }

    /// <summary>
    /// True where the set came as news over an empty one, which has no date, and no read has told yet which of the two is the later one. Where
    /// it is the earlier one, what it says is used may be older than a report that was answered before anything was known. What is kept beyond
    /// memory would not tell that.
    /// </summary>
    public bool IsUndecided { get; init; }

    /// <summary>Where the set came from.</summary>
    public Origin SetOrigin { get; init; }

    /// <summary>Where what is used came from last.</summary>
    public Origin UsageOrigin { get; init; }

    /// <summary>The node's part of the epoch in which the set arrived, above <see cref="NodeEpoch"/> for news that came later.</summary>
    public long SetNodeEpoch
    {
        get => _beside?.SetNodeEpoch ?? NodeEpoch;
        init => _beside = value == SetNodeEpoch ? _beside : Told with { SetNodeEpoch = value };
    }

    /// <summary>True where the entry itself was invalidated after the set arrived.</summary>
    public bool IsSetInvalidated { get; init; }

    /// <summary>When the known set began, in the node's order: its read's start, or the arrival of the news.</summary>
    public long SetBegan
    {
        get => _beside?.SetBegan ?? ReadNumber;
        init => _beside = value == SetBegan ? _beside : Told with { SetBegan = value };
    }

    /// <summary>See <see cref="EntryState.ReplacedUpTo"/>.</summary>
    public DateTimeOffset ReplacedUpTo
    {
        get => _beside?.ReplacedUpTo ?? default;
        init => _beside = value == ReplacedUpTo ? _beside : Told with { ReplacedUpTo = value };
    }

    /// <summary>
    /// Until this instant of the monotonic clock a <c>validUntil</c> that has passed is overlooked: the last read brought it again.
    /// </summary>
    public TimeSpan ServeExpiredUntil
    {
        get => _beside?.ServeExpiredUntil ?? TimeSpan.Zero;
        init => _beside = value == ServeExpiredUntil ? _beside : Told with { ServeExpiredUntil = value };
    }

    /// <summary>What had passed by this date of the wall clock is what is overlooked; a later <c>validUntil</c> is not.</summary>
    public DateTimeOffset ServedExpiriesUpTo
    {
        get => _beside?.ServedExpiriesUpTo ?? DateTimeOffset.MaxValue;
        init => _beside = value == ServedExpiriesUpTo ? _beside : Told with { ServedExpiriesUpTo = value };
    }

    /// <summary>How many reads in a row brought a <c>validUntil</c> that had passed.</summary>
    public int ExpiredReads
    {
        get => _beside?.ExpiredReads ?? 0;
        init => _beside = value == ExpiredReads ? _beside : Told with { ExpiredReads = value };
    }

    /// <summary>The time for which it may be answered from, where it is not this node's own; null for one that is.</summary>
    public Lease? Lease
    {
        get => (_beside as OnLease)?.Lease;
        init => _beside = value is null ? WithoutLease : new OnLease(Told, value);
    }

    /// <summary>What it takes in memory, in bytes, without the state.</summary>
    public long OwnSize => ObjectSize + _beside switch
    {
        null => 0,
        OnLease => BesideSize + HeapSize.Field + Lease.Size,
        _ => BesideSize,
    };

    /// <summary>The same, which may be out of date: only a read tells, or its owner.</summary>
    public EntitlementView Invalidated() => this with { IsInvalidated = true, IsSetInvalidated = true };

    /// <summary>
    /// The same as this node's own, which goes on from it with its age. Where the lease is over it may be out of date; where its owner is lost,
    /// so may be what it told last, and a read confirms it.
    /// </summary>
    /// <param name="uptime">The present.</param>
    public EntitlementView TakenOver(TimeSpan uptime) => Lease is not { } lease
        ? this
        : (lease.IsOver(uptime) ? Invalidated() : this) with
        {
            Lease = null,
            IsUnconfirmed = IsUnconfirmed || lease.Owner is { IsLost: true },
        };

    private Beside Told => _beside ?? new Beside(SetNodeEpoch, SetBegan, ReplacedUpTo, ServeExpiredUntil, ServedExpiriesUpTo, ExpiredReads);

    private Beside? WithoutLease => _beside is not OnLease ? _beside
        : new Beside(SetNodeEpoch, SetBegan, ReplacedUpTo, ServeExpiredUntil, ServedExpiriesUpTo, ExpiredReads);

    // What follows from the rest in most views: those that rest on a read alone, of which nothing has expired.
    private record Beside(
        long SetNodeEpoch,
        long SetBegan,
        DateTimeOffset ReplacedUpTo,
        TimeSpan ServeExpiredUntil,
        DateTimeOffset ServedExpiriesUpTo,
        int ExpiredReads);

    // Only a view that is not this node's own takes room for that.
    private sealed record OnLease : Beside
    {
        public OnLease(Beside beside, Lease lease)
            : base(beside) => Lease = lease;

        public Lease Lease { get; }
    }
}
