using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Reads, their epochs and what becomes of their results.</summary>
public partial class EntryStateSpecs
{
    private const long Node = 7;

    private static readonly StreamState Up = new(IsUp: true, TimeSpan.Zero, TimeSpan.FromDays(1));
    private static readonly EntitlementState Archived = Given.Refused(AccessDeniedReason.CustomerIsArchived);

    [Fact]
    public void Of_an_entry_nothing_is_known_at_first()
    {
        EntryState.Empty.View.Should().BeNull();
        EntryState.Empty.Reads.Should().BeEmpty();
        EntryState.Empty.Shareable(Node).Should().BeNull();
    }

    [Fact]
    public void A_read_brings_a_view_that_is_as_old_as_the_reads_start()
    {
        var result = Given.Set(day: 1);

        var (entry, outcome) = Ended(EntryState.Empty.WithRead(3, Node, TimeSpan.FromSeconds(40)), 3, result);

        outcome.Should().Be(ReadOutcome.Current);
        entry.Reads.Should().BeEmpty();
        entry.View!.State.Should().BeSameAs(result);
        Essence(entry.View).Should().Be((TimeSpan.FromSeconds(40), Node, 3, 3, false, false, TimeSpan.Zero));
        Trust(entry).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void Questions_of_one_epoch_share_its_read()
    {
        var entry = EntryState.Empty.WithRead(1, Node, TimeSpan.Zero);

        entry.Shareable(Node)!.Number.Should().Be(1);
        entry.Shareable(Node + 1).Should().BeNull("the node's epoch was raised since");
        entry.Invalidated().Shareable(Node).Should().BeNull("the entry was invalidated since");

        var two = entry.Invalidated().WithRead(2, Node, TimeSpan.Zero);
        two.Shareable(Node)!.Number.Should().Be(2);
        two.Reads.Select(r => r.Number).Should().Equal([1, 2], "the older read goes on: its waiters get its answer");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_read_that_an_invalidation_overtook_ends_outdated_and_its_view_is_not_trusted(bool byNode)
    {
        var reading = EntryState.Empty.WithRead(1, Node, TimeSpan.Zero);
        var (invalidated, node) = byNode ? (reading, Node + 1) : (reading.Invalidated(), Node);

        var (entry, outcome) = Ended(invalidated, 1, Given.Set(day: 1), node);

        outcome.Should().Be(ReadOutcome.Outdated);
        Trust(entry, node).Should().Be(Freshness.Suspect);

        var (repeated, again) = Ended(entry.WithRead(2, node, TimeSpan.Zero), 2, Given.Set(day: 1), node);
        again.Should().Be(ReadOutcome.Current);
        Trust(repeated, node).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void A_result_of_a_read_that_is_not_under_way_is_dropped()
    {
        var reading = EntryState.Empty.WithRead(1, Node, TimeSpan.Zero);
        var ended = Ended(reading, 1, Given.Set(day: 1)).Entry;
        foreach (var entry in new[] { EntryState.Empty, reading.WithRead(2, Node, TimeSpan.Zero).WithoutRead(1), ended })
        {
            var (after, outcome) = Ended(entry, 1, Given.Set(day: 9));

            outcome.Should().Be(ReadOutcome.Dropped);
            after.Should().BeSameAs(entry);
        }

        Ended(EntryState.From(ended.WithRead(2, Node, TimeSpan.Zero).View!), 2, Given.Set(day: 9))
            .Outcome.Should().Be(ReadOutcome.Dropped, "an owner that starts anew has no reads of its predecessor");
    }

    [Fact]
    public void A_read_that_fails_leaves_what_is_known_and_the_other_reads()
    {
        var entry = Known(Given.Set(day: 1)).WithRead(5, Node, TimeSpan.Zero).Invalidated().WithRead(6, Node, TimeSpan.Zero);

        var after = entry.WithoutRead(5);

        after.View.Should().Be(entry.View);
        after.Reads.Select(r => r.Number).Should().Equal(6);
        after.WithoutRead(99).Reads.Should().Equal(after.Reads);
    }

    [Fact]
    public void Of_two_reads_that_end_out_of_order_the_later_start_counts()
    {
        var reading = EntryState.Empty.WithRead(1, Node, TimeSpan.FromSeconds(10))
            .Invalidated().WithRead(2, Node, TimeSpan.FromSeconds(20));

        var (second, _) = Ended(reading, 2, Given.Set(day: 2, limit: 2));
        var (first, outcome) = Ended(second, 1, Given.Set(day: 1, limit: 1));

        outcome.Should().Be(ReadOutcome.Outdated);
        Essence(first.View).Should().Be(Essence(second.View), "the older read has nothing to add");
        LimitOf(first).Should().Be(2);
        first.View!.ReadStartedAt.Should().Be(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public void Within_one_epoch_a_result_replaces_a_set_that_is_not_newer(int resultDay, bool replaces)
    {
        var entry = Known(Given.Set(day: 5, limit: 5)).WithRead(9, Node, TimeSpan.Zero);

        var (after, outcome) = Ended(entry, 9, Given.Set(resultDay, limit: 9));

        outcome.Should().Be(ReadOutcome.Current);
        LimitOf(after).Should().Be(replaces ? 9 : 5);
        after.View!.ReadNumber.Should().Be(9, "in either case the read has confirmed what is known");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void A_read_that_began_after_an_invalidation_replaces_the_set_whatever_the_dates(int resultDay)
    {
        var entry = Known(Given.Set(day: 5, limit: 5)).Invalidated().WithRead(9, Node, TimeSpan.Zero);

        LimitOf(Ended(entry, 9, Given.Set(resultDay, limit: 9)).Entry).Should().Be(9);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_read_that_began_before_an_invalidation_never_replaces_a_set_from_after_it_and_is_repeated(int resultDay)
    {
        var reading = EntryState.Empty.WithRead(1, Node, TimeSpan.Zero).Invalidated().WithRead(2, Node, TimeSpan.Zero);
        var known = Ended(reading, 2, Given.Set(day: 5, limit: 5)).Entry;

        var (entry, outcome) = Ended(known, 1, Given.Set(resultDay, limit: 9));

        (LimitOf(entry), outcome).Should().Be((5, ReadOutcome.Outdated));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_result_replaces_a_newer_usage(bool isNewEpoch)
    {
        var entry = Known(Given.Set(day: 1)).WithNews(Given.News(Given.Used(8, day: 8)), 9);
        if (isNewEpoch)
            entry = entry.Invalidated();

        var older = Ended(entry.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 9, usageDay: 7, used: 7)).Entry;
        var newer = Ended(entry.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 9, usageDay: 9, used: 9)).Entry;

        Given.UsageIn(older.Known!).Current.Should().Be(8);
        Given.UsageIn(newer.Known!).Current.Should().Be(9);
    }

    [Fact]
    public void A_set_that_is_not_taken_over_still_brings_its_newer_usage()
    {
        var known = Known(Given.Set(day: 5, limit: 5, usageDay: 1, used: 1));
        var older = Given.Set(day: 4, limit: 4, usageDay: 9, used: 9);

        foreach (var after in new[] { Ended(known.WithRead(9, Node, TimeSpan.Zero), 9, older).Entry, known.WithNews(older, 9, Node) })
        {
            LimitOf(after).Should().Be(5);
            Given.UsageIn(after.Known!).Current.Should().Be(9);
        }
    }

    [Fact]
    public void News_of_an_older_set_is_not_taken_over_even_after_an_invalidation()
    {
        var known = Known(Given.Set(day: 5, limit: 5)).Invalidated();

        LimitOf(known.WithNews(Given.Set(day: 4, limit: 4), 9, Node)).Should().Be(5);
        LimitOf(known.WithNews(Given.Set(day: 5, limit: 4), 9, Node)).Should().Be(4);
        known.WithNews(Archived, 9, Node).Known!.IsEmpty.Should().BeTrue("an empty set has no date and always wins");
    }

    [Fact]
    public void A_set_that_came_after_an_invalidation_is_not_replaced_by_an_older_one_of_the_read_that_follows()
    {
        var known = Known(Given.Set(day: 1, limit: 1)).Invalidated().WithNews(Given.Set(day: 5, limit: 5), 8, Node);
        Trust(known).Should().Be(Freshness.Suspect, "news is no read");

        LimitOf(Ended(known.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 4, limit: 4)).Entry).Should().Be(5);
    }

    [Fact]
    public void An_owner_that_starts_anew_knows_too_that_a_set_came_after_an_invalidation()
    {
        var known = Known(Given.Set(day: 1, limit: 1)).Invalidated().WithNews(Given.Set(day: 5, limit: 5), 8, Node);

        var anew = EntryState.From(known.View!);

        LimitOf(Ended(anew.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 4, limit: 4)).Entry)
            .Should().Be(5, "within one epoch a read's result never overwrites a newer set");
    }

    [Fact]
    public void A_read_does_not_undo_an_empty_set_that_came_after_its_start()
    {
        var reading = Known(Given.Set(day: 1)).WithRead(8, Node, TimeSpan.Zero).WithNews(Archived, 9, Node);

        Ended(reading, 8, Given.Set(day: 2)).Entry.Known!.IsEmpty
            .Should().BeTrue("it was archived after the read began: the news is newer than the result");
        Ended(reading.Invalidated().WithRead(10, Node, TimeSpan.Zero), 8, Given.Set(day: 2)).Entry.Known!.IsEmpty
            .Should().BeTrue("nor does it after an invalidation");

        var told = Known(Archived).WithRead(8, Node, TimeSpan.Zero).WithNews(Archived, 9, Node);
        Ended(told, 8, Given.Set(day: 2)).Entry.Known!.IsEmpty.Should().BeTrue("what is told again is news too");
    }

    [Fact]
    public void A_set_that_came_as_news_over_an_empty_one_is_undecided_until_a_read_that_began_after_it_ends()
    {
        var undecided = Known(Archived).WithRead(8, Node, TimeSpan.Zero).WithNews(Given.Set(day: 2), 9, Node);
        IsUndecided(undecided).Should().BeTrue();
        IsUndecided(EntryState.From(undecided.View!)).Should().BeTrue();
        IsUndecided(undecided.WithNews(Given.Set(day: 3), 10, Node)).Should().BeTrue("it may be late as well");
        IsUndecided(Ended(undecided, 8, Given.Set(day: 2)).Entry).Should().BeTrue("that read may have been answered before");
        IsUndecided(undecided.WithNews(Archived, 10, Node)).Should().BeFalse("an empty set always wins");

        var reading = undecided.WithRead(11, Node, TimeSpan.Zero);
        IsUndecided(Ended(reading, 11, Given.Set(day: 1)).Entry).Should().BeFalse();
        IsUndecided(Ended(reading, 11, Archived).Entry).Should().BeFalse();
        IsUndecided(Ended(reading.WithNews(Given.Set(day: 3), 12, Node), 11, Given.Set(day: 2)).Entry)
            .Should().BeFalse("the read knows of the empty one, and dates tell the others apart");
    }

    [Fact]
    public void A_set_that_came_over_an_empty_one_before_anything_was_known_is_undecided_too()
    {
        var pending = EntryState.Empty.WithRead(7, Node, TimeSpan.Zero).WithNews(Archived, 8, Node).WithNews(Given.Set(day: 3), 9, Node);

        IsUndecided(Ended(pending, 7, Given.Set(day: 2)).Entry).Should().BeTrue("it may be archived since");
        IsUndecided(Ended(pending, 7, Given.Set(day: 3)).Entry).Should().BeTrue("nothing tells that what it brought is not from before");
        IsUndecided(Ended(pending, 7, Given.Set(day: 4)).Entry).Should().BeTrue("nor that what it brought came after");
        IsUndecided(Ended(pending, 7, Archived).Entry).Should().BeTrue();
        IsUndecided(Ended(pending.WithNews(Given.Set(day: 4), 10, Node), 7, Given.Set(day: 2)).Entry).Should().BeTrue("it may be late as well");
        IsUndecided(Ended(pending.WithNews(Given.Set(day: 1), 10, Node), 7, Given.Set(day: 2)).Entry).Should().BeTrue();
        IsUndecided(Ended(pending.WithNews(Archived, 10, Node), 7, Given.Set(day: 2)).Entry).Should().BeFalse("an empty set always wins");

        var first = Ended(pending, 7, Given.Set(day: 2)).Entry;
        IsUndecided(Ended(first.WithRead(10, Node, TimeSpan.Zero), 10, Given.Set(day: 3)).Entry).Should().BeFalse();
    }

    [Fact]
    public void A_read_that_began_after_all_that_came_before_anything_was_known_decides()
    {
        var pending = EntryState.Empty.WithRead(7, Node, TimeSpan.Zero).WithNews(Archived, 8, Node).WithNews(Given.Set(day: 3), 9, Node)
            .WithRead(10, Node, TimeSpan.Zero);

        IsUndecided(Ended(pending, 10, Given.Set(day: 2)).Entry).Should().BeFalse();
        IsUndecided(Ended(pending, 10, Given.Set(day: 3)).Entry).Should().BeFalse();
        Ended(pending, 10, Archived).Entry.Known!.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_set_that_came_over_an_empty_one_during_a_load_is_undecided_whatever_is_stored()
    {
        var pending = EntryState.Empty.WithLoad(7, Node, TimeSpan.Zero).WithNews(Archived, 8, Node).WithNews(Given.Set(day: 3), 9, Node);

        foreach (var stored in new[] { Given.Set(day: 2), Given.Set(day: 3), Given.Set(day: 4), Archived })
        {
            var loaded = pending.WithLoaded(7, stored);
            IsUndecided(loaded).Should().BeTrue();
            IsUndecided(Ended(loaded.WithRead(10, Node, TimeSpan.Zero), 10, Given.Set(day: 4)).Entry).Should().BeFalse();
        }
    }

    [Fact]
    public void A_read_that_is_overtaken_does_not_undo_an_empty_set_that_a_later_read_brought()
    {
        var reading = Known(Given.Set(day: 1)).WithRead(8, Node, TimeSpan.Zero).Invalidated().WithRead(9, Node, TimeSpan.Zero);
        var archived = Ended(reading, 9, Archived).Entry;

        Ended(archived, 8, Given.Set(day: 2)).Entry.Known!.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_read_that_finds_nothing_does_not_undo_a_set_that_came_after_its_start()
    {
        var unknown = Known(Given.Refused(AccessDeniedReason.CustomerNotFound));
        var provisioned = unknown.WithRead(8, Node, TimeSpan.Zero).WithNews(Given.Set(day: 1, limit: 1), 9, Node);

        var (after, _) = Ended(provisioned, 8, Given.Refused(AccessDeniedReason.CustomerNotFound));

        LimitOf(after).Should().Be(1, "the customer was created after the read began: the news is newer than the result");
    }

    [Fact]
    public void A_read_that_began_after_an_empty_set_replaces_it()
    {
        var archived = Known(Given.Set(day: 1)).WithNews(Archived, 8, Node);

        LimitOf(Ended(archived.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 1, limit: 9)).Entry).Should().Be(9);
    }

    [Fact]
    public void The_sets_number_rises_only_when_the_set_changes()
    {
        var known = Known(Given.Set(day: 5, limit: 5), number: 3);

        Read(known, Given.Set(day: 5, limit: 5)).View!.SetNumber.Should().Be(3, "the same set again");
        Read(known, Given.Set(day: 5, limit: 5, usageDay: 9, used: 9)).View!.SetNumber.Should().Be(3, "usage does not count");
        Read(known, Given.Set(day: 4, limit: 4)).View!.SetNumber.Should().Be(3, "an older set");
        Read(known.Invalidated(), Given.Set(day: 5, limit: 5)).View!.SetNumber.Should().Be(3, "the same set after an invalidation");
        Read(known, Given.Set(day: 5, limit: 6)).View!.SetNumber.Should().Be(9, "another set");
        Read(known, Archived).View!.SetNumber.Should().Be(9, "an empty set");
        known.Invalidated().View!.SetNumber.Should().Be(3);
        known.WithNews(Given.News(Given.Used(9, day: 9)), 9).View!.SetNumber.Should().Be(3);
        known.WithNews(Given.Set(day: 5, limit: 5), 9, Node).View!.SetNumber.Should().Be(3);
        known.WithNews(Given.Set(day: 4, limit: 4), 9, Node).View!.SetNumber.Should().Be(3);
        known.WithNews(Given.Set(day: 6, limit: 5), 9, Node).View!.SetNumber.Should().Be(9);

        static EntryState Read(EntryState entry, EntitlementState result) => Ended(entry.WithRead(9, Node, TimeSpan.Zero), 9, result).Entry;
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void An_owner_that_starts_anew_goes_on_from_the_view_it_finds(bool isInvalidated, bool isUnconfirmed)
    {
        var view = new EntitlementView(Given.Set(day: 1), TimeSpan.FromSeconds(3), Node, ReadNumber: 4, SetNumber: 2)
        {
            IsInvalidated = isInvalidated,
            IsUnconfirmed = isUnconfirmed,
            ServeExpiredUntil = TimeSpan.FromSeconds(50),
        };

        var entry = EntryState.From(view);

        Essence(entry.View).Should().Be(Essence(view));
        entry.View!.State.Should().BeSameAs(view.State);
        entry.Reads.Should().BeEmpty();
        Trust(entry).Should().Be(isInvalidated ? Freshness.Suspect : isUnconfirmed ? Freshness.Revalidate : Freshness.Fresh);
        Trust(Ended(entry.WithRead(9, Node, TimeSpan.Zero), 9, Given.Set(day: 1)).Entry).Should().Be(Freshness.Fresh);
    }

    private static (TimeSpan ReadStartedAt, long Node, long Read, long Set, bool Invalidated, bool Unconfirmed, TimeSpan ServeExpiredUntil)
        Essence(EntitlementView? view) =>
        (view!.ReadStartedAt, view.NodeEpoch, view.ReadNumber, view.SetNumber, view.IsInvalidated, view.IsUnconfirmed,
            view.ServeExpiredUntil);

    private static EntryState Known(EntitlementState state, long number = 1) =>
        Ended(EntryState.Empty.WithRead(number, Node, TimeSpan.Zero), number, state).Entry;

    private static (EntryState Entry, ReadOutcome Outcome) Ended(
        EntryState entry, long number, EntitlementState result, long node = Node, double seconds = 0, double jitter = 0.5) =>
        entry.WithResult(number, result, node, Given.Moment(seconds), jitter);

    private static Freshness Trust(EntryState entry, long node = Node) => new FreshnessRules().Judge(entry.View!, Given.Moment(), Up, node);

    private static bool IsUndecided(EntryState entry)
    {
        entry.View!.IsUndecided.Should().Be(entry.IsUndecided);
        return entry.IsUndecided;
    }

    private static double? LimitOf(EntryState entry) => entry.Known!.FindFeature(Given.FeatureId)?.UsageLimit;
}
