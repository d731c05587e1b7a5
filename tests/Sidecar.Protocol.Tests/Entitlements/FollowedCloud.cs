using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>What can happen between a cloud, the stream of its news, its answers to reads, and an entry that follows it.</summary>
public enum Happening
{
    SetChanges,
    UsageChanges,
    ReportIsAcknowledged,
    FeatureGoes,
    SetIsEmptied,
    ChangesWithoutSaying,
    IsPublished,
    OldestNewsArrives,
    LatestNewsArrives,
    OldestNewsArrivesTwice,
    Question,
    OldestReadIsServed,
    OldestReadEnds,
    LatestReadEnds,
    OldestReadFails,
    StreamDrops,
    StreamComesUp,
    LatestEntitlementGoesUnheard,
    EntitlementComes,
    LatestEntitlementGoes,
    KeyIsReplaced,
    OwnerStops,
    IsEvicted,
    LoadBegins,
    LoadFinds,
    LoadFindsNothing,
    AnotherStores,
}

/// <summary>
/// An entry that follows a cloud which really changes. What the cloud says at an instant is what it is then; its news may come late, in any
/// order, twice, or be lost with the connection; a read is served at some instant between its start and its end.
/// </summary>
internal sealed record FollowedCloud
{
    private const string OtherFeature = "feature-2";
    private static readonly FreshnessRules Rules = new();

    public static readonly FollowedCloud Start = new();

    private EntryState Entry { get; init; } = EntryState.Empty;

    private long Source { get; init; }

    private Truth Cloud { get; init; } = new(Version: 1, UsageVersion: 1, Form.WithFeature);

    private ImmutableList<Told> InTransit { get; init; } = [];

    private ImmutableDictionary<long, EntitlementState> Served { get; init; } = ImmutableDictionary<long, EntitlementState>.Empty;

    // What the persistent cache holds: what was decided last, by whatever way, here or by another program.
    private EntitlementState? Stored { get; init; }

    // What a load that is under way will find: what was there when it began.
    private EntitlementState? Found { get; init; }

    private StreamState Stream { get; init; } = new(IsUp: true, TimeSpan.Zero, TimeSpan.Zero);

    private long NodeEpoch { get; init; }

    private long Number { get; init; }

    // The version of the usage that the newest acknowledged report has brought.
    private int AcknowledgedUsage { get; init; }

    private Moment Now => Given.Moment(TimeSpan.FromMilliseconds(Number));

    private Freshness? Trust => Entry.View is { } view ? Rules.Judge(view, Now, Stream, NodeEpoch) : null;

    /// <summary>Whether what is trusted is what is true: where nothing is on its way, whatever is fresh is right.</summary>
    public bool IsRight => !Stream.IsUp || !InTransit.IsEmpty || Trust != Freshness.Fresh || IsTrue(Entry.Known!);

    /// <summary>Whether what answers is no older than the newest report that was acknowledged, whatever is on its way.</summary>
    public bool IsNotBehindReports => Trust is not (Freshness.Fresh or Freshness.Revalidate)
        || Entry.Known!.FindFeature(Given.FeatureId) is not { } known
        || known.Usage.UpdatedAt >= Given.Day(AcknowledgedUsage);

    /// <summary>Whether the entry is what the cloud is.</summary>
    public bool HasSettled => Trust == Freshness.Fresh && IsTrue(Entry.Known!);

    /// <summary>The limit that answers.</summary>
    public double? KnownLimit => Entry.Known!.FindFeature(Given.FeatureId)?.UsageLimit;

    /// <summary>Whether nothing has happened but that time has passed.</summary>
    public bool IsSameAs(FollowedCloud other) => this with { Number = other.Number } == other;

    public FollowedCloud After(Happening happening)
    {
        var next = (this with { Number = Number + 1, Entry = Entry.OfSource(Source) }).Then(happening);
        return next.Entry is { Known: { } known, IsUndecided: false } ? next with { Stored = known } : next;
    }

    /// <summary>Everything arrives, every read ends, and somebody asks until nothing is left to read.</summary>
    public FollowedCloud Settled()
    {
        var next = Stream.IsUp ? this : After(Happening.StreamComesUp);
        while (!next.InTransit.IsEmpty)
            next = next.After(Happening.OldestNewsArrives);
        next = next.After(Happening.LoadFinds);
        for (var round = 0; round < 4; round++)
        {
            next = next.After(Happening.Question);
            while (!next.Entry.Reads.IsEmpty)
                next = next.After(Happening.OldestReadIsServed).After(Happening.OldestReadEnds);
        }

        return next;
    }

    public override string ToString() => $"{Cloud}, known {Entry.Known?.UpdatedAt:d} {Trust}, {InTransit.Count} on their way";

    private FollowedCloud Then(Happening happening) => happening switch
    {
        Happening.SetChanges => Changed(Cloud.Next(Form.WithFeature), Told.Kind.Set),
        Happening.FeatureGoes => Changed(Cloud.Next(Form.WithoutFeature), Told.Kind.Set),
        Happening.SetIsEmptied => Changed(Cloud.Next(Form.Empty), Told.Kind.Set),
        Happening.ChangesWithoutSaying => Changed(Cloud.Next(Form.WithFeature), Told.Kind.Changed),
        Happening.IsPublished => Changed(Cloud.Next(Form.WithFeature), Told.Kind.Published),
        Happening.UsageChanges => Changed(Cloud with { UsageVersion = Cloud.UsageVersion + 1 }, Told.Kind.Usage),
        Happening.ReportIsAcknowledged => Reported(),
        Happening.OldestNewsArrives when !InTransit.IsEmpty => Arrived(InTransit[0]) with { InTransit = InTransit.RemoveAt(0) },
        Happening.LatestNewsArrives when !InTransit.IsEmpty => Arrived(InTransit[^1]) with { InTransit = InTransit.RemoveAt(InTransit.Count - 1) },
        Happening.OldestNewsArrivesTwice when !InTransit.IsEmpty => Arrived(InTransit[0]),
        Happening.Question when Trust is not Freshness.Fresh => Reading(),
        Happening.OldestReadIsServed when Entry.Reads.FirstOrDefault(r => !Served.ContainsKey(r.Number)) is { } read =>
            this with { Served = Served.Add(read.Number, Cloud.Says()) },
        Happening.OldestReadEnds when Entry.Reads.FirstOrDefault(r => Served.ContainsKey(r.Number)) is { } read => Ended(read),
        Happening.LatestReadEnds when Entry.Reads.LastOrDefault(r => Served.ContainsKey(r.Number)) is { } read => Ended(read),
        Happening.OldestReadFails when !Entry.Reads.IsEmpty => this with { Entry = Entry.WithoutRead(Entry.Reads[0].Number) },
        Happening.StreamDrops when Stream.IsUp => this with { InTransit = [], Stream = Stream with { IsUp = false, LastSignOfLife = Now.Uptime } },
        Happening.StreamComesUp when !Stream.IsUp => this with { Stream = new(IsUp: true, Now.Uptime, Now.Uptime), NodeEpoch = NodeEpoch + 1 },
        // What is left of the set has an older date than what went.
        Happening.LatestEntitlementGoesUnheard when !Stream.IsUp => this with { Cloud = Cloud.Next(Form.WithFeature) with { Date = -Cloud.Version } },
        Happening.EntitlementComes when Cloud.Form == Form.WithFeature =>
            Changed(Cloud.Next(Form.WithBoth) with { Date = Cloud.DateOfFeature, Limit = Cloud.LimitOfFeature }, Told.Kind.Set),
        // What is left of the set has the date that it had before the latest one came. Nothing tells the two sets apart, but their order
        // of arrival: what is late is not followed here.
        Happening.LatestEntitlementGoes when Cloud.Form == Form.WithBoth && InTransit.IsEmpty => Heard(
            Cloud.Next(Form.WithFeature) with { Date = Cloud.Date, Limit = Cloud.Limit }),
        // Of another environment, all is new, whatever its dates; the stream connects anew.
        Happening.KeyIsReplaced => this with
        {
            Cloud = new Truth(Version: 1, UsageVersion: 1, Form.WithFeature),
            InTransit = [],
            Stream = Stream.IsUp ? Stream with { IsUp = false, LastSignOfLife = Now.Uptime } : Stream,
            Source = Number,
            // What was counted in the other environment says nothing of this one.
            AcknowledgedUsage = 0,
            NodeEpoch = NodeEpoch + 1,
        },
        // An owner stops when it has nothing to do; what only it knows would be lost.
        Happening.OwnerStops when Entry.Reads.IsEmpty && Entry.Load is null && Entry.Known is not null => this with
        {
            Entry = EntryState.From((Entry.HasUnmatchedUsages ? Entry.Invalidated() : Entry).View!),
        },
        Happening.IsEvicted when Entry.Reads.IsEmpty && Entry.Load is null => this with { Entry = EntryState.Empty },
        Happening.LoadBegins when Entry.Known is null && Entry.Load is null && Stored is not null => this with
        {
            Entry = Entry.WithLoad(Number, NodeEpoch, Now.Uptime),
            Found = Stored,
        },
        Happening.LoadFinds when Entry.Load is { } load => this with { Entry = Entry.WithLoaded(load.Number, Found!) },
        Happening.LoadFindsNothing when Entry.Load is { } load => this with { Entry = Entry.WithoutLoad(load.Number), Stored = null },
        // Another program has read the cloud. What is known and decided here would take its place again.
        Happening.AnotherStores when Entry.IsUndecided || Entry is { Known: null, Load: null } => this with { Stored = Cloud.Says() },
        _ => this,
    };

    private FollowedCloud Heard(Truth next)
    {
        var changed = Changed(next, Told.Kind.Set);
        return changed.InTransit.IsEmpty ? changed : changed.Arrived(changed.InTransit[0]) with { InTransit = [] };
    }

    private FollowedCloud Changed(Truth next, Told.Kind kind) => this with
    {
        Cloud = next,
        InTransit = Stream.IsUp ? InTransit.Add(new Told(kind, next)) : InTransit,
    };

    // The cloud counts, tells so over the stream, and answers; the answer is taken over before anybody is told.
    private FollowedCloud Reported()
    {
        var next = Changed(Cloud with { UsageVersion = Cloud.UsageVersion + 1 }, Told.Kind.Usage);
        return next with
        {
            Entry = next.Entry.WithReported(Given.News(next.Cloud.Usage with { Reported = true }), Number),
            AcknowledgedUsage = next.Cloud.UsageVersion,
            // Where nothing is known nor on its way, it is not in what is stored either. While a set is undecided nothing is stored here; a
            // program that has stored one hears of what is used too.
            Stored = next.Entry is { Known: null, Load: null } ? null
                : next is { Entry.IsUndecided: true, Stored: { } stored } ? NewsOrder.With(stored, Given.News(next.Cloud.Usage))
                : next.Stored,
        };
    }

    private FollowedCloud Arrived(Told news) => news.What switch
    {
        Told.Kind.Set => this with { Entry = Entry.WithNews(news.Then.Says(), Number, NodeEpoch) },
        Told.Kind.Usage => this with { Entry = Entry.WithNews(Given.News(news.Then.Usage), Number) },
        Told.Kind.Changed => this with { Entry = Entry.Invalidated() },
        _ => this with { NodeEpoch = NodeEpoch + 1 },
    };

    private FollowedCloud Reading() => Entry.Shareable(NodeEpoch) is not null
        ? this
        : this with { Entry = Entry.WithRead(Number, NodeEpoch, Now.Uptime) };

    private FollowedCloud Ended(ReadUnderWay read)
    {
        var (entry, outcome) = Entry.WithResult(read.Number, Served[read.Number], NodeEpoch, Now, jitter: 0.5);
        var next = this with { Entry = entry, Served = Served.Remove(read.Number), Number = Number + 1 };
        return outcome == ReadOutcome.Outdated ? next.Reading() : next;
    }

    private bool IsTrue(EntitlementState known)
    {
        var truth = Cloud.Says();
        return known.IsSameSetAs(truth)
            && known.FindFeature(Given.FeatureId)?.Usage.Current == truth.FindFeature(Given.FeatureId)?.Usage.Current;
    }

    private enum Form
    {
        WithFeature,
        WithoutFeature,
        WithBoth,
        Empty,
    }

    // Each change has a date of its own, but for a set that is empty; usage and sets are dated apart.
    private sealed record Truth(int Version, int UsageVersion, Form Form)
    {
        // Where it is not the version.
        public int? Date { get; init; }

        public int? Limit { get; init; }

        public int DateOfFeature => Date ?? Version;

        public int LimitOfFeature => Limit ?? Version;

        public Usage Usage => Given.Used(UsageVersion, UsageVersion);

        public Truth Next(Form form) => this with { Version = Version + 1, Form = form, Date = null, Limit = null };

        public EntitlementState Says() => Form switch
        {
            Form.Empty => Given.Refused(AccessDeniedReason.CustomerIsArchived),
            Form.WithFeature => Given.Set(DateOfFeature, LimitOfFeature, UsageVersion, UsageVersion),
            Form.WithBoth => Given.State(
                Given.Set(DateOfFeature, LimitOfFeature, UsageVersion, UsageVersion).FindFeature(Given.FeatureId)!,
                Given.Boolean(OtherFeature) with { UpdatedAt = Given.Day(Version) }),
            _ => Given.State(Given.Boolean(OtherFeature) with { UpdatedAt = Given.Day(Version) }),
        };
    }

    private sealed record Told(Told.Kind What, Truth Then)
    {
        public enum Kind
        {
            Set,
            Usage,
            Changed,
            Published,
        }
    }
}
