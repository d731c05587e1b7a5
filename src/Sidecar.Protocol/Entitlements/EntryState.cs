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
public sealed record EntryState
{
    /// <summary>Most usages kept for an entry that is being read for the first time; beyond it the oldest in date goes.</summary>
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

    /// <summary>The number of the read or news that last changed the set.</summary>
    public long SetNumber { get; private init; }

    /// <summary>True where <see cref="Known"/> came from the persistent cache and no read has confirmed it.</summary>
    public bool IsUnconfirmed { get; private init; }

    /// <summary>How many reads in a row brought a <c>validUntil</c> that had passed.</summary>
    public int ExpiredReads { get; private init; }

    /// <summary>See <see cref="EntitlementView.ServeExpiredUntil"/>.</summary>
    public TimeSpan ServeExpiredUntil { get; private init; }

    /// <summary>The reads under way, at most one an epoch.</summary>
    public ImmutableArray<ReadUnderWay> Reads { get; private init; } = [];

    /// <summary>The newest set that arrived while nothing was known yet, or null.</summary>
    public EntitlementState? PendingSet { get; private init; }

    /// <summary>The number of that news.</summary>
    public long PendingSetNumber { get; private init; }

    /// <summary>The newest usages that arrived while nothing was known yet.</summary>
    public ImmutableDictionary<EntitlementReference, Usage> PendingUsages { get; private init; } =
        ImmutableDictionary<EntitlementReference, Usage>.Empty;

    /// <summary>An entry that goes on from a view: what an owner that starts anew finds published.</summary>
    public static EntryState From(EntitlementView view) => new()
    {
        Known = view.State,
        // The view tells only whether its read is of the present entry epoch; counting starts anew from there.
        EntryEpoch = view.IsInvalidated ? 1 : 0,
        ReadEpoch = new Epoch(view.NodeEpoch, 0),
        SetEpoch = new Epoch(view.NodeEpoch, 0),
        ReadStartedAt = view.ReadStartedAt,
        ReadNumber = view.ReadNumber,
        SetNumber = view.SetNumber,
        IsUnconfirmed = view.IsUnconfirmed,
        ServeExpiredUntil = view.ServeExpiredUntil,
        ExpiredReads = view.ServeExpiredUntil > TimeSpan.Zero ? 1 : 0,
    };

    /// <summary>The view to publish, or null where nothing is known.</summary>
    public EntitlementView? View => Known is null
        ? null
        : new EntitlementView(Known, ReadStartedAt, ReadEpoch.Node, ReadNumber, SetNumber)
        {
            IsInvalidated = ReadEpoch.Entry < EntryEpoch,
            IsUnconfirmed = IsUnconfirmed,
            ServeExpiredUntil = ServeExpiredUntil,
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

    /// <summary>Starts a read.</summary>
    /// <param name="number">Its number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="uptime">The present.</param>
    public EntryState WithRead(long number, long nodeEpoch, TimeSpan uptime) =>
        this with { Reads = Reads.Add(new ReadUnderWay(number, Present(nodeEpoch), uptime)) };

    /// <summary>Forgets a read that failed. What is known stays.</summary>
    public EntryState WithoutRead(long number) =>
        this with { Reads = Reads.RemoveAll(r => r.Number == number) };

    /// <summary>Takes over what the persistent cache holds, where nothing is known yet.</summary>
    /// <param name="state">The loaded state.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="uptime">The load's start.</param>
    public EntryState WithLoaded(EntitlementState state, long number, long nodeEpoch, TimeSpan uptime)
    {
        if (Known is not null)
            return this;

        var loaded = this with
        {
            Known = state,
            ReadEpoch = Present(nodeEpoch),
            SetEpoch = Present(nodeEpoch),
            ReadStartedAt = uptime,
            ReadNumber = number,
            SetNumber = number,
            IsUnconfirmed = true,
        };
        return loaded.WithPendingApplied();
    }

    /// <summary>Takes over a read's result by the rules of order.</summary>
    /// <param name="number">The read's number.</param>
    /// <param name="result">What it brought.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="now">The present.</param>
    /// <param name="jitter">0 up to 1: spreads the next try where the result has expired already.</param>
    public (EntryState Entry, ReadOutcome Outcome) WithResult(
        long number, EntitlementState result, long nodeEpoch, in Moment now, double jitter)
    {
        var index = 0;
        while (index < Reads.Length && Reads[index].Number != number)
            index++;
        if (index == Reads.Length)
            return (this, ReadOutcome.Dropped);

        var read = Reads[index];
        var outcome = read.Epoch.IsOlderThan(Present(nodeEpoch)) ? ReadOutcome.Outdated : ReadOutcome.Current;
        var isLatest = Known is null || IsUnconfirmed || read.Number > ReadNumber;
        var next = WithSet(result, read.Number, read.Epoch) with
        {
            Reads = Reads.RemoveAt(index),
            ReadEpoch = isLatest ? read.Epoch : ReadEpoch,
            ReadStartedAt = isLatest ? read.StartedAt : ReadStartedAt,
            ReadNumber = isLatest ? read.Number : ReadNumber,
            IsUnconfirmed = false,
        };
        next = next.WithPendingApplied();

        var isExpired = next.Known!.ValidUntil <= now.Utc;
        var expiredReads = isExpired ? ExpiredReads + 1 : 0;
        next = next with
        {
            ExpiredReads = expiredReads,
            ServeExpiredUntil = isExpired ? now.Uptime + Backoff.ExpiredRead.Delay(expiredReads, jitter) : TimeSpan.Zero,
        };
        return (next, outcome);
    }

    /// <summary>Takes over a set that came as news, where it is not older than the known one.</summary>
    /// <param name="set">The set.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    public EntryState WithNews(EntitlementState set, long number, long nodeEpoch)
    {
        if (Known is not null)
            return NewsOrder.Supersedes(set, Known) ? WithSet(set, number, Present(nodeEpoch)) : WithSet(set, number, SetEpoch);

        // Nobody waits for it: whoever asks first reads what is true then.
        if (Reads.IsEmpty)
            return this;
        return PendingSet is null || NewsOrder.Supersedes(set, PendingSet)
            ? this with { PendingSet = PendingSet is null ? set : NewsOrder.Replacing(set, PendingSet), PendingSetNumber = number }
            : this with { PendingSet = NewsOrder.WithUsagesOf(PendingSet, set) };
    }

    /// <summary>Takes over a usage that came as news or as the answer to a report, where it is the later one.</summary>
    public EntryState WithNews(UsageNews news)
    {
        if (Known is not null)
        {
            var known = NewsOrder.With(Known, news);
            return ReferenceEquals(known, Known) ? this : this with { Known = known };
        }

        if (Reads.IsEmpty)
            return this;

        // The meter is not known yet; it decides only between counts of the same date and period.
        if (PendingUsages.TryGetValue(news.Of, out var pending)
            && !NewsOrder.Supersedes(news.Usage, pending, Stigg.Sidecar.V1.MeterType.Unspecified))
            return this;
        var usages = PendingUsages.SetItem(news.Of, news.Usage);
        if (usages.Count > MaxPendingUsages)
            usages = usages.Remove(usages.MinBy(p => p.Value.UpdatedAt).Key);
        return this with { PendingUsages = usages };
    }

    // A set of an epoch that is newer than the known set's replaces it whatever the dates: an invalidation said that the known one
    // may be wrong. One of an older epoch has to be later by date. No usage is lost to an older one in any case.
    private EntryState WithSet(EntitlementState set, long number, Epoch epoch)
    {
        if (Known is null)
            return this with { Known = set, SetEpoch = epoch, SetNumber = number };

        var supersedes = SetEpoch.IsOlderThan(epoch) ? true
            : epoch.IsOlderThan(SetEpoch) ? !set.IsEmpty && set.UpdatedAt > Known.UpdatedAt
            : NewsOrder.Supersedes(set, Known);
        if (!supersedes)
            return this with { Known = NewsOrder.WithUsagesOf(Known, set) };

        var isSame = set.IsSameSetAs(Known);
        return this with
        {
            Known = NewsOrder.Replacing(set, Known),
            SetEpoch = epoch.IsOlderThan(SetEpoch) ? SetEpoch : epoch,
            SetNumber = isSame ? SetNumber : Math.Max(number, SetNumber),
        };
    }

    private EntryState WithPendingApplied()
    {
        var next = this with { PendingSet = null, PendingUsages = PendingUsages.Clear() };
        if (PendingSet is not null)
            next = next.WithSet(PendingSet, PendingSetNumber, SetEpoch);
        foreach (var (of, usage) in PendingUsages)
            next = next.WithNews(new UsageNews(of, usage));
        return next;
    }
}
