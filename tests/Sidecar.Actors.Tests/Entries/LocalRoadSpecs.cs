using Akka.Actor;
using Akka.TestKit;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>The way of news in a process by itself: to the customer's actor, or past it where there is none.</summary>
public sealed class LocalRoadSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private const int FaultLine = 201;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly TestProbe _place;

    public LocalRoadSpecs()
    {
        _place = CreateTestProbe("customers");
        Services = Services with { Snapshots = null };
    }

    [Theory]
    [InlineData(null)]
    [InlineData("resource")]
    public async Task News_of_what_no_actor_has_in_hand_is_in_force_at_once_and_wakes_none(string? resourceId)
    {
        var key = new EntryKey("customer", resourceId);
        Publish(Own, States.Metered(day: 1));
        Publish(Resource, States.Metered(day: 1));
        var lastUsed = Views!.LastUsed;

        var bringing = Road().BringAsync(new UsageSet(key, States.Used(7, day: 2)), Patience);

        bringing.IsCompleted.Should().BeTrue();
        (await bringing).Should().Be(NewsOutcome.Applied);
        UsedOf(key).Should().Be(7);
        UsedOf(key == Own ? Resource : Own).Should().Be(0);
        Views!.LastUsed.Should().Be(lastUsed, "nobody asked");
        IsMarked.Should().BeFalse();
        _place.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_set_replaces_what_is_known_but_for_the_later_usage()
    {
        Publish(Own, States.Metered(day: 1, usageDay: 5, used: 7));

        (await Road().BringAsync(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 50)), Patience)).Should().Be(NewsOutcome.Applied);

        Views!.Own!.State.FindFeature("calls")!.UsageLimit.Should().Be(50);
        UsedOf(Own).Should().Be(7);
    }

    [Fact]
    public async Task Older_news_changes_nothing()
    {
        Publish(Own, States.Metered(day: 3, usageDay: 3, used: 7));
        var before = Views;

        (await Road().BringAsync(new UsageSet(Own, States.Used(5, day: 2)), Patience)).Should().Be(NewsOutcome.Older);
        Views.Should().BeSameAs(before);
        (await Road().BringAsync(new EntitlementsReplaced(Own, States.Metered(day: 2)), Patience)).Should().Be(NewsOutcome.Older);

        UsedOf(Own).Should().Be(7);
        Views!.Own!.State.UpdatedAt.Should().Be(States.Day(3));
    }

    [Fact]
    public async Task A_change_that_is_not_told_makes_what_is_known_suspect()
    {
        Publish(Own, States.Metered(day: 1));

        (await Road().BringAsync(new EntryChanged(Own, NewsKind.Entitlements), Patience)).Should().Be(NewsOutcome.Applied);

        Views!.Own!.IsInvalidated.Should().BeTrue();
        _place.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_report_whose_answer_tells_no_period_makes_what_it_changes_suspect()
    {
        var metered = States.Metered(day: 1);
        var counted = metered.FindFeature("calls")!;
        Publish(Own, EntitlementState.Create(null, [counted with { Usage = counted.Usage with { PeriodStart = States.Day(0), PeriodEnd = States.Day(30) } }]));
        var reported = States.Used(7, day: 2);

        await Road().BringAsync(new UsageSet(Own, reported with { Usage = reported.Usage with { Reported = true } }), Patience);

        UsedOf(Own).Should().Be(7);
        Views!.Own!.IsInvalidated.Should().BeTrue();
    }

    [Fact]
    public async Task News_of_what_is_gone_concerns_nobody()
    {
        (await Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience)).Should().Be(NewsOutcome.NotHeld);

        Publish(Own, States.Metered(day: 1));
        (await Road().BringAsync(new UsageSet(Resource, States.Used(7, day: 2)), Patience)).Should().Be(NewsOutcome.NotHeld);

        Views!.Find("resource").Should().BeNull();
        _place.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task News_of_what_somebody_waits_for_reaches_the_actor()
    {
        Publish(Own, States.Metered(day: 1));
        Services.Cache.MarkPending(Own.CustomerId);

        var bringing = Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience);

        await TakenAsync(bringing);
        UsedOf(Own).Should().Be(0, "that is the actor's to publish");
        Services.Cache.UnmarkPending(Own.CustomerId);
        IsMarked.Should().BeFalse();
    }

    [Fact]
    public async Task A_usage_that_no_view_can_show_reaches_the_actor_which_keeps_it()
    {
        Publish(Own, States.Metered(day: 1));
        var before = Views;

        await TakenAsync(Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2, featureId: "seats")), Patience));

        Views.Should().BeSameAs(before);
        IsMarked.Should().BeFalse();
    }

    [Fact]
    public async Task With_a_persistent_cache_all_news_reaches_the_actor_which_saves_it()
    {
        Services = Services with { Snapshots = new SnapshotServices { Prefix = "local" } };
        Publish(Own, States.Metered(day: 1));

        await TakenAsync(Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience));

        UsedOf(Own).Should().Be(0);
    }

    [Fact]
    public async Task Past_a_stand_in_nothing_is_applied()
    {
        Publish(Own, States.Metered(day: 1));

        await TakenAsync(Road(areStandIns: true).BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience));

        UsedOf(Own).Should().Be(0);
    }

    [Fact]
    public async Task What_comes_behind_news_that_is_on_its_way_to_an_actor_does_not_overtake_it()
    {
        Publish(Own, States.Metered(day: 1));
        var road = Road();
        Services.Cache.MarkPending(Own.CustomerId);
        var first = road.BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience);
        // The actor that it is meant for ends.
        Services.Cache.UnmarkPending(Own.CustomerId);

        var second = road.BringAsync(new UsageSet(Own, States.Used(8, day: 2)), Patience);

        ((UsageSet)Taken()).Usage.Usage.Current.Should().Be(7);
        _place.Reply(new NewsTaken(NewsOutcome.Applied));
        ((UsageSet)Taken()).Usage.Usage.Current.Should().Be(8);
        _place.Reply(new NewsTaken(NewsOutcome.Applied));
        (await Task.WhenAll(first, second)).Should().OnlyContain(outcome => outcome == NewsOutcome.Applied);
        IsMarked.Should().BeFalse();
    }

    [Theory]
    [InlineData(NewsOutcome.Applied)]
    [InlineData(NewsOutcome.Older)]
    [InlineData(NewsOutcome.NotHeld)]
    public async Task An_actor_that_came_and_went_meanwhile_is_told_too_since_it_may_have_published_what_was_before(NewsOutcome outcome)
    {
        Publish(Own, States.Metered(day: 1));
        // So full that what is published asks for room.
        var cache = new EntitlementCache(Services.Cache.Bytes * 102 / 100);
        Services = Services with { Cache = cache };
        Publish(Own, States.Metered(day: 1));
        cache.RoomNeeded += (_, _) =>
        {
            cache.MarkPending(Own.CustomerId);
            cache.UnmarkPending(Own.CustomerId);
        };

        var bringing = Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience);

        UsedOf(Own).Should().Be(7);
        ((UsageSet)Taken()).Usage.Usage.Current.Should().Be(7);
        _place.Reply(new NewsTaken(outcome));
        (await bringing).Should().Be(NewsOutcome.Applied, "what was applied already is no news, nor where it has been evicted since");
        IsMarked.Should().BeFalse();
    }

    [Fact]
    public async Task What_fails_is_logged_and_reaches_the_actor()
    {
        Publish(Own, States.Metered(day: 1));

        await TakenAsync(Road().BringAsync(new EntitlementsReplaced(Own, null!), Patience));

        IsMarked.Should().BeFalse();
        var line = Logged.Of(FaultLine).Should().ContainSingle().Which;
        line.Level.Should().Be(LogLevel.Error);
        line.Text.Should().StartWith("news of the kind Entitlements could not be applied");
    }

    [Fact]
    public async Task A_kind_of_news_that_goes_on_failing_is_logged_once_until_one_is_applied()
    {
        Publish(Own, States.Metered(day: 1));
        var road = Road();

        await FailAsync();
        await FailAsync();
        await road.BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience);
        await FailAsync();
        Logged.Of(FaultLine).Should().ContainSingle();

        await road.BringAsync(new EntitlementsReplaced(Own, States.Metered(day: 2)), Patience);
        await FailAsync();
        Logged.Of(FaultLine).Should().HaveCount(2);

        Task FailAsync() => TakenAsync(road.BringAsync(new EntitlementsReplaced(Own, null!), Patience));
    }

    [Fact]
    public async Task News_that_the_actor_does_not_take_in_time_leaves_no_mark()
    {
        Publish(Own, States.Metered(day: 1));
        Services.Cache.MarkPending(Own.CustomerId);
        var bringing = Road().BringAsync(new UsageSet(Own, States.Used(7, day: 2)), Patience);
        Services.Cache.UnmarkPending(Own.CustomerId);
        IsMarked.Should().BeTrue();

        Advance(Patience);

        await bringing.Awaiting(it => it).Should().ThrowAsync<TimeoutException>();
        IsMarked.Should().BeFalse();
    }

    [Fact]
    public async Task No_news_is_lost_beside_actors_that_come_and_go()
    {
        const int Days = 20_000;
        Publish(Own, States.Metered(day: 1));
        var recipe = CustomerActor.Props(Services, CreateTestProbe("cloud"), CreateTestProbe("store"));
        var shards = Sys.ActorOf(Props.Create(() => new CustomerShards(recipe)));
        var road = new LocalRoad(Services, _ => Task.FromResult(shards));
        road.Refresh(Own);
        using var ending = new CancellationTokenSource();
        using var begun = new CountdownEvent(2);
        var others = BesideAsync(() => road.BringAsync(new EntryChanged(Own, NewsKind.Entitlements), Patience));
        // Each starts an actor that nobody has announced, which publishes what follows from what it found. The next comes when that has it.
        var comers = BesideAsync(async () =>
        {
            shards.Tell(new Invalidate(Own));
            while (await shards.Ask<ActorDescription>(new Describe(Own)) == ActorDescription.Ending)
                Thread.SpinWait(20);
        });
        begun.Wait(Eventually.Patience).Should().BeTrue();

        try
        {
            for (var day = 2; day <= Days; day++)
            {
                var outcome = await road.BringAsync(new UsageSet(Own, States.Used(day, day)), Patience);
                outcome.Should().Be(NewsOutcome.Applied);
                UsedOf(Own).Should().Be(day);
            }
        }
        finally
        {
            await ending.CancelAsync();
        }

        await Task.WhenAll(others, comers);
        Views!.Own!.IsInvalidated.Should().BeTrue();

        // A thread of its own: the news may occupy all that the pool has.
        Task BesideAsync(Func<Task> act) => Task.Factory.StartNew(
            () =>
            {
                act().GetAwaiter().GetResult();
                begun.Signal();
                while (!ending.IsCancellationRequested)
                    act().GetAwaiter().GetResult();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private CustomerViews? Views => Services.Cache.Find(Own.CustomerId);

    private bool IsMarked => Services.Cache.IsOfInterest(new EntryKey(Own.CustomerId, "of no view"));

    private LocalRoad Road(bool areStandIns = false) => new(Services, _ => Task.FromResult<IActorRef>(_place.Ref), areStandIns);

    private void Publish(EntryKey key, EntitlementState state) =>
        Services.Cache.Publish(key, States.ViewOf(state), EntitlementCache.TickOf(Services.Clock.Uptime));

    private double UsedOf(EntryKey key) => Views!.Find(key.ResourceId)!.State.FindFeature("calls")!.Usage.Current;

    private EntryNews Taken() => _place.ExpectMsg<TakeNews>().News;

    private async Task TakenAsync(Task<NewsOutcome> bringing)
    {
        Taken();
        bringing.IsCompleted.Should().BeFalse();
        _place.Reply(new NewsTaken(NewsOutcome.Applied));
        (await bringing).Should().Be(NewsOutcome.Applied);
        _place.HasMessages.Should().BeFalse();
    }
}
