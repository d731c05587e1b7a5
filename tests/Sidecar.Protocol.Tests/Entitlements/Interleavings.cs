using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Lets events happen to an entry and to its model, and compares the two after each.</summary>
internal sealed class Interleavings
{
    public const string OneRead = "at most one read is under way for an epoch";
    public const string Sharing = "only questions of the same epoch share a read";
    public const string Outcome = "a read that an invalidation overtook ends outdated, any other current";
    public const string Stranger = "a result of a read that is not under way is dropped";
    public const string Trust = "a view is trusted as far as its read began after the last invalidation";
    public const string Set = "no set takes the place of a newer one";
    public const string Usage = "no usage takes the place of a newer one";
    public const string SetNumber = "the set's number rises only when the set changes";
    public const string ReadNumber = "a view names the latest of the reads that it rests on";
    public const string Ignored = "news of an entry that is neither known nor being read or loaded leaves it alone";
    public const string RoundTrip = "an owner that starts anew publishes the view that it found";

    public static readonly string[] Invariants =
        [OneRead, Sharing, Outcome, Stranger, Trust, Set, Usage, SetNumber, ReadNumber, Ignored, RoundTrip];

    // A connection that has been up all the time: then trust is a matter of epochs alone.
    private static readonly StreamState Up = new(IsUp: true, TimeSpan.Zero, TimeSpan.FromDays(1));
    private static readonly FreshnessRules Rules = new();

    private readonly List<Event> _trail = [];

    /// <summary>The invariants that were seen broken, each with the first run of events that broke it.</summary>
    public Dictionary<string, string> Broken { get; } = [];

    /// <summary>How many events were tried.</summary>
    public int Steps { get; private set; }

    /// <summary>Every run of events up to a length, from nothing known; the shortest that break an invariant are found first.</summary>
    public void Explore(int length, IReadOnlyList<Event> events)
    {
        for (var i = 1; i <= length; i++)
            Explore(World.Start, i, events);
    }

    /// <summary>One run. Events that can't happen where they stand are passed over.</summary>
    public void Run(IEnumerable<Event> events)
    {
        World? world = World.Start;
        foreach (var e in events)
        {
            if (!world.Allows(e))
                continue;
            _trail.Add(e);
            world = Next(world, e);
            if (world is null)
                return;
        }
    }

    private void Explore(World world, int length, IReadOnlyList<Event> events)
    {
        if (length == 0)
            return;

        foreach (var e in events)
        {
            if (!world.Allows(e))
                continue;
            _trail.Add(e);
            // Once the two have parted ways, nothing more can be learned from the run; nor where nothing changed.
            if (Next(world, e) is { } next && !next.IsSameAs(world))
                Explore(next, length - 1, events);
            _trail.RemoveAt(_trail.Count - 1);
        }
    }

    private World? Next(World world, Event e)
    {
        Steps++;
        var isWhole = true;
        var next = world.After(e, (invariant, holds, seen) =>
        {
            if (holds)
                return;
            isWhole = false;
            Broken.TryAdd(invariant, $"after {string.Join(", ", _trail)}: {seen()}");
        });
        return isWhole ? next : null;
    }

    private delegate void Expect(string invariant, bool holds, Func<string> seen);

    private sealed record World(EntryState Entry, EntryModel Model, long Number, long NodeEpoch)
    {
        public static readonly World Start = new(EntryState.Empty, EntryModel.Empty, 0, 0);

        public bool IsSameAs(World other) =>
            ReferenceEquals(Entry, other.Entry) && Model == other.Model && NodeEpoch == other.NodeEpoch;

        private Moment Now => Given.Moment(Number);

        public bool Allows(Event e) => e switch
        {
            Event.OldestEndsEarlier or Event.OldestEndsLater or Event.OldestEndsEmpty or Event.OldestEndsAtTheNewsDate
                or Event.OldestFails => Model.Reads.Count > 0,
            Event.NewestEndsEarlier or Event.NewestEndsLater => Model.Reads.Count > 1,
            // A load that an invalidation may have overtaken has a spec of its own.
            Event.LoadBegins => Model is { Known: null, Load: null, WasInvalidated: false },
            Event.LoadFinds => Model is { Load: not null, WasInvalidated: false },
            Event.LoadFindsNothing => Model.Load is not null,
            Event.GoOnFromView => Model.Known is not null,
            _ => true,
        };

        public World After(Event e, Expect expect)
        {
            var next = e switch
            {
                Event.Ask => Asked(expect),
                Event.OldestEndsEarlier => Ended(Model.Reads[0], Brought.Earlier, expect),
                Event.OldestEndsLater => Ended(Model.Reads[0], Brought.Later, expect),
                Event.NewestEndsEarlier => Ended(Model.Reads[^1], Brought.Earlier, expect),
                Event.NewestEndsLater => Ended(Model.Reads[^1], Brought.Later, expect),
                Event.OldestEndsEmpty => Ended(Model.Reads[0], Brought.Empty, expect),
                Event.OldestEndsAtTheNewsDate => Ended(Model.Reads[0], Brought.AtTheNewsDate, expect),
                Event.OldestFails => this with
                {
                    Entry = Entry.WithoutRead(Model.Reads[0].Number),
                    Model = Model.Failed(Model.Reads[0]),
                },
                Event.Invalidate => this with { Entry = Entry.Invalidated(), Model = Model.Invalidated() },
                Event.RaiseNodeEpoch => this with { NodeEpoch = NodeEpoch + 1, Model = Model.WithNodeEpochRaised() },
                Event.SetNews => News(
                    Entry.WithNews(Brought.News.State, Number + 1, NodeEpoch), Model.WithSetNews(Brought.News, Number + 1)),
                Event.EmptySetNews => News(
                    Entry.WithNews(Brought.Empty.State, Number + 1, NodeEpoch), Model.WithSetNews(Brought.Empty, Number + 1)),
                Event.UsageNews => News(
                    Entry.WithNews(Given.News(Given.Used(EntryModel.UsageNewsDate, EntryModel.UsageNewsDate)), Number + 1), Model.WithUsageNews(Number + 1)),
                Event.LoadBegins => this with
                {
                    Entry = Entry.WithLoad(Number + 1, NodeEpoch, Now.Uptime),
                    Model = Model.LoadBegun(Number + 1),
                    Number = Number + 1,
                },
                Event.LoadFinds => this with { Entry = Entry.WithLoaded(Model.Load!.Number, Brought.Loaded.State), Model = Model.Loaded() },
                Event.LoadFindsNothing => this with { Entry = Entry.WithoutLoad(Model.Load!.Number), Model = Model.WithoutLoad() },
                Event.GoOnFromView => this with { Entry = EntryState.From(Entry.View!), Model = Model.WithoutReads() },
                Event.Forget => this with { Entry = EntryState.Empty, Model = Model.Forgotten() },
                _ => throw new ArgumentOutOfRangeException(nameof(e), e, "unknown"),
            };

            if (e is Event.SetNews or Event.EmptySetNews or Event.UsageNews && Model.Known is null && !Model.IsAwaited)
                expect(Ignored, ReferenceEquals(Entry, next.Entry), () => "it changed");
            if (e == Event.GoOnFromView)
                expect(RoundTrip, next.Entry.View == Entry.View, () => $"{next.Entry.View} of {Entry.View}");
            next.Check(expect);
            return next;
        }

        private World News(EntryState entry, EntryModel model) => this with { Entry = entry, Model = model, Number = Number + 1 };

        // A question shares what may be shared, and starts a read else: what an owner does.
        private World Asked(Expect expect)
        {
            var shared = Entry.Shareable(NodeEpoch);
            expect(Sharing, shared?.Number == Model.Shareable?.Number, () => $"{shared} in place of {Model.Shareable}");
            return Model.Shareable is not null
                ? this
                : this with
                {
                    Entry = Entry.WithRead(Number + 1, NodeEpoch, Now.Uptime),
                    Model = Model.Started(Number + 1),
                    Number = Number + 1,
                };
        }

        private World Ended(ModelRead read, Brought result, Expect expect)
        {
            var (entry, outcome) = Entry.WithResult(read.Number, result.State, NodeEpoch, Now, jitter: 0.5);
            var model = Model.Ended(read, result);
            var expected = read.Generation < model.Generation ? ReadOutcome.Outdated : ReadOutcome.Current;
            expect(Outcome, outcome == expected, () => $"{outcome} in place of {expected}");
            return this with { Entry = entry, Model = model };
        }

        private void Check(Expect expect)
        {
            expect(OneRead, Entry.Reads.Select(r => r.Epoch).Distinct().Count() == Entry.Reads.Length, () => $"{Entry.Reads.Length} reads");
            expect(Sharing, Entry.Shareable(NodeEpoch)?.Number == Model.Shareable?.Number, () => $"{Entry.Shareable(NodeEpoch)}");

            var (stranger, dropped) = Entry.WithResult(Number + 100, Brought.Later.State, NodeEpoch, Now, jitter: 0.5);
            expect(Stranger, ReferenceEquals(stranger, Entry) && dropped == ReadOutcome.Dropped, () => $"{dropped}");

            expect(Stranger, ReferenceEquals(Entry.WithLoaded(Number + 100, Brought.Later.State), Entry), () => "a load that is none");

            var view = Entry.View;
            Freshness? trust = view is null ? null : Rules.Judge(view, Now, Up, NodeEpoch);
            expect(Trust, trust == Model.Trust, () => $"{trust} in place of {Model.Trust}");
            if (view is null || Model.Known is not { } known)
                return;

            expect(Set, view.State.IsSameSetAs(known.Set.State), () => $"a set of limit {LimitOf(view.State)} in place of {known.Set}");
            var usage = view.State.FindFeature(Given.FeatureId)?.Usage;
            expect(
                Usage,
                usage is null ? known.Set.IsEmpty : usage.UpdatedAt == Given.Day(known.Usage) && usage.Current == known.Usage,
                () => $"{usage} in place of that of day {known.Usage}");
            expect(SetNumber, view.SetNumber == known.SetNumber, () => $"{view.SetNumber} in place of {known.SetNumber}");
            expect(ReadNumber, view.ReadNumber == known.ReadNumber, () => $"{view.ReadNumber} in place of {known.ReadNumber}");
        }

        private static double? LimitOf(EntitlementState state) => state.FindFeature(Given.FeatureId)?.UsageLimit;
    }
}
