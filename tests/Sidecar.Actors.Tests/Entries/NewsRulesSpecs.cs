using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What news makes of an entry.</summary>
public sealed class NewsRulesSpecs
{
    private const long Number = 10;
    private static readonly EntryKey Key = new("customer");
    private static readonly EntryState Known = EntryState.From(States.ViewOf(States.Metered(day: 3, usageDay: 3, used: 5)));

    [Fact]
    public void Later_set_takes_the_place_of_the_known_one()
    {
        var (after, outcome) = Take(Known, new EntitlementsReplaced(Key, States.Metered(day: 4, limit: 50)));

        outcome.Should().Be(NewsOutcome.Applied);
        after.Known!.FindFeature("calls")!.UsageLimit.Should().Be(50);
        UsedOf(after).Should().Be(5, "that is later than what the set tells");
    }

    [Fact]
    public void Older_set_is_told_as_older_also_where_its_usage_is_the_later_one()
    {
        var (after, outcome) = Take(Known, new EntitlementsReplaced(Key, States.Metered(day: 2, limit: 50, usageDay: 4, used: 7)));

        outcome.Should().Be(NewsOutcome.Older);
        after.Known!.FindFeature("calls")!.UsageLimit.Should().Be(100);
        UsedOf(after).Should().Be(7);
    }

    [Theory]
    [InlineData(4, NewsOutcome.Applied, 7)]
    [InlineData(2, NewsOutcome.Older, 5)]
    public void Usage_counts_where_it_is_later(int day, NewsOutcome expected, double used)
    {
        var (after, outcome) = Take(Known, new UsageSet(Key, States.Used(7, day)));

        outcome.Should().Be(expected);
        UsedOf(after).Should().Be(used);
    }

    [Fact]
    public void Reported_usage_outranks_another_of_the_same_date()
    {
        var usage = States.Used(4, day: 4);
        var (reported, outcome) = Take(Known, new UsageSet(Key, usage with { Usage = usage.Usage with { Reported = true } }));
        outcome.Should().Be(NewsOutcome.Applied);

        var (after, second) = Take(reported, new UsageSet(Key, States.Used(3, day: 4)));

        second.Should().Be(NewsOutcome.Older);
        UsedOf(after).Should().Be(4);
    }

    [Fact]
    public void Change_that_is_not_told_takes_trust_away_and_nothing_else()
    {
        var (after, outcome) = Take(Known, new EntryChanged(Key, NewsKind.Usage));

        outcome.Should().Be(NewsOutcome.Applied);
        after.View!.IsInvalidated.Should().BeTrue();
        after.Known.Should().BeSameAs(Known.Known);
    }

    [Fact]
    public void News_of_what_is_not_known_concerns_nobody()
    {
        var (after, outcome) = Take(EntryState.Empty, new UsageSet(Key, States.Used(7, day: 4)));

        outcome.Should().Be(NewsOutcome.NotHeld);
        after.Should().BeSameAs(EntryState.Empty);
    }

    private static (EntryState After, NewsOutcome Outcome) Take(EntryState before, EntryNews news)
    {
        var after = NewsRules.Applied(before, news, Number, nodeEpoch: 0);
        return (after, NewsRules.OutcomeOf(before, after, news, Number));
    }

    private static double UsedOf(EntryState state) => state.Known!.FindFeature("calls")!.Usage.Current;
}
