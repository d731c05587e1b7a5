using System.Collections.Immutable;

namespace Sidecar.Model.Tests;

/// <summary>
/// What the service is to know of one entry, by what it was told: docs/architecture.md, "Freshness", "Order and epochs" and "News", as
/// functions. Nothing of the service's own code is used. Immutable.
/// </summary>
internal sealed record EntryModel
{
    private static readonly ImmutableSortedDictionary<string, KeptUse> NoUses =
        ImmutableSortedDictionary.Create<string, KeptUse>(StringComparer.Ordinal);

    /// <summary>An entry of which nothing was told.</summary>
    public static readonly EntryModel Nothing = new();

    /// <summary>What is known, or null.</summary>
    public Contents? Known { get; private init; }

    /// <summary>Whether that stands in memory for everybody, and not only in its actor's hands.</summary>
    public bool IsShown { get; init; }

    /// <summary>How often the entry was invalidated.</summary>
    public int Epoch { get; private init; }

    /// <summary>Reads under way.</summary>
    public ImmutableList<ReadModel> Reads { get; init; } = [];

    /// <summary>The load from the persistent cache under way, or null.</summary>
    public LoadModel? Load { get; init; }

    /// <summary>Whether it was loaded, and no read has confirmed it.</summary>
    public bool IsUnconfirmed { get; private init; }

    /// <summary>When the read began that it rests on.</summary>
    public TimeSpan ReadStart { get; private init; }

    /// <summary>That read's place in the order of what begins.</summary>
    public int ReadOrder { get; private init; }

    /// <summary>The epoch that it began in.</summary>
    public EpochAt ReadEpoch { get; private init; }

    /// <summary>What last changed the set, in the order of what begins.</summary>
    public int SetChanged { get; private init; }

    /// <summary>Whether a usage is kept of which no read that began later can have known, and for which there is no entitlement.</summary>
    public bool KeepsUnmatched => Known is not null && Uses.Values.Any(kept => kept.Order > ReadOrder);

    private bool IsAwaited => Load is not null || !Reads.IsEmpty;

    // The epoch in which the set came, and when it began in the order of what begins.
    private EpochAt SetEpoch { get; init; }

    private int SetBegan { get; init; }

    // A validUntil that had passed, and was read once more, is overlooked up to an instant.
    private int ExpiredReads { get; init; }

    private TimeSpan ServedUntil { get; init; }

    private DateTimeOffset ServedUpTo { get; init; } = DateTimeOffset.MaxValue;

    // News of a set, where nothing is known yet; and of usages without their entitlement.
    private KeptSet? Set { get; init; }

    private ImmutableSortedDictionary<string, KeptUse> Uses { get; init; } = NoUses;

    // The last usage that came by itself.
    private int UseOrder { get; init; }

    /// <summary>The present epoch.</summary>
    public EpochAt Present(int node) => new(node, Epoch);

    /// <summary>Something may have changed, and nothing tells what.</summary>
    public EntryModel Invalidated() => this with { Epoch = Epoch + 1 };

    /// <summary>What is left of it when its actor ends: what memory shows. A usage in hand is lost: another read knows it.</summary>
    public EntryModel WithoutActor()
    {
        if (!IsShown)
            return Nothing with { Reads = Reads };
        var left = KeepsUnmatched ? Invalidated() : this;
        return left with { Set = null, Uses = NoUses, UseOrder = 0 };
    }

    /// <summary>How far it can be trusted.</summary>
    /// <param name="now">The present.</param>
    /// <param name="utc">The same by the wall clock.</param>
    /// <param name="stream">The stream of updates.</param>
    /// <param name="node">How often everything was invalidated.</param>
    public Trust Judge(TimeSpan now, DateTimeOffset utc, StreamModel stream, int node)
    {
        if (Known!.ValidUntil <= utc
            && (now >= ServedUntil || Known.Grants.Values.Any(grant => grant.ValidUntil > ServedUpTo && grant.ValidUntil <= utc)))
            return Trust.Expired;
        var isSinceUp = stream.UpSince is { } up && ReadStart >= up;
        var age = now - (isSinceUp && stream.LastSign > ReadStart ? stream.LastSign : ReadStart);
        if (Known.IsUnknown && (now - ReadStart > TimeSpan.FromSeconds(60) || (!stream.IsUp && age > TimeSpan.FromSeconds(5))))
            return Trust.Expired;
        if (ReadEpoch.IsBefore(Present(node)))
            return Trust.Suspect;
        if (stream.IsUp)
            return !isSinceUp ? Trust.Suspect : IsUnconfirmed ? Trust.Revalidate : Trust.Fresh;
        return age > TimeSpan.FromSeconds(60) ? Trust.Suspect
            : age > TimeSpan.FromSeconds(10) || IsUnconfirmed ? Trust.Revalidate
            : Trust.Fresh;
    }

    /// <summary>A read failed.</summary>
    public EntryModel WithoutRead(int number)
    {
        var reads = Reads.RemoveAll(read => read.Number == number);
        return Known is null && reads.IsEmpty && Load is null
            ? this with { Reads = reads, Set = null, Uses = NoUses }
            : this with { Reads = reads };
    }

    /// <summary>A read brought something. It is news like any other; after an invalidation it counts whatever its date.</summary>
    public EntryModel WithRead(ReadModel read, Contents brought, TimeSpan now, DateTimeOffset utc)
    {
        var isFirst = Known is null;
        var counts = isFirst || SetEpoch.IsBefore(read.Epoch) || Counts(brought, read.Order, read.Epoch);
        var next = WithSet(brought, read.Order, read.Epoch, counts) with
        {
            Reads = Reads.Remove(read),
            // One that was overtaken before the load began confirms nothing.
            IsUnconfirmed = IsUnconfirmed && read.Epoch.IsBefore(SetEpoch),
        };
        if (isFirst || IsUnconfirmed || read.Order > ReadOrder)
            next = next with { ReadOrder = read.Order, ReadEpoch = read.Epoch, ReadStart = read.Start };
        // Another read has to tell where no date does: beside news without one, or where something that had a date has gone.
        var isLeftOpen = isFirst ? false
            : counts ? read.Order < SetBegan && Known!.IsOlderByLossThan(brought)
            : !read.Epoch.IsBefore(SetEpoch) && (!DatesDecide(brought, Known!)
                || (read.Order > SetBegan && brought.IsOlderByLossThan(Known!))
                // Nobody followed what happened between the save and the load.
                || (IsUnconfirmed && brought.Date < Known!.Date));
        if (isLeftOpen)
            next = next.Invalidated();
        if (next.Set is { } kept)
            next = (next with { Set = null }).WithNewsOver(kept);
        next = next.WithUsesApplied(read.Order);

        var isExpired = next.Known!.ValidUntil <= utc;
        var expired = isExpired ? ExpiredReads + 1 : 0;
        return next with
        {
            ExpiredReads = expired,
            // 5 s, doubled up to 60 s with the jitter's share of it.
            ServedUntil = isExpired ? now + TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, expired - 1), 40)) : TimeSpan.Zero,
            ServedUpTo = isExpired ? utc : DateTimeOffset.MaxValue,
        };
    }

    /// <summary>
    /// A load found something. It is older than any invalidation of the entry that was heard of, and than what concerned everybody since it
    /// began.
    /// </summary>
    public EntryModel WithLoaded(Contents found)
    {
        if (Known is not null || Load is not { } load)
            return this with { Load = null };
        var epoch = new EpochAt(load.Node, 0);
        var next = this with
        {
            Load = null,
            Known = found,
            IsUnconfirmed = true,
            ReadEpoch = epoch,
            ReadStart = load.Start,
            ReadOrder = load.Order,
            SetEpoch = epoch,
            SetBegan = 0,
            SetChanged = load.Order,
        };
        if (next.Set is { } kept)
            next = (next with { Set = null }).WithNewsOver(kept);
        return next.WithUsesApplied(null);
    }

    /// <summary>News of the set came.</summary>
    public EntryModel WithNews(Contents set, int order, int node)
    {
        var news = new KeptSet(set, order, Present(node));
        if (Known is not null)
            return WithNewsOver(news).WithUsesApplied(null);
        if (!IsAwaited)
            return this;
        if (Set is not { } kept)
            return this with { Set = news };
        var next = this with
        {
            Set = set.IsEmpty || set.Date >= kept.Contents.Date
                ? news with { Contents = Merged(set, kept.Contents, otherArrives: false) }
                : kept with { Contents = Merged(kept.Contents, set, otherArrives: true) },
        };
        return !DatesDecide(set, kept.Contents) || set.IsOlderByLossThan(kept.Contents) ? next.Invalidated() : next;
    }

    /// <summary>News of a usage came.</summary>
    public EntryModel WithNews(string feature, Use use, int order)
    {
        if (Known is null || !Known.Grants.TryGetValue(feature, out var grant))
            return Known is null && !IsAwaited ? this : WithKept(feature, use, order);
        return use.Beats(grant.Use, CloudWords.IsIncremental(feature))
            ? this with { Known = Known.With(feature, use), UseOrder = Math.Max(UseOrder, order) }
            : this;
    }

    /// <summary>A report's answer came: news; where it does not tell the period it keeps the known one, and a read has to tell.</summary>
    public EntryModel WithReported(string feature, Use use, int order)
    {
        if (Known is null || !Known.Grants.TryGetValue(feature, out var grant) || !LacksPeriod(use, grant))
            return WithNews(feature, use, order);
        var isOfKnown = use.Date >= grant.Use.From && use.Date < grant.Use.To;
        return WithNews(feature, isOfKnown ? use with { From = grant.Use.From, To = grant.Use.To } : use, order).Invalidated();
    }

    private static bool LacksPeriod(Use use, Grant grant) => use.To is null && grant.Use.To is not null;

    private static bool DatesDecide(Contents one, Contents other) => (!one.IsEmpty && !other.IsEmpty) || one.IsSameSetAs(other);

    private EntryModel WithNewsOver(KeptSet news)
    {
        var next = WithSet(news.Contents, news.Order, news.Epoch, Counts(news.Contents, news.Order, news.Epoch));
        if (news.Order < SetBegan || news.Epoch.IsBefore(SetEpoch))
            return next;
        return !DatesDecide(news.Contents, Known!) || news.Contents.IsOlderByLossThan(Known!) ? next.Invalidated() : next;
    }

    // The later date; where there is none, or the same, what began later. Nothing of before an invalidation takes the place of what came
    // after it.
    private bool Counts(Contents arriving, int order, EpochAt epoch)
    {
        if (epoch.IsBefore(SetEpoch))
            return false;
        return arriving.IsEmpty || Known!.IsEmpty || arriving.Date == Known.Date ? order > SetBegan : arriving.Date > Known.Date;
    }

    private EntryModel WithSet(Contents arriving, int order, EpochAt epoch, bool counts)
    {
        if (Known is null)
            return this with { Known = arriving, SetEpoch = epoch, SetBegan = order, SetChanged = order };
        if (!counts)
            return this with { Known = Merged(Known, arriving, otherArrives: true) };
        var next = this with
        {
            Known = Merged(arriving, Known, otherArrives: false),
            SetEpoch = epoch.IsBefore(SetEpoch) ? SetEpoch : epoch,
            SetBegan = Math.Max(order, SetBegan),
            SetChanged = arriving.IsSameSetAs(Known) ? SetChanged : Math.Max(order, SetChanged),
        };
        foreach (var (feature, gone) in Known.Grants.Where(one => !arriving.Grants.ContainsKey(one.Key)))
            next = next.WithKept(feature, gone.Use, Math.Max(order, UseOrder));
        return next;
    }

    // No usage is lost to an older one, whichever set stays.
    private static Contents Merged(Contents stays, Contents other, bool otherArrives)
    {
        foreach (var (feature, theirs) in other.Grants)
        {
            if (!stays.Grants.TryGetValue(feature, out var mine))
                continue;
            var isIncremental = CloudWords.IsIncremental(feature);
            if (otherArrives ? theirs.Use.Beats(mine.Use, isIncremental) : !mine.Use.Beats(theirs.Use, isIncremental))
                stays = stays.With(feature, theirs.Use);
        }

        return stays;
    }

    private EntryModel WithKept(string feature, Use use, int order)
    {
        var kept = Uses.GetValueOrDefault(feature) ?? new KeptUse(use, use, order);
        return this with
        {
            Uses = Uses.SetItem(feature, new KeptUse(
                use.Beats(kept.Latest, isIncremental: false) ? use : kept.Latest,
                use.Beats(kept.Highest, isIncremental: true) ? use : kept.Highest,
                order)),
        };
    }

    // A read that began after a usage had come knows whether there is its entitlement, and a report's period.
    private EntryModel WithUsesApplied(int? readOrder)
    {
        var next = this;
        foreach (var (feature, kept) in Uses)
        {
            var isKnownToRead = kept.Order < readOrder;
            if (!next.Known!.Grants.TryGetValue(feature, out var grant))
            {
                next = isKnownToRead ? next with { Uses = next.Uses.Remove(feature) } : next;
                continue;
            }

            next = (next with { Uses = next.Uses.Remove(feature) })
                .WithNews(feature, kept.Highest, kept.Order)
                .WithNews(feature, kept.Latest, kept.Order);
            if (kept.Latest.IsReported && !isKnownToRead && LacksPeriod(kept.Latest, grant))
                next = next.Invalidated();
        }

        return next;
    }

    private sealed record KeptSet(Contents Contents, int Order, EpochAt Epoch);

    // The meter is not known yet: it decides which of the two counts.
    private sealed record KeptUse(Use Latest, Use Highest, int Order);
}
