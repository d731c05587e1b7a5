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
    Load,
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
    public static ModelKnown OfLoad(int generation, long number) =>
        new(Brought.Loaded, Brought.Loaded.UsageDate, generation, 0, number, generation, number, IsUnconfirmed: true);

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

    public ModelPending? PendingSet { get; private init; }

    public int PendingUsage { get; private init; } = NoUsage;

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

    public EntryModel WithoutReads() => this with { Reads = [], PendingSet = null, PendingUsage = NoUsage };

    // The pending mark goes with the last waiter.
    public EntryModel Failed(ModelRead read)
    {
        var next = this with { Reads = Reads.Remove(read) };
        return next.Known is null && next.Reads.IsEmpty ? next.WithoutReads() : next;
    }

    public EntryModel Loaded(long number) => WithFirst(ModelKnown.OfLoad(Generation, number));

    public EntryModel Ended(ModelRead read, Brought result)
    {
        var next = this with { Reads = Reads.Remove(read) };
        if (Known is null)
            return next.WithFirst(ModelKnown.OfRead(read, result));

        // An invalidation says that the set may be wrong: a read that began after it is right whatever the dates.
        var isLater = read.Generation > Known.SetGeneration || IsLater(result, read.Generation, read.Number, Known);
        var isLatestRead = Known.IsUnconfirmed || read.Number > Known.ReadNumber;
        return next with
        {
            Known = Merged(Known, result, result.UsageDate, isLater, read.Generation, read.Number) with
            {
                ReadGeneration = isLatestRead ? read.Generation : Known.ReadGeneration,
                ReadNumber = isLatestRead ? read.Number : Known.ReadNumber,
                IsUnconfirmed = false,
            },
        };
    }

    public EntryModel WithSetNews(Brought set, long number)
    {
        if (Known is not null)
            return this with { Known = WithNews(Known, new(set, set.UsageDate, Generation, number)) };
        if (Reads.IsEmpty)
            return this;
        if (PendingSet is null)
            return this with { PendingSet = new(set, set.UsageDate, Generation, number) };
        var usage = UsageOf(set, PendingSet.Set.IsEmpty ? set.UsageDate : Math.Max(set.UsageDate, PendingSet.Usage));
        return this with
        {
            PendingSet = set.IsNoEarlierThan(PendingSet.Set)
                ? new(set, usage, Generation, number)
                : PendingSet with { Usage = UsageOf(PendingSet.Set, Math.Max(set.UsageDate, PendingSet.Usage)) },
        };
    }

    public EntryModel WithUsageNews() =>
        Known is { Set.IsEmpty: false } ? this with { Known = Known with { Usage = Math.Max(Known.Usage, UsageNewsDate) } }
        : Known is null && !Reads.IsEmpty ? this with { PendingUsage = UsageNewsDate }
        : this;

    private static int UsageOf(Brought set, int usage) => set.IsEmpty ? NoUsage : usage;

    private static ModelKnown WithNews(ModelKnown known, ModelPending news) =>
        Merged(known, news.Set, news.Usage, IsLater(news.Set, news.Generation, news.Number, known), news.Generation, news.Number);

    // The later date counts, and where one of the two has no date, what began later. What began before an invalidation takes the place
    // of what came after it only by a later date.
    private static bool IsLater(Brought set, int generation, long number, ModelKnown known) => generation < known.SetGeneration
        ? !set.IsEmpty && !known.Set.IsEmpty && set.Date > known.Set.Date
        : set.IsEmpty || known.Set.IsEmpty ? number > known.SetBegan : set.Date >= known.Set.Date;

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
    private EntryModel WithFirst(ModelKnown first)
    {
        var known = PendingSet is null ? first : WithNews(first, PendingSet);
        var next = this with { Known = known, PendingSet = null, PendingUsage = NoUsage };
        return PendingUsage == NoUsage ? next : next.WithUsageNews();
    }
}
