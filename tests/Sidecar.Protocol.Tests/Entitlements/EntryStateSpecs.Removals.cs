using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>What goes: entitlements, and with another API key all that was known.</summary>
public partial class EntryStateSpecs
{
    [Fact]
    public void News_of_an_older_date_that_lacks_an_entitlement_has_the_entry_read_again()
    {
        var entry = ReadAt(EntryState.Empty, 1, SetOf(("a", 1), ("b", 2)));

        entry = entry.WithNews(SetOf(("a", 1)), number: 2, nodeEpoch: 0);
        TrustIn(entry).Should().Be(Freshness.Suspect, "it is late, or the latest entitlement has gone");
        entry = ReadAt(entry, 3, SetOf(("a", 1)));

        TrustIn(entry).Should().Be(Freshness.Fresh);
        entry.Known!.FindFeature("b").Should().BeNull();
    }

    [Fact]
    public void News_of_an_older_date_that_lacks_nothing_is_late_and_costs_no_read()
    {
        var entry = ReadAt(EntryState.Empty, 1, SetOf(("a", 2), ("b", 2)));

        entry = entry.WithNews(SetOf(("a", 1), ("b", 1)), number: 2, nodeEpoch: 0);

        TrustIn(entry).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void Two_reads_in_a_row_that_lack_an_entitlement_are_right_whatever_the_date()
    {
        var entry = ReadAt(EntryState.Empty, 1, SetOf(("a", 1), ("b", 2)));

        var (once, outcome) = entry.WithRead(2, 0, Given.Moment(2).Uptime).WithResult(2, SetOf(("a", 1)), 0, Given.Moment(2), 0.5);
        outcome.Should().Be(ReadOutcome.Outdated, "another read decides");
        once.Known!.FindFeature("b").Should().NotBeNull("one answer of an older date may be a copy that lags");
        var twice = ReadAt(once, 3, SetOf(("a", 1)));

        twice.Known!.FindFeature("b").Should().BeNull();
        TrustIn(twice).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void A_read_that_began_before_news_of_the_same_date_does_not_undo_it()
    {
        var entry = ReadAt(EntryState.Empty, 1, SetOf(("a", 1), ("b", 2))).WithRead(2, 0, Given.Moment(2).Uptime);
        entry = entry.WithNews(SetOf(("b", 2)), number: 3, nodeEpoch: 0);

        (entry, _) = entry.WithResult(2, SetOf(("a", 1), ("b", 2)), 0, Given.Moment(4), 0.5);

        entry.Known!.FindFeature("a").Should().BeNull();
    }

    [Fact]
    public void Usage_of_what_a_read_knew_to_be_gone_is_kept_but_nothing_depends_on_it()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(1, 100, usageDay: 5, used: 5));

        entry = ReadAt(entry, 2, SetOf(("other", 2)));

        entry.HasUnmatchedUsages.Should().BeFalse();
        entry.WithNews(Given.Set(3, 100, usageDay: 4, used: 4), 3, 0).Known!.FindFeature(Given.FeatureId)!.Usage.Current.Should().Be(5);
    }

    [Fact]
    public void Usage_news_that_came_during_the_read_which_found_its_entitlement_gone_is_in_doubt()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(1, 100, usageDay: 5, used: 5)).WithRead(2, 0, Given.Moment(2).Uptime);
        entry = entry.WithNews(Given.News(Given.Used(6, 6)), 3);

        (entry, _) = entry.WithResult(2, SetOf(("other", 2)), 0, Given.Moment(4), 0.5);

        entry.HasUnmatchedUsages.Should().BeTrue();
    }

    [Theory]
    [InlineData(EntryState.MaxPendingUsages, ReadOutcome.Current)]
    [InlineData(EntryState.MaxPendingUsages + 1, ReadOutcome.Outdated)]
    public void One_usage_more_than_are_kept_has_the_entry_read_again(int usages, ReadOutcome expected)
    {
        var entry = EntryState.Empty.WithRead(1, 0, Given.Moment(1).Uptime);
        for (var i = 0; i < usages; i++)
            entry = entry.WithNews(new UsageNews(new EntitlementReference($"feature-{i}", IsCredit: false), Given.Used(1, 3 + i)), 2 + i);

        entry.WithResult(1, Given.Set(1), 0, Given.Moment(400), 0.5).Outcome.Should().Be(expected);
    }

    [Fact]
    public void A_read_with_another_key_replaces_all_that_was_known_whatever_the_dates()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(9, 100, usageDay: 9, used: 100)).WithRead(2, 0, Given.Moment(2).Uptime);

        entry = ReadAt(entry.OfSource(since: 3), 4, Given.Set(1, 7, usageDay: 5, used: 3), nodeEpoch: 1);
        (entry, var ofTheFormer) = entry.WithResult(2, Given.Set(10, 100, usageDay: 10, used: 100), 1, Given.Moment(5), 0.5);

        ofTheFormer.Should().Be(ReadOutcome.Outdated);
        entry.Known!.FindFeature(Given.FeatureId).Should().BeEquivalentTo(new { UsageLimit = 7, Usage = new { Current = 3 } });
    }

    [Fact]
    public void Until_a_read_with_another_key_has_ended_what_was_known_answers()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(9, 100)).OfSource(since: 2).WithRead(3, 1, Given.Moment(3).Uptime);

        entry.WithoutRead(3).Known!.FindFeature(Given.FeatureId)!.UsageLimit.Should().Be(100);
    }

    [Fact]
    public void Usage_that_comes_with_another_key_waits_for_the_set_of_that_key()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(1, 100, usageDay: 9, used: 100)).OfSource(since: 2);

        entry = entry.WithNews(Given.News(Given.Used(4, 6)), 3);
        entry.Known!.FindFeature(Given.FeatureId)!.Usage.Current.Should().Be(100);
        entry = ReadAt(entry, 4, Given.Set(1, 100, usageDay: 5, used: 3), nodeEpoch: 1);

        entry.Known!.FindFeature(Given.FeatureId)!.Usage.Current.Should().Be(4);
    }

    [Fact]
    public void A_set_that_comes_with_another_key_replaces_what_was_known_whatever_the_dates()
    {
        var entry = ReadAt(EntryState.Empty, 1, Given.Set(9, 100, usageDay: 9, used: 100)).OfSource(since: 2);

        entry = entry.WithNews(Given.Set(1, 7, usageDay: 5, used: 3), 3, nodeEpoch: 1);

        entry.Known!.FindFeature(Given.FeatureId).Should().BeEquivalentTo(new { UsageLimit = 7, Usage = new { Current = 3 } });
    }

    private static EntitlementState SetOf(params (string Id, int Day)[] features) =>
        Given.State([.. features.Select(f => (Entitlement)(Given.Boolean(f.Id) with { UpdatedAt = Given.Day(f.Day) }))]);

    private static EntryState ReadAt(EntryState entry, long number, EntitlementState result, long nodeEpoch = 0) => entry
        .WithRead(number, nodeEpoch, Given.Moment(number).Uptime)
        .WithResult(number, result, nodeEpoch, Given.Moment(number), 0.5).Entry;

    private static Freshness TrustIn(EntryState entry) => new FreshnessRules().Judge(entry.View!, Given.Moment(10), Up, 0);
}
