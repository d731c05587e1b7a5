using System.Collections.Immutable;

namespace Sidecar.Protocol.Entitlements;

/// <summary>A read under way.</summary>
/// <param name="Number">Its place in the node's order of reads and set replacements.</param>
/// <param name="Epoch">The epoch it started in.</param>
/// <param name="StartedAt">Its start on the monotonic clock.</param>
public sealed record ReadUnderWay(long Number, Epoch Epoch, TimeSpan StartedAt);

/// <summary>What became of a read's result.</summary>
public enum ReadOutcome
{
    /// <summary>The read is not, or no longer, one of this entry's; its result was dropped.</summary>
    Dropped = 0,

    /// <summary>The result was taken over and is as current as can be.</summary>
    Current,

    /// <summary>An invalidation fell into the read: its waiters get a stale answer at most, and it has to be repeated.</summary>
    Outdated,
}

/// <summary>
/// One entry as its owner holds it: what is known, since when, and which reads are under way. Immutable; every change is one of the
/// functions below, so that each order of events can be tried out.
/// </summary>
public sealed partial record EntryState
{
    /// <summary>Most usages kept of entitlements that an entry is not known to have; beyond it the oldest in date goes.</summary>
    public const int MaxPendingUsages = 256;

    /// <summary>An entry of which nothing is known.</summary>
    public static readonly EntryState Empty = new();

    /// <summary>What is known, or null.</summary>
    public EntitlementState? Known { get; private init; }

    /// <summary>The entry's part of the present epoch.</summary>
    public long EntryEpoch { get; private init; }

    /// <summary>The epoch of the read that <see cref="Known"/> rests on.</summary>
    public Epoch ReadEpoch { get; private init; }

    /// <summary>That read's start.</summary>
    public TimeSpan ReadStartedAt { get; private init; }

    /// <summary>That read's number.</summary>
    public long ReadNumber { get; private init; }

    /// <summary>The epoch in which the set arrived, by a read or as news.</summary>
    public Epoch SetEpoch { get; private init; }

    /// <summary>When the known set began, in the node's order: its read's start, or the arrival of the news.</summary>
    public long SetBegan { get; private init; }

    /// <summary>The number of the read or news that last changed the set.</summary>
    public long SetNumber { get; private init; }

    /// <summary>
    /// The latest date of a set that one with an older date has replaced: what had that date was taken away. Where a set of up to this date
    /// is still stored, it is left from before, since no writer may put an older one in its place.
    /// </summary>
    public DateTimeOffset ReplacedUpTo { get; private init; }

    /// <summary>
    /// Where the present source of news and reads begins in the node's order. What began before it may be of another environment: nothing
    /// of it is merged with what begins after it, neither by date nor otherwise.
    /// </summary>
    public long Since { get; private init; }

    /// <summary>True where <see cref="Known"/> came from the persistent cache and no read has confirmed it.</summary>
    public bool IsUnconfirmed { get; private init; }

    /// <summary>See <see cref="EntitlementView.IsUndecided"/>.</summary>
    public bool IsUndecided { get; private init; }

    /// <summary>Where the known set came from.</summary>
    public Origin SetOrigin { get; private init; }

    /// <summary>Where what is used of it came from last.</summary>
    public Origin UsageOrigin { get; private init; }

    /// <summary>How many reads in a row brought a <c>validUntil</c> that had passed.</summary>
    public int ExpiredReads { get; private init; }

    /// <summary>See <see cref="EntitlementView.ServeExpiredUntil"/>.</summary>
    public TimeSpan ServeExpiredUntil { get; private init; }

    /// <summary>See <see cref="EntitlementView.ServedExpiriesUpTo"/>.</summary>
    public DateTimeOffset ServedExpiriesUpTo { get; private init; } = DateTimeOffset.MaxValue;

    /// <summary>The reads under way, at most one an epoch.</summary>
    public ImmutableArray<ReadUnderWay> Reads { get; private init; } = [];

    /// <summary>The load from the persistent cache under way, or null.</summary>
    public ReadUnderWay? Load { get; private init; }

    /// <summary>
    /// Whether there is news of an entitlement that the known set does not hold, and that no read which began later knew of: that set, or
    /// the news, may have been overtaken. Only this state knows of it, and not the view.
    /// </summary>
    public bool HasUnmatchedUsages
    {
        get
        {
            if (Known is null)
                return false;
            foreach (var (_, usage) in PendingUsages)
            {
                if (usage.Number > ReadNumber)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Whether what is known is of the source before the present one.</summary>
    public bool IsForeign => Known is not null && SetBegan < Since;

    // The number of the last usage that came as news.
    private long UsageNumber { get; init; }

    // Whether what arrives while nothing is known yet may be later than what will be.
    private bool IsAwaited => !Reads.IsEmpty || Load is not null;

    // What arrived while nothing was known yet, and usages of what is not known to be there; newest of each kind.
    private KeptSet? PendingSet { get; init; }

    private ImmutableDictionary<EntitlementReference, KeptUsage> PendingUsages { get; init; } =
        ImmutableDictionary<EntitlementReference, KeptUsage>.Empty;

    /// <summary>An entry that goes on from a view: what an owner that starts anew finds published.</summary>
    public static EntryState From(EntitlementView view)
    {
        // A view tells only on which side of an invalidation its parts stand; counting starts anew from there.
        var present = view.IsInvalidated || view.IsSetInvalidated ? 1 : 0;
        return new EntryState
        {
            Known = view.State,
            EntryEpoch = present,
            ReadEpoch = new Epoch(view.NodeEpoch, view.IsInvalidated ? 0 : present),
            ReadStartedAt = view.ReadStartedAt,
            ReadNumber = view.ReadNumber,
            SetEpoch = new Epoch(view.SetNodeEpoch, view.IsSetInvalidated ? 0 : present),
            SetBegan = view.SetBegan,
            SetNumber = view.SetNumber,
            ReplacedUpTo = view.ReplacedUpTo,
            IsUnconfirmed = view.IsUnconfirmed,
            IsUndecided = view.IsUndecided,
            SetOrigin = view.SetOrigin,
            UsageOrigin = view.UsageOrigin,
            ServeExpiredUntil = view.ServeExpiredUntil,
            ServedExpiriesUpTo = view.ServedExpiriesUpTo,
            ExpiredReads = view.ExpiredReads,
        };
    }

    /// <summary>The view to publish, or null where nothing is known.</summary>
    public EntitlementView? View => Known is null
        ? null
        : new EntitlementView(Known, ReadStartedAt, ReadEpoch.Node, ReadNumber, SetNumber)
        {
            IsInvalidated = ReadEpoch.Entry < EntryEpoch,
            IsUnconfirmed = IsUnconfirmed,
            IsUndecided = IsUndecided,
            SetOrigin = SetOrigin,
            UsageOrigin = UsageOrigin,
            SetNodeEpoch = SetEpoch.Node,
            IsSetInvalidated = SetEpoch.Entry < EntryEpoch,
            SetBegan = SetBegan,
            ReplacedUpTo = ReplacedUpTo,
            ServeExpiredUntil = ServeExpiredUntil,
            ServedExpiriesUpTo = ServedExpiriesUpTo,
            ExpiredReads = ExpiredReads,
        };

    /// <summary>The present epoch.</summary>
    public Epoch Present(long nodeEpoch) => new(nodeEpoch, EntryEpoch);

    /// <summary>The read that a question asked now may share, or null: one that started in the present epoch.</summary>
    public ReadUnderWay? Shareable(long nodeEpoch)
    {
        foreach (var read in Reads)
        {
            if (!read.Epoch.IsOlderThan(Present(nodeEpoch)))
                return read;
        }

        return null;
    }

    /// <summary>Raises the entry's epoch: what is known, and what is being read, may be out of date.</summary>
    public EntryState Invalidated() => this with { EntryEpoch = EntryEpoch + 1 };

    /// <summary>
    /// Tells where the present source begins: the API key was replaced, or the offline data. What is known goes on answering until a read
    /// or news of the present source replaces it as a whole; what was kept beside it is forgotten.
    /// </summary>
    /// <param name="since">A number, above all numbers given out before the source changed; the same again changes nothing.</param>
    public EntryState OfSource(long since) =>
        since <= Since ? this : this with { Since = since, PendingSet = null, PendingUsages = PendingUsages.Clear() };

    /// <summary>Starts a read.</summary>
    /// <param name="number">Its number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="uptime">The present.</param>
    public EntryState WithRead(long number, long nodeEpoch, TimeSpan uptime) =>
        this with { Reads = Reads.Add(new ReadUnderWay(number, Present(nodeEpoch), uptime)) };

    /// <summary>Forgets a read that failed. What is known stays; what was kept for a first read goes with the last one.</summary>
    public EntryState WithoutRead(long number)
    {
        var reads = Reads.RemoveAll(r => r.Number == number);
        return Known is null && reads.IsEmpty && Load is null
            ? this with { Reads = reads, PendingSet = null, PendingUsages = PendingUsages.Clear() }
            : this with { Reads = reads };
    }

    /// <summary>Starts a load from the persistent cache. News that arrives meanwhile is kept, as during a read.</summary>
    /// <param name="number">Its number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="uptime">The present.</param>
    public EntryState WithLoad(long number, long nodeEpoch, TimeSpan uptime) =>
        this with { Load = new ReadUnderWay(number, Present(nodeEpoch), uptime) };

    /// <summary>Forgets a load that failed or found nothing. What was kept stays for the read that follows.</summary>
    public EntryState WithoutLoad(long number) => Load?.Number == number ? this with { Load = null } : this;

    /// <summary>Takes over what a load found, where nothing is known yet.</summary>
    /// <param name="number">The load's number.</param>
    /// <param name="state">What it found.</param>
    public EntryState WithLoaded(long number, EntitlementState state)
    {
        if (Load is not { } load || load.Number != number)
            return this;
        if (Known is not null)
            return this with { Load = null };

        // It is older than any read or invalidation of the entry that the owner has seen, whenever it was loaded. What concerned everybody
        // counts where it came after the load's start; and a new source always does: what is stored may be of the one before.
        var isBehindSource = Since > 0 && number >= Since;
        var epoch = new Epoch(isBehindSource ? load.Epoch.Node - 1 : load.Epoch.Node, 0);
        var loaded = this with
        {
            Load = null,
            Known = state,
            ReadEpoch = epoch,
            SetEpoch = epoch,
            SetBegan = 0,
            ReadStartedAt = load.StartedAt,
            ReadNumber = number,
            SetNumber = number,
            IsUnconfirmed = true,
            SetOrigin = Origin.Redis,
            UsageOrigin = Origin.Redis,
        };
        return loaded.WithPendingApplied(rests: null);
    }

    /// <summary>Takes over a read's result by the rules of order.</summary>
    /// <param name="number">The read's number.</param>
    /// <param name="result">What it brought.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="now">The present.</param>
    /// <param name="jitter">0 up to 1: spreads the next try where the result has expired already.</param>
    /// <param name="origin">Where it read.</param>
    public (EntryState Entry, ReadOutcome Outcome) WithResult(
        long number, EntitlementState result, long nodeEpoch, in Moment now, double jitter, Origin origin = Origin.Unknown)
    {
        var index = 0;
        while (index < Reads.Length && Reads[index].Number != number)
            index++;
        if (index == Reads.Length)
            return (this, ReadOutcome.Dropped);

        var read = Reads[index];
        if (read.Number < Since && Known is not null)
            return (this with { Reads = Reads.RemoveAt(index) }, ReadOutcome.Outdated);

        var isLatest = Known is null || IsUnconfirmed || read.Number > ReadNumber;
        // An invalidation said that the known set may be wrong: a read that began after it is right whatever the dates.
        var isLater = Known is null || SetEpoch.IsOlderThan(read.Epoch) || IsLater(result, read.Number, read.Epoch);
        var next = WithSet(result, read.Number, read.Epoch, isLater, origin) with
        {
            Reads = Reads.RemoveAt(index),
            ReadEpoch = isLatest ? read.Epoch : ReadEpoch,
            ReadStartedAt = isLatest ? read.StartedAt : ReadStartedAt,
            ReadNumber = isLatest ? read.Number : ReadNumber,
            // A read that was overtaken before the load began confirms nothing.
            IsUnconfirmed = IsUnconfirmed && read.Epoch.IsOlderThan(SetEpoch),
        };
        // No date tells which of the two is later, that of news which came while it was under way or this one: another read will.
        if (!isLater && !read.Epoch.IsOlderThan(SetEpoch)
            && (!DatesDecide(result, Known!) || (read.Number > SetBegan && IsOlderByLoss(result, Known!)) || IsOlderThanStored(result)))
            next = next.Invalidated();
        // Nor where the known one came after the read began, and lacks what the read brought: that came back, or was taken away meanwhile.
        if (isLater && Known is not null && !IsForeign && read.Number < SetBegan && IsOlderByLoss(Known, result))
            next = next.Invalidated();
        next = next.WithPendingApplied(rests: read.Number);
        var outcome = read.Epoch.IsOlderThan(next.Present(nodeEpoch)) ? ReadOutcome.Outdated : ReadOutcome.Current;
        // The last word is that of a read which nothing has overtaken.
        if (outcome == ReadOutcome.Current)
            next = next with { IsUndecided = false };

        var isExpired = next.Known!.ValidUntil <= now.Utc;
        var expiredReads = isExpired ? ExpiredReads + 1 : 0;
        next = next with
        {
            ExpiredReads = expiredReads,
            ServeExpiredUntil = isExpired ? now.Uptime + Backoff.ExpiredRead.Delay(expiredReads, jitter) : TimeSpan.Zero,
            ServedExpiriesUpTo = isExpired ? now.Utc : DateTimeOffset.MaxValue,
        };
        return (next, outcome);
    }
}
