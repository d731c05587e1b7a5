using Sidecar.Protocol.Persistence;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>News, and which of two pieces of what is known is the later one.</summary>
public sealed partial record EntryState
{
    /// <summary>Takes over a set that came as news, where it is not older than the known one.</summary>
    /// <param name="set">The set.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="origin">Where it came from.</param>
    public EntryState WithNews(EntitlementState set, long number, long nodeEpoch, Origin origin = Origin.Unknown)
    {
        var news = new KeptSet(set, number, Present(nodeEpoch), origin);
        if (Known is not null)
            return WithNews(news).WithUsagesApplied(rests: null);

        // Nobody waits for it: whoever asks first reads what is true then.
        if (!IsAwaited)
            return this;
        if (PendingSet is not { Set: var kept })
            return this with { PendingSet = news };
        // What came over an empty one stays undecided whatever it is merged with: that one may be the latest of all.
        var next = this with
        {
            PendingSet = NewsOrder.Supersedes(set, kept)
                ? news with
                {
                    Set = NewsOrder.Replacing(set, kept),
                    IsUndecided = !set.IsEmpty && (PendingSet.IsUndecided || !DatesDecide(set, kept)),
                }
                : PendingSet with { Set = NewsOrder.WithUsagesOf(kept, set) },
        };
        return !DatesDecide(set, kept) || IsOlderByLoss(set, kept) ? next.Invalidated() : next;
    }

    /// <summary>
    /// Takes over a usage that came as news, where it is the later one. That of an entitlement which the entry is not known to have is
    /// kept: the set that brings it may be on its way.
    /// </summary>
    /// <param name="news">The usage.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="origin">Where it came from.</param>
    public EntryState WithNews(UsageNews news, long number, Origin origin = Origin.Unknown)
    {
        if (Known?.Find(news.Of) is not null && !IsForeign)
        {
            var known = NewsOrder.With(Known, news);
            return ReferenceEquals(known, Known) ? this : this with { Known = known, UsageNumber = Math.Max(UsageNumber, number), UsageOrigin = origin };
        }

        return Known is null && !IsAwaited ? this : WithKept(news, number, origin);
    }

    /// <summary>
    /// Takes over what another program has stored, as news like any other; but for a set that is left from before one which replaced it,
    /// and of which only what is used counts; and an empty one while the known set is undecided, since it may be the one that this came over.
    /// </summary>
    /// <param name="stored">What is stored: of its dates those of the set and of what is used, in whole milliseconds.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    public EntryState WithStored(EntitlementState stored, long number, long nodeEpoch)
    {
        if (Known is not { } known)
            return this;
        if (IsUndecided && stored.IsEmpty)
            return Invalidated();
        var order = stored.UpdatedAt.ToUnixTimeMilliseconds().CompareTo(known.UpdatedAt.ToUnixTimeMilliseconds());
        var isLeft = order > 0 && !known.IsEmpty && stored.UpdatedAt <= ReplacedUpTo;
        if (!isLeft && (order != 0 || stored.IsEmpty != known.IsEmpty))
            return WithNews(stored, number, nodeEpoch, Origin.Redis);
        var next = this;
        foreach (var entitlement in stored.All())
        {
            var of = EntitlementReference.To(entitlement);
            if (StoredEntry.IsTracked(entitlement) && known.Find(of) is not null)
                next = next.WithNews(new UsageNews(of, entitlement.Usage), number, Origin.Redis);
        }

        return next;
    }

    /// <summary>
    /// Takes over a usage that came as the answer to a report, so that the next question sees what was reported: where the answer does not
    /// tell the period, the entry is invalidated besides.
    /// </summary>
    /// <param name="news">The usage.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    public EntryState WithReported(UsageNews news, long number)
    {
        if (IsForeign || Known?.Find(news.Of) is not { } known)
            return WithNews(news, number, Origin.Report);
        var next = WithNews(TellsNoPeriod(news.Usage, known) ? news with { Usage = InPeriodOf(known.Usage, news.Usage) } : news, number, Origin.Report);
        return TellsNoPeriod(news.Usage, known) ? next.Invalidated() : next;
    }

    private static bool TellsNoPeriod(Usage reported, Entitlement known) => reported.PeriodEnd is null && known.Usage.PeriodEnd is not null;

    // Without a period the usage would never start again from 0, should the read fail.
    private static Usage InPeriodOf(Usage known, Usage reported) =>
        reported.UpdatedAt < known.PeriodStart || reported.UpdatedAt >= known.PeriodEnd
            ? reported
            : reported with { PeriodStart = known.PeriodStart, PeriodEnd = known.PeriodEnd };

    private EntryState WithKept(UsageNews news, long number, Origin origin)
    {
        var usages = PendingUsages.SetItem(
            news.Of,
            PendingUsages.TryGetValue(news.Of, out var kept) ? kept.With(news.Usage, number, origin) : new KeptUsage(news.Usage, news.Usage, number, origin));
        if (usages.Count <= MaxPendingUsages)
            return this with { PendingUsages = usages };
        // One too many: what is forgotten here, another read knows.
        return Invalidated() with { PendingUsages = usages.Remove(usages.MinBy(p => p.Value.Latest.UpdatedAt).Key) };
    }

    private EntryState WithNews(KeptSet news)
    {
        var isLater = IsLater(news.Set, news.Number, news.Epoch);
        var next = WithSet(news.Set, news.Number, news.Epoch, isLater, news.Origin);
        if (IsForeign || news.Number < SetBegan || news.Epoch.IsOlderThan(SetEpoch))
            return next;
        next = next with { IsUndecided = next.IsUndecided || news.IsUndecided };
        // Without two dates the arrival decided, and news may arrive late: a read has the last word.
        if (!DatesDecide(news.Set, Known!))
            return next.Invalidated() with { IsUndecided = next.IsUndecided || (isLater && !news.Set.IsEmpty) };
        return IsOlderByLoss(news.Set, Known!) ? next.Invalidated() : next;
    }

    // The later date counts, and where one of the two has no date, or both the same, what began later. What began before an invalidation
    // never takes the place of what came after it: a set that lost its latest entitlement has an older date.
    private bool IsLater(EntitlementState set, long number, Epoch epoch)
    {
        if (IsForeign)
            return true;
        if (epoch.IsOlderThan(SetEpoch))
            return false;
        return IsUndated(set, Known!) || set.UpdatedAt == Known!.UpdatedAt ? number > SetBegan : NewsOrder.Supersedes(set, Known);
    }

    private static bool IsUndated(EntitlementState one, EntitlementState other) => one.IsEmpty || other.IsEmpty;

    // False where two sets differ and no dates tell which of them is the later one.
    private static bool DatesDecide(EntitlementState one, EntitlementState other) => !IsUndated(one, other) || one.IsSameSetAs(other);

    // Nobody followed what happened between the save and the load: what had the latest date may have gone, or the read is behind.
    private bool IsOlderThanStored(EntitlementState result) => IsUnconfirmed && result.UpdatedAt < Known!.UpdatedAt;

    // Whether a set has the older date and lacks an entitlement: it is the older one, or that entitlement has gone and was the latest.
    private static bool IsOlderByLoss(EntitlementState arriving, EntitlementState known) =>
        arriving.UpdatedAt < known.UpdatedAt && known.All().Any(e => arriving.Find(EntitlementReference.To(e)) is null);

    // No usage is lost to an older one, whichever of the sets stays.
    private EntryState WithSet(EntitlementState set, long number, Epoch epoch, bool isLater, Origin origin)
    {
        if (Known is null || (IsForeign && number >= Since))
        {
            return this with
            {
                Known = set,
                SetEpoch = epoch,
                SetBegan = number,
                SetNumber = number,
                ReplacedUpTo = ReplacedBy(set),
                IsUndecided = false,
                SetOrigin = origin,
                UsageOrigin = origin,
            };
        }

        if (!isLater)
        {
            var kept = NewsOrder.WithUsagesOf(Known, set);
            return this with { Known = kept, UsageOrigin = ReferenceEquals(kept, Known) ? UsageOrigin : origin };
        }

        var replacing = NewsOrder.Replacing(set, Known);
        var next = this with
        {
            Known = replacing,
            SetOrigin = origin,
            // What it kept of the former set is the later one.
            UsageOrigin = ReferenceEquals(replacing, set) ? origin : UsageOrigin,
            SetEpoch = epoch.IsOlderThan(SetEpoch) ? SetEpoch : epoch,
            SetBegan = Math.Max(number, SetBegan),
            SetNumber = set.IsSameSetAs(Known) ? SetNumber : Math.Max(number, SetNumber),
            ReplacedUpTo = ReplacedBy(set),
            IsUndecided = IsUndecided && !set.IsEmpty,
        };
        // Nor to a set without its entitlement: one that has it may be on its way.
        foreach (var gone in Known.All().Where(e => e.Usage.UpdatedAt > DateTimeOffset.UnixEpoch))
        {
            var of = EntitlementReference.To(gone);
            if (set.Find(of) is null)
                next = next.WithKept(new UsageNews(of, gone.Usage), Math.Max(number, UsageNumber), UsageOrigin);
        }

        return next;
    }

    // An empty set has no date to be older by, and is written over any other.
    private DateTimeOffset ReplacedBy(EntitlementState set) =>
        !set.IsEmpty && Known?.UpdatedAt is { } replaced && set.UpdatedAt < replaced && replaced > ReplacedUpTo ? replaced : ReplacedUpTo;

    // What arrived meanwhile comes after the result of the read that the entry rests on, if it was one.
    private EntryState WithPendingApplied(long? rests)
    {
        var next = PendingSet is null ? this : (this with { PendingSet = null }).WithNews(PendingSet);
        return next.WithUsagesApplied(rests);
    }

    private EntryState WithUsagesApplied(long? rests)
    {
        if (IsForeign)
            return this;
        var next = this;
        foreach (var (of, usage) in PendingUsages)
        {
            var isMatched = next.Known!.Find(of) is not null;
            // A read that began after the usage had arrived knows that there is no such entitlement.
            if (!isMatched && !(usage.Number < rests))
                continue;
            next = next with { PendingUsages = next.PendingUsages.Remove(of) };
            if (!isMatched)
                continue;
            // A read that began after a report has been answered knows of it.
            var isWithoutPeriod = usage.Latest.Reported && !(usage.Number < rests) && TellsNoPeriod(usage.Latest, next.Known!.Find(of)!);
            next = next.WithNews(new UsageNews(of, usage.Highest), usage.Number, usage.Origin).WithNews(new UsageNews(of, usage.Latest), usage.Number, usage.Origin);
            if (isWithoutPeriod)
                next = next.Invalidated();
        }

        return next;
    }

    private sealed record KeptSet(EntitlementState Set, long Number, Epoch Epoch, Origin Origin)
    {
        // True where it was kept over an empty one.
        public bool IsUndecided { get; init; }
    }

    // The meter, which decides between counts of the same date and period, is not known yet: both that it may decide for are kept.
    private sealed record KeptUsage(Usage Latest, Usage Highest, long Number, Origin Origin)
    {
        public KeptUsage With(Usage usage, long number, Origin origin) => new(
            NewsOrder.Supersedes(usage, Latest, MeterType.Fluctuating) ? usage : Latest,
            NewsOrder.Supersedes(usage, Highest, MeterType.Incremental) ? usage : Highest,
            number,
            origin);
    }
}
