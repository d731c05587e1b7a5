using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Every order of events, up to a length, against a model.</summary>
public partial class EntryStateSpecs
{
    private static readonly Lazy<Interleavings> AllShortRuns = new(() =>
    {
        var interleavings = new Interleavings();
        // The last event, another tie of dates, is left to the long runs.
        interleavings.Explore(length: 6, Enum.GetValues<Event>()[..^1]);
        return interleavings;
    });

    public static TheoryData<string> Invariants() => [.. Interleavings.Invariants];

    [Theory]
    [MemberData(nameof(Invariants))]
    public void In_every_order_of_events(string invariant) =>
        AllShortRuns.Value.Broken.GetValueOrDefault(invariant).Should().BeNull();

    [Fact]
    public void The_orders_tried_are_many() => AllShortRuns.Value.Steps.Should().BeGreaterThan(100_000);

    [Property(Arbitrary = [typeof(LongRuns)], MaxTest = 20_000)]
    public void In_long_runs_of_events_every_invariant_holds(Event[] events)
    {
        var run = new Interleavings();

        run.Run(events);

        run.Broken.Should().BeEmpty();
    }

    public static class LongRuns
    {
        public static Arbitrary<Event[]> All() =>
            Arb.From(Gen.Elements(Enum.GetValues<Event>()).ArrayOf(40), events => Enumerable.Range(0, events.Length)
                .Select(i => events.Where((_, j) => j != i).ToArray()));
    }
}
