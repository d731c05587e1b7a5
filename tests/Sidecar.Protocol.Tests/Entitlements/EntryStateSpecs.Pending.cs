using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>News during the first read, what the persistent cache brings, and sets that stay expired.</summary>
public partial class EntryStateSpecs
{
    private static readonly EntryState FirstRead = EntryState.Empty.WithRead(1, Node, TimeSpan.Zero);

    [Fact]
    public void News_of_an_entry_that_is_neither_known_nor_being_read_leaves_it_alone()
    {
        foreach (var entry in new[] { EntryState.Empty, EntryState.Empty.Invalidated(), FirstRead.WithoutRead(1) })
        {
            entry.WithNews(Given.Set(day: 1), 9, Node).Should().BeSameAs(entry);
            entry.WithNews(Archived, 9, Node).Should().BeSameAs(entry);
            entry.WithNews(Given.News(Given.Used(1, day: 1)), 9).Should().BeSameAs(entry);
        }
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(3, 3)]
    [InlineData(2, 9)]
    public void A_set_that_arrives_during_the_first_read_comes_after_its_result(int newsDay, double limit)
    {
        var waiting = FirstRead.WithNews(Given.Set(newsDay, limit: 3), 5, Node);
        waiting.View.Should().BeNull("it is kept, but it is no answer: usages and the like may be missing");

        var (entry, outcome) = Ended(waiting, 1, Given.Set(day: 3, limit: 9));

        outcome.Should().Be(ReadOutcome.Current);
        LimitOf(entry).Should().Be(limit);
        entry.View!.SetNumber.Should().Be(limit == 3 ? 5 : 1);
    }

    [Fact]
    public void An_empty_set_that_arrives_during_the_first_read_comes_after_its_result() =>
        Ended(FirstRead.WithNews(Archived, 5, Node), 1, Given.Set(day: 3)).Entry.Known!.AccessDeniedReason
            .Should().Be(AccessDeniedReason.CustomerIsArchived);

    [Theory]
    [InlineData(4, 4)]
    [InlineData(3, 4)]
    [InlineData(2, 9)]
    public void A_usage_that_arrives_during_the_first_read_comes_after_its_result(int newsDay, double used)
    {
        var waiting = FirstRead.WithNews(Given.News(Given.Used(4, newsDay)), 9);

        var entry = Ended(waiting, 1, Given.Set(day: 1, usageDay: 3, used: 9)).Entry;

        Given.UsageIn(entry.Known!).Current.Should().Be(used);
    }

    [Fact]
    public void Of_several_sets_during_the_first_read_the_newest_is_kept_with_the_newest_usage()
    {
        var sets = new[]
        {
            Given.Set(5, limit: 5, usageDay: 5, used: 5), Given.Set(4, limit: 4, usageDay: 7, used: 7), Given.Set(6, limit: 6),
        };
        foreach (var order in new[] { new[] { 0, 1, 2 }, [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
        {
            var waiting = order.Aggregate(FirstRead, (entry, i) => entry.WithNews(sets[i], 5 + i, Node));

            var entry = Ended(waiting, 1, Given.Set(day: 1)).Entry;

            LimitOf(entry).Should().Be(6);
            Given.UsageIn(entry.Known!).Current.Should().Be(7);
        }
    }

    [Theory]
    [InlineData(MeterType.Incremental)]
    [InlineData(MeterType.Fluctuating)]
    public void Of_several_usages_during_the_first_read_the_newest_is_kept(MeterType meter)
    {
        var usages = new[] { Given.Used(5, day: 5), Given.Used(7, day: 7), Given.Used(6, day: 6) };
        foreach (var order in new[] { new[] { 0, 1, 2 }, [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
        {
            var waiting = order.Aggregate(FirstRead, (entry, i) => entry.WithNews(Given.News(usages[i]), 9));

            var entry = Ended(waiting, 1, Given.State(Given.Metered(100, meter: meter))).Entry;

            Given.UsageIn(entry.Known!).Current.Should().Be(7);
        }
    }

    [Theory]
    [InlineData(9, 8)]
    [InlineData(8, 9)]
    public void Of_two_counts_of_one_date_during_the_first_read_an_incremental_meters_higher_one_counts(double first, double second)
    {
        var waiting = FirstRead.WithNews(Given.News(Given.Used(first, day: 5)), 9).WithNews(Given.News(Given.Used(second, day: 5)), 9);

        var entry = Ended(waiting, 1, Given.State(Given.Metered(100))).Entry;

        Given.UsageIn(entry.Known!).Current.Should().Be(9, "at the same date and period the higher count of an incremental meter wins");
    }

    [Property(Arbitrary = [typeof(NewsOrderSpecs.Usages)], MaxTest = 500)]
    public void Usages_that_arrive_during_the_first_read_count_as_if_they_had_come_after_it(
        NewsOrderSpecs.Shuffled shuffled, bool isIncremental)
    {
        var meter = isIncremental ? MeterType.Incremental : MeterType.Fluctuating;
        var result = Given.State(Given.Metered(9, meter: meter) with { Usage = Given.Used(2, day: 4, period: 1) });

        var during = Ended(shuffled.Usages.Aggregate(FirstRead, (entry, usage) => entry.WithNews(Given.News(usage), 9)), 1, result).Entry;
        var after = shuffled.Usages.Aggregate(Ended(FirstRead, 1, result).Entry, (entry, usage) => entry.WithNews(Given.News(usage), 9));

        Given.UsageIn(during.Known!).Should().Be(Given.UsageIn(after.Known!));
    }

    [Theory]
    [InlineData(256, 0)]
    [InlineData(257, 1)]
    [InlineData(300, 44)]
    public void Usages_kept_for_the_first_read_are_bounded_and_the_oldest_go(int count, int lost)
    {
        var days = Enumerable.Range(1, count).ToList();
        foreach (var order in new[] { days, days.AsEnumerable().Reverse(), days.OrderBy(day => day * 7919 % 307) })
        {
            var waiting = order.Aggregate(FirstRead, (entry, day) => entry.WithNews(UsageOf(day, day), 9));

            UsagesAfterRead(waiting, count).Should().Equal(days.Select(day => day <= lost ? 0.0 : day));
        }
    }

    [Fact]
    public void A_usage_that_is_kept_already_makes_room_for_its_successor()
    {
        var days = Enumerable.Range(1, EntryState.MaxPendingUsages).ToList();
        var full = days.Aggregate(FirstRead, (entry, day) => entry.WithNews(UsageOf(day, day), 9));

        UsagesAfterRead(full.WithNews(UsageOf(9, day: 999), 9), days.Count)
            .Should().Equal(days.Select(day => day == 9 ? 999.0 : day));
    }

    private static UsageNews UsageOf(int feature, int day) => new(new($"f{feature:D3}", IsCredit: false), Given.Used(day, day));

    // What a read shows that knows all of the features, but nothing of what is used of them.
    private static IEnumerable<double> UsagesAfterRead(EntryState waiting, int features)
    {
        var result = Given.State([.. Enumerable.Range(1, features).Select(i =>
            Given.Metered(1) with { Feature = Given.Metered(1).Feature with { Id = $"f{i:D3}" }, Usage = Usage.None })]);
        return Ended(waiting, 1, result).Entry.Known!.All().Select(e => e.Usage.Current);
    }

    [Fact]
    public void What_was_kept_for_a_read_goes_with_the_last_read()
    {
        var failed = FirstRead.WithNews(Archived, 2, Node).WithNews(Given.News(Given.Used(9, day: 9)), 9).WithoutRead(1);

        var entry = Ended(failed.WithRead(3, Node, TimeSpan.Zero), 3, Given.Set(day: 1, limit: 3)).Entry;

        LimitOf(entry).Should().Be(3, "the mark goes with the last waiter, and the next read began after the news");
    }

    [Fact]
    public void What_was_kept_for_two_reads_stays_while_one_goes_on()
    {
        var waiting = FirstRead.Invalidated().WithRead(2, Node, TimeSpan.Zero).WithNews(Given.Set(day: 5, limit: 5), 3, Node);

        LimitOf(Ended(waiting.WithoutRead(1), 2, Given.Set(day: 1)).Entry).Should().Be(5);
    }

    [Fact]
    public void A_set_kept_since_an_invalidation_is_not_replaced_by_an_older_one_of_the_read_that_follows()
    {
        var waiting = FirstRead.Invalidated().WithNews(Given.Set(day: 5, limit: 5), 2, Node);
        var (outdated, outcome) = Ended(waiting, 1, Given.Set(day: 3, limit: 3));
        (outcome, LimitOf(outdated)).Should().Be((ReadOutcome.Outdated, 5));

        var repeated = Ended(outdated.WithRead(4, Node, TimeSpan.Zero), 4, Given.Set(day: 4, limit: 4)).Entry;

        LimitOf(repeated).Should().Be(5, "within one epoch a read's result never overwrites a newer set");
    }

    [Fact]
    public void A_set_kept_since_before_an_invalidation_does_not_undo_the_read_that_began_after_it()
    {
        var waiting = FirstRead.WithNews(Archived, 2, Node).Invalidated().WithRead(3, Node, TimeSpan.Zero);

        LimitOf(Ended(waiting, 3, Given.Set(day: 1, limit: 1)).Entry).Should().Be(1);
    }

    [Fact]
    public void The_persistent_cache_brings_a_view_that_is_not_confirmed()
    {
        var entry = Loaded(EntryState.Empty, 4, Given.Set(day: 1), TimeSpan.FromSeconds(30));

        Essence(entry.View).Should().Be((TimeSpan.FromSeconds(30), Node, 4, 4, false, true, TimeSpan.Zero));
        Trust(entry).Should().Be(Freshness.Revalidate);
        Trust(Ended(entry.WithRead(5, Node, TimeSpan.Zero), 5, Given.Set(day: 1)).Entry).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void The_persistent_cache_does_not_replace_what_is_known()
    {
        var known = Known(Given.Set(day: 1));

        Loaded(known, 9, Given.Set(day: 9)).Should().Be(known);
        known.WithLoaded(9, Given.Set(day: 9)).Should().BeSameAs(known, "there is no such load");
    }

    [Fact]
    public void A_read_that_began_before_the_load_confirms_it_where_its_date_is_no_older()
    {
        var loaded = Loaded(FirstRead, 2, Given.Set(day: 2, limit: 2), TimeSpan.FromSeconds(9));
        loaded.Reads.Should().HaveCount(1);

        var entry = Ended(loaded, 1, Given.Set(day: 3, limit: 3)).Entry;

        LimitOf(entry).Should().Be(3);
        Trust(entry).Should().Be(Freshness.Fresh);
        entry.View!.ReadStartedAt.Should().Be(TimeSpan.Zero, "it rests on the read now");
    }

    [Fact]
    public void A_read_with_an_older_date_than_the_persistent_cache_s_is_made_again_and_counts_then()
    {
        var (first, outcome) = Ended(Loaded(FirstRead, 2, Given.Set(day: 2, limit: 2)), 1, Given.Set(day: 1, limit: 1));
        (outcome, LimitOf(first), Trust(first)).Should().Be((ReadOutcome.Outdated, 2, Freshness.Suspect), "the read may be behind");

        var second = Ended(first.WithRead(3, Node, TimeSpan.Zero), 3, Given.Set(day: 1, limit: 1)).Entry;
        (LimitOf(second), Trust(second)).Should().Be((1, Freshness.Fresh), "what was the latest has gone");
    }

    [Fact]
    public void News_that_was_kept_is_applied_to_what_the_persistent_cache_brings()
    {
        var waiting = FirstRead.WithNews(Given.Set(day: 5, limit: 5), 2, Node).WithNews(Given.News(Given.Used(6, day: 6)), 9);

        var loaded = Loaded(waiting, 10, Given.Set(day: 1, limit: 1));

        LimitOf(loaded).Should().Be(5);
        Given.UsageIn(loaded.Known!).Current.Should().Be(6);
    }

    [Fact]
    public void What_the_persistent_cache_holds_is_from_before_an_invalidation_that_its_owner_has_seen()
    {
        var loaded = Loaded(FirstRead.Invalidated(), 2, Given.Set(day: 1));

        Trust(loaded).Should().Be(Freshness.Suspect, "as it is when the two come the other way round");
        Trust(Loaded(FirstRead, 2, Given.Set(day: 1)).Invalidated()).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void News_that_comes_during_a_load_is_applied_to_what_it_finds()
    {
        var loading = Loading.WithNews(Given.Set(day: 5, limit: 5), 2, Node).WithReported(Given.News(Given.Used(6, day: 6)), 3);

        var loaded = loading.WithLoaded(1, Given.Set(day: 2, limit: 2));

        LimitOf(loaded).Should().Be(5);
        Given.UsageIn(loaded.Known!).Current.Should().Be(6);
        Trust(loaded).Should().Be(Freshness.Revalidate);
    }

    [Fact]
    public void News_that_comes_during_a_load_is_applied_to_what_the_read_after_it_brings()
    {
        var loading = Loading.WithReported(Given.News(Given.Used(6, day: 6)), 2);

        var read = loading.WithoutLoad(1).WithRead(3, Node, TimeSpan.Zero);

        Given.UsageIn(Ended(read, 3, Given.Set(day: 2, used: 5, usageDay: 5)).Entry.Known!).Current.Should().Be(6, "its date is the later one");
    }

    [Fact]
    public void A_read_that_fails_during_a_load_leaves_what_was_kept_to_the_load()
    {
        var loading = Loading.WithRead(2, Node, TimeSpan.Zero).WithReported(Given.News(Given.Used(6, day: 6)), 3).WithoutRead(2);

        Given.UsageIn(loading.WithLoaded(1, Given.Set(day: 2)).Known!).Current.Should().Be(6);
    }

    [Fact]
    public void News_older_than_what_a_load_finds_changes_nothing_of_it()
    {
        var loading = Loading.WithNews(Given.Set(day: 1, limit: 1), 2, Node).WithNews(Given.News(Given.Used(1, day: 1)), 3);

        var loaded = loading.WithLoaded(1, Given.Set(day: 5, limit: 5, used: 5, usageDay: 5));

        LimitOf(loaded).Should().Be(5);
        Given.UsageIn(loaded.Known!).Current.Should().Be(5);
    }

    [Fact]
    public void What_a_load_finds_is_suspect_where_an_invalidation_of_everything_came_while_it_was_under_way()
    {
        Trust(Loading.WithLoaded(1, Given.Set(day: 1)), Node + 1).Should().Be(Freshness.Suspect);
        Trust(Loaded(EntryState.Empty, 1, Given.Set(day: 1), node: Node + 1), Node + 1).Should().Be(Freshness.Revalidate, "it came before");
        Trust(Loading.Invalidated().WithLoaded(1, Given.Set(day: 1))).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void What_a_load_finds_that_began_before_the_source_changed_is_not_merged_with_what_came_after()
    {
        var loading = Loading.WithReported(Given.News(Given.Used(6, day: 6)), 2).OfSource(3);

        var loaded = loading.WithLoaded(1, Given.Set(day: 5, limit: 5));

        Given.UsageIn(loaded.Known!).Current.Should().NotBe(6, "it was counted at the source before");
        LimitOf(Ended(loaded.WithRead(4, Node, TimeSpan.Zero), 4, Given.Set(day: 1, limit: 1)).Entry).Should().Be(1, "its dates are another's");
    }

    [Fact]
    public void What_a_load_finds_after_the_source_changed_may_be_of_the_one_before()
    {
        var loaded = Loaded(EntryState.Empty.OfSource(3), 4, Given.Set(day: 9, limit: 9));

        Trust(loaded).Should().Be(Freshness.Suspect);
        var read = Ended(loaded.WithReported(Given.News(Given.Used(6, day: 6)), 5).WithRead(6, Node, TimeSpan.Zero), 6, Given.Set(day: 1, limit: 1)).Entry;
        LimitOf(read).Should().Be(1, "its dates may be another's");
        Given.UsageIn(read.Known!).Current.Should().Be(6);
        Trust(read).Should().Be(Freshness.Fresh);
    }

    private static EntryState Loading => EntryState.Empty.WithLoad(1, Node, TimeSpan.Zero);

    private static EntryState Loaded(EntryState entry, long number, EntitlementState found, TimeSpan uptime = default, long node = Node) =>
        entry.WithLoad(number, node, uptime).WithLoaded(number, found);
}
