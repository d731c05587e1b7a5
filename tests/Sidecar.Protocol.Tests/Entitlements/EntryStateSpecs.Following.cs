using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>An entry beside a cloud that changes: whatever is lost, late or shuffled, what is trusted is true in the end.</summary>
public partial class EntryStateSpecs
{
    private const int ShortRun = 5;

    [Fact]
    public void In_every_order_of_changes_news_and_reads_what_is_fresh_is_what_the_cloud_says_and_in_the_end_it_is_the_newest()
    {
        var steps = 0;
        Explore(Asked(), [], ShortRun);
        Explore(FollowedCloud.Start, [], ShortRun);

        steps.Should().BeGreaterThan(500_000);

        // Known, and followed since.
        static FollowedCloud Asked() => FollowedCloud.Start
            .After(Happening.Question).After(Happening.OldestReadIsServed).After(Happening.OldestReadEnds);

        void Explore(FollowedCloud world, Happening[] trail, int length)
        {
            foreach (var happening in Enum.GetValues<Happening>())
            {
                var next = world.After(happening);
                Happening[] way = [.. trail, happening];
                steps++;
                if (!next.IsRight || !next.IsNotBehindReports || !next.Settled().HasSettled)
                    Assert.Fail($"after {string.Join(", ", way)}: {next}, settled: {next.Settled()}");
                // Where nothing happened nothing more can be learned.
                if (length > 1 && !next.IsSameAs(world))
                    Explore(next, way, length - 1);
            }
        }
    }

    [Property(Arbitrary = [typeof(Histories)], MaxTest = 20_000)]
    public void In_long_histories_what_is_fresh_is_what_the_cloud_says_and_in_the_end_it_is_the_newest(Happening[] history)
    {
        var world = FollowedCloud.Start;
        foreach (var happening in history)
        {
            world = world.After(happening);
            world.IsRight.Should().BeTrue(world.ToString());
            world.IsNotBehindReports.Should().BeTrue(world.ToString());
        }

        world.Settled().HasSettled.Should().BeTrue(world.Settled().ToString());
    }

    [Fact]
    public void News_kept_since_before_a_gap_does_not_undo_the_read_after_it_whatever_its_date()
    {
        Happening[] history =
        [
            Happening.Question, Happening.FeatureGoes, Happening.OldestNewsArrivesTwice, Happening.StreamDrops,
            Happening.LatestEntitlementGoesUnheard, Happening.StreamComesUp, Happening.Question, Happening.OldestReadFails,
        ];

        history.Aggregate(FollowedCloud.Start, (world, happening) => world.After(happening)).Settled().HasSettled.Should().BeTrue();
    }

    [Fact]
    public void Read_that_began_before_a_removal_does_not_undo_it()
    {
        Happening[] history =
        [
            Happening.KeyIsReplaced, Happening.Question, Happening.OldestReadIsServed, Happening.EntitlementComes, Happening.StreamComesUp,
            Happening.Question, Happening.OldestReadIsServed, Happening.LatestEntitlementGoes,
        ];

        history.Aggregate(FollowedCloud.Start, (world, happening) => world.After(happening)).Settled().HasSettled.Should().BeTrue();
    }

    [Fact]
    public void Set_that_came_late_over_an_empty_one_does_not_come_back_from_the_persistent_cache_behind_a_report()
    {
        Happening[] history =
        [
            Happening.EntitlementComes, Happening.ReportIsAcknowledged, Happening.SetIsEmptied, Happening.Question,
            Happening.OldestReadIsServed, Happening.LatestReadEnds, Happening.OldestNewsArrivesTwice, Happening.IsEvicted,
            Happening.LoadBegins, Happening.LoadFinds,
        ];

        history.Aggregate(FollowedCloud.Start, (world, happening) => world.After(happening)).IsNotBehindReports.Should().BeTrue();
    }

    [Fact]
    public void Set_that_another_program_stored_while_one_was_undecided_answers_where_that_is_forgotten()
    {
        Happening[] history =
        [
            Happening.SetIsEmptied, Happening.Question, Happening.OldestReadIsServed, Happening.OldestReadEnds, Happening.LatestNewsArrives,
            Happening.SetChanges, Happening.LatestNewsArrives, Happening.AnotherStores, Happening.SetChanges, Happening.LatestNewsArrives,
            Happening.ReportIsAcknowledged, Happening.IsEvicted, Happening.LoadBegins, Happening.LoadFinds,
        ];

        var world = history.Aggregate(FollowedCloud.Start, (world, happening) => world.After(happening));

        world.KnownLimit.Should().Be(3, "the second change was not stored, nor was what stood there taken out");
        world.IsNotBehindReports.Should().BeTrue();
        world.Settled().HasSettled.Should().BeTrue();
    }

    [Fact]
    public void Read_that_an_invalidation_overtook_does_not_confirm_what_is_loaded_after_it()
    {
        Happening[] history =
        [
            Happening.AnotherStores, Happening.StreamDrops, Happening.Question, Happening.LatestEntitlementGoesUnheard, Happening.StreamComesUp,
            Happening.LoadBegins,
        ];

        var world = history.Aggregate(FollowedCloud.Start, (world, happening) => world.After(happening));

        world.Settled().HasSettled.Should().BeTrue();
    }

    public static class Histories
    {
        public static Arbitrary<Happening[]> All() =>
            Arb.From(Gen.Elements(Enum.GetValues<Happening>()).ArrayOf(50), history => Enumerable.Range(0, history.Length)
                .Select(i => history.Where((_, j) => j != i).ToArray()));
    }
}
