using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Reports;

/// <summary>The way of what was reported to the actors that hold it.</summary>
public sealed class ResultDeskSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Other = new("other", "resource");
    private readonly TestProbe _region;
    private readonly ResultDesk _desk;

    public ResultDeskSpecs()
    {
        _region = CreateTestProbe("region");
        Services = Services with { Snapshots = null };
        _desk = DeskOf(Services);
    }

    [Fact]
    public async Task What_this_node_neither_holds_nor_reads_wakes_no_actor()
    {
        await _desk.ApplyAsync([SomeReports.Counted(7, day: 1, Own)]);

        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_result_of_an_entry_that_is_not_held_reaches_its_actor_where_it_may_be_stored()
    {
        var desk = DeskOf(Services with { Snapshots = new SnapshotServices { Prefix = "local" } });

        var applying = desk.ApplyAsync([SomeReports.Counted(7, day: 1, Own)]);

        Taken().Should().Be(new UsageSet(Own, Reported(7, 1)));
        _region.Reply(new NewsTaken(NewsOutcome.Applied));
        await applying.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Each_result_reaches_its_own_entry_and_all_of_them_are_waited_for()
    {
        PublishHeld(Own);
        // Nothing is known of it yet, but a question waits.
        Services.Cache.MarkPending(Other.CustomerId);

        var applying = _desk.ApplyAsync([SomeReports.Counted(7, 1, Own), SomeReports.Counted(8, 2, Other), SomeReports.Counted(9, 3, new("nobody"))]);

        Taken().Should().Be(new UsageSet(Own, Reported(7, 1)));
        _region.Reply(new NewsTaken(NewsOutcome.Applied));
        Taken().Should().Be(new UsageSet(Other, Reported(8, 2)));
        applying.IsCompleted.Should().BeFalse();
        _region.Reply(new NewsTaken(NewsOutcome.Older));
        await applying.WaitAsync(Eventually.Patience);
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task Credits_of_a_resources_usage_reach_the_customer_who_holds_them_though_nobody_asked_about_the_resource()
    {
        Publish(Other.Customer);

        await _desk.ApplyAsync([SomeReports.Counted(8, 2, Other) with { Credit = new("tokens") { CurrentUsage = 3, Timestamp = States.Day(2) } }]);

        Services.Cache.Find(Other.CustomerId)!.Own!.IsInvalidated.Should().BeTrue();
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_result_is_in_force_at_once_where_no_actor_has_its_entry_in_hand()
    {
        Publish(Own);

        await _desk.ApplyAsync([SomeReports.Counted(7, day: 2, Own)]);

        Services.Cache.Find(Own.CustomerId)!.Own!.State.FindFeature("calls")!.Usage.Current.Should().Be(7);
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task Of_several_results_for_one_usage_only_the_last_is_brought()
    {
        PublishHeld(Own);

        var applying = _desk.ApplyAsync([
            SomeReports.Counted(100, 1, Own),
            SomeReports.Counted(7, 1, Own) with { FeatureId = "seats" },
            SomeReports.Counted(50, 1, Own),
        ]);

        Taken().Should().Be(new UsageSet(Own, Reported(7, 1) with { Of = new EntitlementReference("seats", IsCredit: false) }));
        _region.Reply(new NewsTaken(NewsOutcome.Applied));
        Taken().Should().Be(new UsageSet(Own, Reported(50, 1)));
        _region.Reply(new NewsTaken(NewsOutcome.Applied));
        await applying.WaitAsync(Eventually.Patience);
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_result_that_no_actor_takes_in_time_leaves_nothing_in_force_that_it_contradicts()
    {
        PublishHeld(Own);
        var applying = _desk.ApplyAsync([SomeReports.Counted(7, 1, Own)]);
        Taken();

        Advance(ResultDesk.Patience);

        await applying.WaitAsync(Eventually.Patience);
        Services.Cache.Find(Own.CustomerId).Should().BeNull();
        _region.ExpectMsg<Invalidate>().Key.Should().Be(Own);
    }

    private ResultDesk DeskOf(ActorServices services) => new(services, new LocalRoad(services, _ => Task.FromResult<IActorRef>(_region.Ref)));

    private EntryNews Taken() => _region.ExpectMsg<TakeNews>().News;

    // In the hands of an actor.
    private void PublishHeld(EntryKey key)
    {
        Publish(key);
        Services.Cache.MarkPending(key.CustomerId);
    }

    private void Publish(EntryKey key) =>
        Services.Cache.Publish(key, States.ViewOf(States.Metered(day: 1)), EntitlementCache.TickOf(Services.Clock.Uptime));

    private static UsageNews Reported(double used, int day) =>
        States.Used(used, day) with { Usage = States.Used(used, day).Usage with { Reported = true } };
}
