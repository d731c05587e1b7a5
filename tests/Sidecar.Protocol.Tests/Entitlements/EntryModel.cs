using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>What can happen to an entry. Reads end with a set that is earlier or later than the ones that arrive as news.</summary>
public enum Event
{
    Ask,
    OldestEndsEarlier,
    OldestEndsLater,
    NewestEndsEarlier,
    NewestEndsLater,
    OldestEndsEmpty,
    OldestFails,
    Invalidate,
    RaiseNodeEpoch,
    SetNews,
    EmptySetNews,
    UsageNews,
    LoadBegins,
    LoadFinds,
    LoadFindsNothing,
    GoOnFromView,
    Forget,
    OldestEndsAtTheNewsDate,
}

/// <summary>A set that a read, the persistent cache or the stream brings. Its usage's count is its usage's date.</summary>
internal sealed record Brought(int Date, double Limit, int UsageDate, bool IsEmpty = false)
{
    public static readonly Brought Earlier = new(1, 1, 1);
    public static readonly Brought Later = new(5, 5, 5);
    public static readonly Brought News = new(3, 3, 2);
    public static readonly Brought AtTheNewsDate = new(3, 33, 4);
    public static readonly Brought Loaded = new(2, 2, 2);
    public static readonly Brought Empty = new(-1, 0, -1, IsEmpty: true);

    public EntitlementState State { get; } =
        IsEmpty ? Given.Refused(AccessDeniedReason.CustomerIsArchived) : Given.Set(Date, Limit, UsageDate, UsageDate);

    public bool IsNoEarlierThan(Brought other) => IsEmpty || Date >= other.Date;
}

/// <summary>A read under way. Its generation is the number of invalidations before its start.</summary>
internal sealed record ModelRead(long Number, int Generation);

/// <summary>What is known, and what it rests on.</summary>
internal sealed record ModelKnown(
    Brought Set, int Usage, int SetGeneration, long SetBegan, long SetNumber, int ReadGeneration, long ReadNumber, bool IsUnconfirmed)
{
    // What the persistent cache holds is older than any read, although it may have been loaded after the read's start.
    public static ModelKnown OfLoad(ModelRead load) => new(
        Brought.Loaded, Brought.Loaded.UsageDate, load.Generation, 0, load.Number, load.Generation, load.Number, IsUnconfirmed: true);

    public static ModelKnown OfRead(ModelRead read, Brought result) => new(
        result, result.UsageDate, read.Generation, read.Number, read.Number, read.Generation, read.Number, IsUnconfirmed: false);
}

/// <summary>A set that arrived during the first read.</summary>
internal sealed record ModelPending(Brought Set, int Usage, int Generation, long Number);

/// <summary>
/// An entry by the rules of order, epochs and races, made as plain as can be: all invalidations are one count, and
/// a usage is its date.
/// </summary>
internal sealed record EntryModel
{
    public const int UsageNewsDate = 3;
    private const int NoUsage = -1;

    public static readonly EntryModel Empty = new();

    public ModelKnown? Known { get; private init; }

    public ImmutableList<ModelRead> Reads { get; private init; } = [];

    public ModelRead? Load { get; private init; }

    public bool IsAwaited => !Reads.IsEmpty || Load is not null;

    public ModelPending? PendingSet { get; private init; }

    // Of an entitlement that is not known to be there.
    public int PendingUsage { get; private init; } = NoUsage;

    public long PendingUsageNumber { get; private init; }

    // When the last usage came that is part of what is known.
    public long UsageNumber { get; private init; }

    public int Generation { get; private init; }

    // Whether the entry itself was invalidated since its owner knows of it.
    public bool WasInvalidated { get; private init; }

    public Freshness? Trust => Known is null ? null
        : Known.ReadGeneration < Generation ? Freshness.Suspect
        : Known.IsUnconfirmed ? Freshness.Revalidate
        : Freshness.Fresh;

    public ModelRead? Shareable => Reads.Find(r => r.Generation == Generation);

    public EntryModel Started(long number) => this with { Reads = Reads.Add(new ModelRead(number, Generation)) };

    public EntryModel Invalidated() => this with { Generation = Generation + 1, WasInvalidated = true };

    public EntryModel WithNodeEpochRaised() => this with { Generation = Generation + 1 };

    public EntryModel Forgotten() => new() { Generation = Generation };

    public EntryModel WithoutReads() => this with { Reads = [], Load = null, PendingSet = null, PendingUsage = NoUsage, UsageNumber = 0 };

    // The pending mark goes with the last waiter.
    public EntryModel Failed(ModelRead read)
    {
        var next = this with { Reads = Reads.Remove(read) };
        return next.Known is null && !next.IsAwaited ? next.WithoutReads() : next;
    }

    public EntryModel LoadBegun(long number) => this with { Load = new ModelRead(number, Generation) };

    // What was kept stays: a read follows.
    public EntryModel WithoutLoad() => this with { Load = null };

    public EntryModel Loaded() => Known is null ? WithoutLoad().WithFirst(ModelKnown.OfLoad(Load!), readNumber: null) : WithoutLoad();

    public EntryModel Ended(ModelRead read, Brought result)
    {
        var next = this with { Reads = Reads.Remove(read) };
        if (Known is null)
            return next.WithFirst(ModelKnown.OfRead(read, result), read.Number);

        // An invalidation says that the set may be wrong: a read that began after it is right whatever the dates.
        var isLater = read.Generation > Known.SetGeneration || IsLater(result, read.Generation, read.Number, Known);
        var isLatestRead = Known.IsUnconfirmed || read.Number > Known.ReadNumber;
        var isOlderThanStored = Known.IsUnconfirmed && result.Date < Known.Set.Date;
        var isUndecided = !isLater && read.Generation >= Known.SetGeneration && result != Known.Set
            && (result.IsEmpty || Known.Set.IsEmpty || isOlderThanStored);
        if (isUndecided)
            next = next.Invalidated();
        return (next.WithUsageKept(result, isLater, read.Number) with
        {
            Known = Merged(Known, result, result.UsageDate, isLater, read.Generation, read.Number) with
            {
                ReadGeneration = isLatestRead ? read.Generation : Known.ReadGeneration,
                ReadNumber = isLatestRead ? read.Number : Known.ReadNumber,
                IsUnconfirmed = Known.IsUnconfirmed && read.Generation < Known.SetGeneration,
            },
        }).WithUsageMatched(read.Number);
    }

    public EntryModel WithSetNews(Brought set, long number)
    {
        if (Known is not null)
            return WithNews(new(set, set.UsageDate, Generation, number)).WithUsageMatched(readNumber: null);
        if (!IsAwaited)
            return this;
        if (PendingSet is null)
            return this with { PendingSet = new(set, set.UsageDate, Generation, number) };
        var usage = UsageOf(set, PendingSet.Set.IsEmpty ? set.UsageDate : Math.Max(set.UsageDate, PendingSet.Usage));
        var next = set != PendingSet.Set && (set.IsEmpty || PendingSet.Set.IsEmpty) ? Invalidated() : this;
        return next with
        {
            PendingSet = set.IsNoEarlierThan(PendingSet.Set)
                ? new(set, usage, Generation, number)
                : PendingSet with { Usage = UsageOf(PendingSet.Set, Math.Max(set.UsageDate, PendingSet.Usage)) },
        };
    }

    public EntryModel WithUsageNews(long number) =>
        Known is { Set.IsEmpty: false } ? WithUsage(UsageNewsDate, number)
        : Known is null && !IsAwaited ? this
        : this with { PendingUsage = Math.Max(PendingUsage, UsageNewsDate), PendingUsageNumber = number };

    // A usage whose entitlement goes may be later than what the next set says.
    private EntryModel WithUsageKept(Brought set, bool isLater, long number) => isLater && set.IsEmpty && Known is { Set.IsEmpty: false }
        ? this with { PendingUsage = Math.Max(PendingUsage, Known.Usage), PendingUsageNumber = Math.Max(number, UsageNumber) }
        : this;

    private EntryModel WithUsage(int usage, long number) => usage < Known!.Usage
        ? this
        : this with { Known = Known with { Usage = usage }, UsageNumber = Math.Max(UsageNumber, number) };

    // A usage without its entitlement waits for that, or for a read that knows better.
    private EntryModel WithUsageMatched(long? readNumber)
    {
        var isOver = Known is { Set.IsEmpty: false } || PendingUsageNumber < readNumber;
        if (PendingUsage == NoUsage || !isOver)
            return this;
        var next = this with { PendingUsage = NoUsage };
        return Known is { Set.IsEmpty: false } ? next.WithUsage(PendingUsage, PendingUsageNumber) : next;
    }

    private static int UsageOf(Brought set, int usage) => set.IsEmpty ? NoUsage : usage;

    // Where a date is missing, arrival decided alone: then only a read is certain.
    private EntryModel WithNews(ModelPending news)
    {
        var known = Known!;
        var isLater = IsLater(news.Set, news.Generation, news.Number, known);
        var next = WithUsageKept(news.Set, isLater, news.Number) with
        {
            Known = Merged(known, news.Set, news.Usage, isLater, news.Generation, news.Number),
        };
        return isLater && news.Set != known.Set && (news.Set.IsEmpty || known.Set.IsEmpty) ? next.Invalidated() : next;
    }

    // The later date counts, and where one of the two has no date, or both the same, what began later. What began before an invalidation never takes
    // the place of what came after it.
    private static bool IsLater(Brought set, int generation, long number, ModelKnown known) => generation >= known.SetGeneration
        && (set.IsEmpty || known.Set.IsEmpty || set.Date == known.Set.Date ? number > known.SetBegan : set.Date > known.Set.Date);

    private static ModelKnown Merged(ModelKnown known, Brought set, int usage, bool isLater, int generation, long number)
    {
        var kept = isLater ? set : known.Set;
        return known with
        {
            Set = kept,
            Usage = UsageOf(kept, Math.Max(known.Usage, usage)),
            SetGeneration = isLater ? Math.Max(generation, known.SetGeneration) : known.SetGeneration,
            SetBegan = isLater ? Math.Max(number, known.SetBegan) : known.SetBegan,
            SetNumber = kept == known.Set ? known.SetNumber : Math.Max(number, known.SetNumber),
        };
    }

    // What arrived meanwhile comes after it.
    private EntryModel WithFirst(ModelKnown first, long? readNumber)
    {
        var known = this with { Known = first };
        var next = PendingSet is null ? known : (known with { PendingSet = null }).WithNews(PendingSet);
        return next.WithUsageMatched(readNumber);
    }
}
