using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Entitlements;

public class NewsOrderSpecs
{
    private const MeterType Incremental = MeterType.Incremental;
    private const MeterType Fluctuating = MeterType.Fluctuating;

    public static TheoryData<string, MeterType, Usage, Usage> LaterOverEarlier() => new()
    {
        { "the later date", Incremental, Given.Used(1, day: 2), Given.Used(9, day: 1) },
        { "the later date, though of an older period", Incremental, Given.Used(1, day: 2, period: 0), Given.Used(9, day: 1, period: 30) },
        { "the later date, though not reported", Incremental, Given.Used(1, day: 2), Given.Used(9, day: 1, reported: true) },
        { "one date: the later period", Incremental, Given.Used(1, day: 5, period: 30), Given.Used(9, day: 5, period: 0) },
        { "one date: any period over none", Incremental, Given.Used(1, day: 5, period: 0), Given.Used(9, day: 5) },
        { "one date: the later period, though not reported", Fluctuating, Given.Used(1, day: 5, period: 30),
            Given.Used(1, day: 5, period: 0, reported: true) },
        { "one period: the higher count of an incremental meter", Incremental, Given.Used(9, day: 5), Given.Used(8, day: 5) },
        { "one period: the higher count, though not reported", Incremental, Given.Used(9, day: 5), Given.Used(8, day: 5, reported: true) },
        { "one count: the report over the stream", Incremental, Given.Used(9, day: 5, reported: true), Given.Used(9, day: 5) },
        { "one period of a fluctuating meter: the report, though lower", Fluctuating, Given.Used(3, day: 5, reported: true),
            Given.Used(9, day: 5) },
        { "one period of credits: the report, though lower", MeterType.Unspecified, Given.Used(3, day: 5, reported: true),
            Given.Used(9, day: 5) },
    };

    [Theory]
    [MemberData(nameof(LaterOverEarlier))]
    public void Of_two_usages_one_counts_in_whatever_order_they_arrive(string rule, MeterType meter, Usage winner, Usage loser)
    {
        NewsOrder.Supersedes(winner, loser, meter).Should().BeTrue(rule);
        NewsOrder.Supersedes(loser, winner, meter).Should().BeFalse(rule);
    }

    public static TheoryData<string, MeterType, Usage, Usage> Ties() => new()
    {
        { "a fluctuating meter's counts", Fluctuating, Given.Used(1, day: 5), Given.Used(9, day: 5) },
        { "credits' counts", MeterType.Unspecified, Given.Used(1, day: 5), Given.Used(9, day: 5) },
        { "two reports", Fluctuating, Given.Used(1, day: 5, reported: true), Given.Used(9, day: 5, reported: true) },
        { "the same twice", Incremental, Given.Used(1, day: 5, period: 0), Given.Used(1, day: 5, period: 0) },
    };

    [Theory]
    [MemberData(nameof(Ties))]
    public void Where_nothing_else_decides_the_usage_that_arrives_counts(string tie, MeterType meter, Usage one, Usage other)
    {
        NewsOrder.Supersedes(one, other, meter).Should().BeTrue(tie);
        NewsOrder.Supersedes(other, one, meter).Should().BeTrue(tie);
    }

    [Fact]
    public void The_date_is_an_instant_whatever_zone_it_is_written_in() =>
        NewsOrder.Supersedes(
            Given.Used(1, day: 1) with { UpdatedAt = Given.Date("2026-01-01T10:00+03:00") },
            Given.Used(1, day: 1) with { UpdatedAt = Given.Date("2026-01-01T08:00Z") },
            Fluctuating).Should().BeFalse("07:00 UTC is before 08:00 UTC");

    public static TheoryData<string, EntitlementState, EntitlementState, bool> Sets() => new()
    {
        { "a later set over an earlier one", Given.Set(day: 2), Given.Set(day: 1), true },
        { "an earlier set over a later one", Given.Set(day: 1), Given.Set(day: 2), false },
        { "a set of the same date: arrival", Given.Set(day: 2, limit: 1), Given.Set(day: 2, limit: 9), true },
        { "an empty set over any", Given.State(), Given.Set(day: 9), true },
        { "an empty set with a reason over any", Given.Refused(AccessDeniedReason.CustomerIsArchived), Given.Set(day: 9), true },
        { "any set over an empty one", Given.Set(day: 1), Given.State(), true },
        { "a set without a date over an empty one", Given.State(Given.Boolean()), Given.State(), true },
        { "a set without a date over one with a date", Given.State(Given.Boolean()), Given.Set(day: 1), false },
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_set_takes_a_known_ones_place_by_its_date(string which, EntitlementState arriving, EntitlementState known, bool isLater) =>
        NewsOrder.Supersedes(arriving, known).Should().Be(isLater, which);

    [Fact]
    public void A_usage_reaches_the_entitlement_it_names_and_no_other()
    {
        var known = Given.State(Given.Metered(9), Given.Boolean("other"), Given.Credits(9, id: Given.FeatureId), Given.Credits(9));

        var after = NewsOrder.With(known, new UsageNews(new(Given.FeatureId, IsCredit: true), Given.Used(4, day: 4)));

        after.FindCredit(Given.FeatureId)!.Usage.Should().Be(Given.Used(4, day: 4));
        after.FindFeature(Given.FeatureId)!.Usage.Should().Be(known.FindFeature(Given.FeatureId)!.Usage);
        after.FindCredit(Given.CurrencyId)!.Usage.Should().Be(known.FindCredit(Given.CurrencyId)!.Usage);
        after.IsSameSetAs(known).Should().BeTrue();

        NewsOrder.With(known, Given.News(Given.Used(5, day: 4))).FindFeature(Given.FeatureId)!.Usage.Current.Should().Be(5);
    }

    [Fact]
    public void News_that_changes_nothing_leaves_the_state_itself()
    {
        var known = Given.Set(day: 1, usageDay: 5);

        NewsOrder.With(known, Given.News(Given.Used(9, day: 4))).Should().BeSameAs(known, "it is older");
        NewsOrder.With(known, new UsageNews(new("nobody", IsCredit: false), Given.Used(9, day: 9))).Should().BeSameAs(known);
        NewsOrder.With(known, new UsageNews(new(Given.FeatureId, IsCredit: true), Given.Used(9, day: 9))).Should().BeSameAs(known);
    }

    [Fact]
    public void The_meter_is_the_features_and_credits_have_none()
    {
        NewsOrder.MeterOf(Given.Metered(1, 0, Incremental)).Should().Be(Incremental);
        NewsOrder.MeterOf(Given.Metered(1, 0, Fluctuating)).Should().Be(Fluctuating);
        NewsOrder.MeterOf(Given.Boolean()).Should().Be(MeterType.Unspecified);
        NewsOrder.MeterOf(Given.Credits(1)).Should().Be(MeterType.Unspecified);
    }

    [Theory]
    [InlineData(7, 5, 7)]
    [InlineData(5, 7, 7)]
    public void Whichever_set_is_kept_the_later_usage_is(int usageOfKept, int usageOfOther, int expected)
    {
        var kept = Given.Set(day: 3, limit: 3, usageDay: usageOfKept, used: usageOfKept);
        var other = Given.Set(day: 1, limit: 1, usageDay: usageOfOther, used: usageOfOther);

        foreach (var merged in new[] { NewsOrder.Replacing(kept, other), NewsOrder.WithUsagesOf(kept, other) })
        {
            merged.IsSameSetAs(kept).Should().BeTrue();
            Given.UsageIn(merged).Current.Should().Be(expected);
        }
    }

    [Fact]
    public void Where_nothing_else_decides_the_arriving_usage_counts_in_a_merge_too()
    {
        var (arriving, known) = (Given.Set(3, usageDay: 5, used: 1), Given.Set(1, usageDay: 5, used: 9));

        Given.UsageIn(NewsOrder.Replacing(arriving, known)).Current.Should().Be(1);
        Given.UsageIn(NewsOrder.WithUsagesOf(known, arriving)).Current.Should().Be(1);
    }

    [Theory]
    [InlineData(EntitlementResetPeriod.Day, 0)]
    [InlineData(EntitlementResetPeriod.Week, 3)]
    public void Under_another_plan_a_set_keeps_its_own_usage_of_the_same_date(EntitlementResetPeriod period, int anchor)
    {
        var weekly = Given.State(Given.Metered(10) with
        {
            ResetPeriod = EntitlementResetPeriod.Week,
            UsagePeriodAnchor = Given.Day(0),
            Usage = Given.Used(3, day: 9, period: 7),
        });
        var before = Given.State(Given.Metered(10) with
        {
            ResetPeriod = period,
            UsagePeriodAnchor = Given.Day(anchor),
            Usage = Given.Used(3, day: 9, period: 9),
        });

        Given.UsageIn(NewsOrder.Replacing(weekly, before)).PeriodStart.Should().Be(Given.Day(7));
        Given.UsageIn(NewsOrder.WithUsagesOf(weekly, before)).PeriodStart.Should().Be(Given.Day(7));
    }

    [Fact]
    public void A_merge_that_changes_nothing_leaves_the_set_itself()
    {
        var kept = Given.Set(day: 3, usageDay: 7);

        NewsOrder.Replacing(kept, Given.Set(day: 1, usageDay: 5)).Should().BeSameAs(kept);
        NewsOrder.WithUsagesOf(kept, Given.State(Given.Boolean("other"))).Should().BeSameAs(kept);
    }

    [Fact]
    public void A_merge_does_not_mix_a_feature_and_a_currency_of_one_id()
    {
        var kept = Given.State(Given.Credits(9, id: Given.FeatureId));

        NewsOrder.Replacing(kept, Given.Set(day: 1, usageDay: 9, used: 7)).Should().BeSameAs(kept);
    }

    [Property(Arbitrary = [typeof(Usages)], MaxTest = 300)]
    public void Usages_of_distinct_dates_end_in_the_same_one_in_any_order(Shuffled shuffled, bool isIncremental)
    {
        var distinct = shuffled.Usages.DistinctBy(u => u.UpdatedAt).ToList();
        var known = Given.State(Given.Metered(9, 0, isIncremental ? Incremental : Fluctuating) with { Usage = Usage.None });

        var end = Given.UsageIn(distinct.Aggregate(known, (state, usage) => NewsOrder.With(state, Given.News(usage))));

        end.Should().Be(distinct.MaxBy(u => u.UpdatedAt) ?? Usage.None);
    }

    [Property(Arbitrary = [typeof(Usages)], MaxTest = 300)]
    public void Usages_of_one_date_end_alike_in_any_order_but_for_what_arrival_decides(Shuffled shuffled, bool isIncremental)
    {
        var known = Given.State(Given.Metered(9, 0, isIncremental ? Incremental : Fluctuating) with { Usage = Usage.None });

        var end = Given.UsageIn(shuffled.Usages.Aggregate(known, (state, usage) => NewsOrder.With(state, Given.News(usage))));

        Rank(end).Should().Be(shuffled.Usages.Append(Usage.None).Max(Rank));

        (DateTimeOffset, DateTimeOffset, double, bool) Rank(Usage usage) =>
            (usage.UpdatedAt, usage.PeriodStart ?? DateTimeOffset.MinValue, isIncremental ? usage.Current : 0, usage.Reported);
    }

    [Property(Arbitrary = [typeof(Usages)], MaxTest = 300)]
    public void A_usage_never_goes_back_in_date(Shuffled shuffled)
    {
        var state = Given.Set(day: 1);
        foreach (var usage in shuffled.Usages)
        {
            var next = NewsOrder.With(state, Given.News(usage));
            Given.UsageIn(next).UpdatedAt.Should().BeOnOrAfter(Given.UsageIn(state).UpdatedAt).And.BeOnOrAfter(usage.UpdatedAt);
            state = next;
        }
    }

    [Property(Arbitrary = [typeof(Usages)], MaxTest = 300)]
    public void Sets_of_distinct_dates_end_in_the_same_one_in_any_order_and_usages_survive_them(Shuffled shuffled)
    {
        // Each set brings a usage of a date of its own: the latest set and the latest usage need not come together.
        var sets = shuffled.Usages.Select((u, i) => (Set: u.UpdatedAt, Usage: u with { UpdatedAt = Given.Day(u.UpdatedAt.Day * 7 % 31) }))
            .DistinctBy(s => s.Set).DistinctBy(s => s.Usage.UpdatedAt)
            .Select(s => Given.State(Given.Metered(s.Set.Day, 0, Fluctuating) with { UpdatedAt = s.Set, Usage = s.Usage }))
            .ToList();
        if (sets.Count == 0)
            return;

        var end = sets.Aggregate((known, arriving) =>
            NewsOrder.Supersedes(arriving, known) ? NewsOrder.Replacing(arriving, known) : NewsOrder.WithUsagesOf(known, arriving));

        end.IsSameSetAs(sets.MaxBy(s => s.UpdatedAt)!).Should().BeTrue();
        Given.UsageIn(end).Should().Be(sets.Select(Given.UsageIn).MaxBy(u => u.UpdatedAt));
    }

    /// <summary>Usages in the order of their arrival, many of them of one date, period or count.</summary>
    public sealed record Shuffled(IReadOnlyList<Usage> Usages);

    public static class Usages
    {
        public static Arbitrary<Shuffled> All()
        {
            var usages =
                from day in Gen.Choose(1, 9)
                from count in Gen.Choose(0, 3)
                from period in Gen.Choose(-1, 2)
                from reported in Gen.Choose(0, 1)
                select Given.Used(count, day, period < 0 ? null : period, reported == 1);
            return Arb.From(
                from list in usages.ListOf()
                from shuffled in Gen.Shuffle<Usage>(list)
                select new Shuffled(shuffled));
        }
    }
}
