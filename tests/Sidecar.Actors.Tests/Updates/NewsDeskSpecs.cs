using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>The way of news to the actors, between a scripted shard region and whoever brings it.</summary>
public sealed class NewsDeskSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly News SomeNews = new EntryChanged(Own, NewsKind.Entitlements);
    private readonly TestProbe _region;
    private readonly NewsDesk _desk;

    public NewsDeskSpecs()
    {
        _region = CreateTestProbe("region");
        _desk = new NewsDesk(Services, new LocalRoad(Services, _ => Task.FromResult<IActorRef>(_region.Ref)));
    }

    [Fact]
    public async Task News_of_what_this_node_neither_holds_nor_reads_wakes_no_actor()
    {
        (await _desk.BringAsync(SomeNews)).Should().Be(NewsOutcome.NotHeld);

        _region.HasMessages.Should().BeFalse();
        Counted(NewsKind.Entitlements, NewsOutcome.NotHeld).Should().Be(1);
    }

    [Fact]
    public async Task News_of_a_resource_that_nobody_asked_about_wakes_no_actor_although_its_customer_is_held()
    {
        Publish();

        (await _desk.BringAsync(new UsageSet(Own with { ResourceId = "resource" }, States.Used(7, day: 1)))).Should().Be(NewsOutcome.NotHeld);

        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task News_that_may_be_about_anything_makes_every_view_suspect()
    {
        var epoch = Services.Cache.NodeEpoch;

        (await _desk.BringAsync(new AnythingChanged(NewsKind.Usage))).Should().Be(NewsOutcome.Applied);

        Services.Cache.NodeEpoch.Should().Be(epoch + 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task News_of_what_is_held_or_awaited_reaches_its_actor_and_ends_when_that_has_taken_it(bool isAwaited)
    {
        if (isAwaited)
            Services.Cache.MarkPending(Own.CustomerId);
        else
            Publish();
        var news = new UsageSet(Own, States.Used(7, day: 1));

        var bringing = _desk.BringAsync(news);

        _region.ExpectMsg<TakeNews>().News.Should().Be(news);
        bringing.IsCompleted.Should().BeFalse();
        _region.Reply(new NewsTaken(NewsOutcome.Older));
        (await bringing).Should().Be(NewsOutcome.Older);
        Counted(NewsKind.Usage, NewsOutcome.Older).Should().Be(1);
    }

    [Fact]
    public async Task News_of_one_entry_reaches_its_actor_in_the_order_of_its_coming()
    {
        Publish();

        var bringing = Enumerable.Range(1, 100).Select(day => _desk.BringAsync(new UsageSet(Own, States.Used(day, day)))).ToList();

        for (var day = 1; day <= bringing.Count; day++)
        {
            ((UsageSet)_region.ExpectMsg<TakeNews>().News).Usage.Usage.Current.Should().Be(day);
            _region.Reply(new NewsTaken(NewsOutcome.Applied));
        }

        (await Task.WhenAll(bringing)).Should().OnlyContain(outcome => outcome == NewsOutcome.Applied);
    }

    [Fact]
    public async Task News_that_no_actor_takes_in_time_takes_the_view_away_and_has_the_entry_read()
    {
        Publish();
        var bringing = _desk.BringAsync(SomeNews);
        _region.ExpectMsg<TakeNews>();

        Advance(NewsDesk.Patience - TimeSpan.FromMilliseconds(1));
        bringing.IsCompleted.Should().BeFalse();
        Advance(TimeSpan.FromMilliseconds(1));

        (await bringing).Should().Be(NewsOutcome.Lost);
        Services.Cache.Find(Own.CustomerId).Should().BeNull();
        (_region.ExpectMsg<Invalidate>().Key == Own).Should().BeTrue();
        Counted(NewsKind.Entitlements, NewsOutcome.Lost).Should().Be(1);
    }

    [Theory]
    [InlineData(true, NewsOutcome.Applied, 1)]
    [InlineData(false, NewsOutcome.NotHeld, 0)]
    public async Task A_publication_makes_everything_suspect_where_it_concerns_those_who_are_customers(
        bool isForEveryone, NewsOutcome outcome, long epoch)
    {
        Publish();

        (await _desk.BringAsync(new PackagePublished(isForEveryone))).Should().Be(outcome);

        Services.Cache.NodeEpoch.Should().Be(epoch);
        Counted(NewsKind.Package, outcome).Should().Be(1);
        _region.HasMessages.Should().BeFalse();
    }

    private void Publish() => Services.Cache.Publish(Own, States.ViewOf(States.Metered(day: 1)), EntitlementCache.TickOf(TimeSpan.Zero));

    private long Counted(NewsKind kind, NewsOutcome outcome) => Services.Counters.News[kind, outcome].Value;
}
