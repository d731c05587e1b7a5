using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>The front desk, with a probe in the place of the shard region.</summary>
public sealed class CustomersSpecs : ActorSpecs
{
    private const int NoAnswer = 200;
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private readonly TestProbe _region;
    private readonly Customers _customers;

    public CustomersSpecs()
    {
        _region = CreateTestProbe("region");
        _customers = new Customers(Services, _ => Task.FromResult(_region.Ref));
    }

    private (long Hits, long Misses) Counted => (Services.Counters.CacheHits.Value, Services.Counters.CacheMisses.Value);

    [Fact]
    public void What_the_cache_holds_and_can_be_trusted_is_found_without_an_actor()
    {
        Publish(Own, "feature");

        Find(Own, out var found).Should().BeTrue();

        found.State!.FindFeature("feature").Should().NotBeNull();
        found.Source.Should().Be(AnswerSource.Memory);
        found.Customer.Should().BeNull();
        _region.HasMessages.Should().BeFalse();
        Counted.Should().Be((1, 0));
    }

    [Fact]
    public void What_a_resource_has_comes_with_what_its_customer_has()
    {
        Publish(Own, "customers");
        Publish(Resource, "resources");

        Find(Resource, out var found).Should().BeTrue();

        found.State!.FindFeature("resources").Should().NotBeNull();
        found.Customer!.FindFeature("customers").Should().NotBeNull();
    }

    [Fact]
    public void Facts_of_an_entry_are_its_age_and_freshness_and_count_as_no_question()
    {
        Publish(Own, "customers");
        Facts(Own).Should().Be(new EntryFacts(TimeSpan.Zero, Freshness.Fresh));
        Advance(TimeSpan.FromSeconds(11));
        Facts(Own).Should().Be(new EntryFacts(TimeSpan.FromSeconds(11), Freshness.Revalidate));
        Advance(TimeSpan.FromSeconds(50));
        Facts(Own).Should().Be(new EntryFacts(TimeSpan.FromSeconds(61), Freshness.Suspect));
        Publish(Resource, "resources");
        Facts(Resource).Should().Be(new EntryFacts(TimeSpan.Zero, Freshness.Fresh));

        Facts(new EntryKey("other")).Should().BeNull();
        Counted.Should().Be((0, 0));
        _region.HasMessages.Should().BeFalse();

        EntryFacts? Facts(EntryKey key) => _customers.FactsOf(key, Services.Clock.Now);
    }

    [Fact]
    public void What_is_not_in_the_cache_is_a_miss()
    {
        Publish(Own, "feature");

        Find(new EntryKey("other"), out var found).Should().BeFalse();
        Find(new EntryKey(Own.CustomerId, "other"), out _).Should().BeFalse();

        found.Should().Be(default(Found));
        Counted.Should().Be((0, 2));
    }

    [Fact]
    public void A_resource_whose_customer_is_not_known_is_a_miss()
    {
        Publish(Resource, "resources");

        Find(Resource, out _).Should().BeFalse();
    }

    [Fact]
    public void What_cannot_be_trusted_is_a_miss()
    {
        Publish(Own, "feature");
        Services.Cache.RaiseNodeEpoch();

        Find(Own, out _).Should().BeFalse();

        Counted.Should().Be((0, 1));
    }

    [Fact]
    public void Finding_notes_the_use()
    {
        Publish(Own, "feature");
        Advance(TimeSpan.FromSeconds(5));

        Find(Own, out _);

        Services.Cache.Find(Own.CustomerId)!.LastUsed.Should().Be(50);
    }

    [Fact]
    public async Task A_view_that_is_due_for_a_re_read_has_it_asked_for_once_a_second_however_many_questions_there_are()
    {
        await MeetRegionAsync();
        Publish(Own, "feature");
        Advance(TimeSpan.FromSeconds(10.1));

        FindOften();
        ExpectRefresh();
        Advance(TimeSpan.FromSeconds(0.9));
        FindOften();
        _region.HasMessages.Should().BeFalse();
        Advance(TimeSpan.FromSeconds(0.1));
        FindOften();
        ExpectRefresh();

        Counted.Hits.Should().Be(3_000);

        void FindOften()
        {
            for (var i = 0; i < 1_000; i++)
                Find(Own, out _).Should().BeTrue();
        }

        void ExpectRefresh()
        {
            (_region.ExpectMsg<Refresh>().Key == Own).Should().BeTrue();
            _region.HasMessages.Should().BeFalse();
        }
    }

    [Fact]
    public async Task A_customer_whose_resource_alone_is_asked_about_has_a_re_read_asked_for_too()
    {
        await MeetRegionAsync();
        Publish(Own, "customers");
        Advance(TimeSpan.FromSeconds(10.1));
        Publish(Resource, "resources");

        Find(Resource, out _).Should().BeTrue();
        Find(Resource, out _).Should().BeTrue();

        (_region.ExpectMsg<Refresh>().Key == Own).Should().BeTrue("its credits count for the resource");
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_fresh_view_has_no_re_read_asked_for()
    {
        await MeetRegionAsync();
        Publish(Own, "feature");
        Advance(TimeSpan.FromSeconds(10));

        Find(Own, out _).Should().BeTrue();

        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void What_is_found_costs_no_memory()
    {
        var services = Services with { Clock = new ProcessClock(TimeProvider.System) };
        var customers = new Customers(services, _ => Task.FromResult(_region.Ref));
        services.Cache.Publish(Own, States.ViewOf(States.Granting("feature"), services.Clock.Uptime), 0);
        services.Cache.Publish(Resource, States.ViewOf(States.Granting("feature"), services.Clock.Uptime, number: 1), 0);
        FindOften(2_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var hits = FindOften(10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        hits.Should().Be(20_000);
        allocated.Should().Be(0);

        int FindOften(int times)
        {
            var count = 0;
            for (var i = 0; i < times; i++)
            {
                if (customers.TryFind(Own, services.Clock.Now, out _))
                    count++;
                if (customers.TryFind(Resource, services.Clock.Now, out _))
                    count++;
            }

            return count;
        }
    }

    [Fact]
    public async Task A_question_goes_to_the_customers_actor_and_its_answer_comes_back()
    {
        var asking = _customers.AskAsync(Resource, CancellationToken.None);
        var question = _region.ExpectMsg<Question>();
        (question.Key == Resource).Should().BeTrue();
        question.MaxWait.Should().BePositive().And.BeLessThanOrEqualTo(Customers.Patience);

        _region.Reply(new CustomerAnswer(States.Granting("r"), States.Granting("c"), AnswerSource.Upstream));

        var found = await asking;
        found.State!.FindFeature("r").Should().NotBeNull();
        found.Customer!.FindFeature("c").Should().NotBeNull();
        found.Source.Should().Be(AnswerSource.Upstream);
    }

    [Fact]
    public async Task While_a_question_is_under_way_news_of_the_customer_counts()
    {
        var asking = _customers.AskAsync(Own, CancellationToken.None);
        Services.Cache.IsOfInterest(Own).Should().BeTrue();
        _region.ExpectMsg<Question>();

        _region.Reply(CustomerAnswer.NothingKnown);
        await asking;

        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public async Task An_actor_that_never_answers_costs_ten_seconds_and_then_what_is_known_answers()
    {
        Publish(Own, "feature");
        Services.Cache.RaiseNodeEpoch();
        var known = _customers.AskAsync(Own, CancellationToken.None);
        var unknown = _customers.AskAsync(new EntryKey("other"), CancellationToken.None);

        Advance(Customers.Patience - TimeSpan.FromMilliseconds(1));
        (known.IsCompleted || unknown.IsCompleted).Should().BeFalse();
        Advance(TimeSpan.FromMilliseconds(1));

        var found = await known;
        found.State!.FindFeature("feature").Should().NotBeNull();
        found.Source.Should().Be(AnswerSource.Stale);
        (await unknown).Should().Be(new Found(null, null, AnswerSource.Default));
        Services.Cache.IsOfInterest(new EntryKey("other")).Should().BeFalse();
        Logged.Of(NoAnswer).Should().ContainSingle("a cause is logged once a minute, not once a question");
    }

    [Fact]
    public async Task Once_reads_are_suspended_what_is_known_answers_at_once_however_old()
    {
        await MeetRegionAsync();
        Publish(Own, "customers");
        Publish(Resource, "resources");
        Services.Cache.RaiseNodeEpoch();
        Find(Own, out _).Should().BeFalse();
        await SuspendAsync();
        var counted = Counted;

        Find(Own, out var own).Should().BeTrue();
        Find(Resource, out var resource).Should().BeTrue();
        Find(new EntryKey("unknown"), out _).Should().BeFalse("an actor may still find it in the persistent cache");

        (own.Source, resource.Source).Should().Be((AnswerSource.Stale, AnswerSource.Stale));
        own.State!.FindFeature("customers").Should().NotBeNull();
        resource.State!.FindFeature("resources").Should().NotBeNull();
        resource.Customer!.FindFeature("customers").Should().NotBeNull();
        Counted.Should().Be((counted.Hits + 2, counted.Misses + 1));
        _region.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task While_reads_are_suspended_no_re_read_is_asked_for()
    {
        await MeetRegionAsync();
        Publish(Own, "feature");
        Advance(TimeSpan.FromSeconds(11));
        await SuspendAsync();

        Find(Own, out var found).Should().BeTrue();

        found.Source.Should().Be(AnswerSource.Memory);
        _region.HasMessages.Should().BeFalse();
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(AccessDeniedReason.NoActiveSubscription, true)]
    [InlineData(AccessDeniedReason.CustomerNotFound, false)]
    [InlineData(AccessDeniedReason.CustomerIsArchived, false)]
    [InlineData(AccessDeniedReason.CustomerResourceNotFound, false)]
    [InlineData(AccessDeniedReason.Unknown, false)]
    public async Task A_reload_tells_whether_there_is_such_a_customer(AccessDeniedReason? reason, bool exists)
    {
        var reloading = _customers.ReloadAsync(Resource, CancellationToken.None);
        (_region.ExpectMsg<Reload>().Key == Resource).Should().BeTrue();
        Services.Cache.IsOfInterest(Own).Should().BeTrue();

        _region.Reply(new ReloadAnswer(EntitlementState.Create(reason, [])));

        (await reloading).Should().Be(exists);
        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public async Task A_reload_that_failed_or_was_not_answered_in_time_says_no()
    {
        var failed = _customers.ReloadAsync(Own, CancellationToken.None);
        _region.ExpectMsg<Reload>();
        _region.Reply(ReloadAnswer.Failed);
        (await failed).Should().BeFalse();

        var late = _customers.ReloadAsync(Own, CancellationToken.None);
        Advance(Customers.Patience);
        (await late).Should().BeFalse();
        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public async Task Offline_and_with_nothing_to_read_a_reload_says_yes()
    {
        using var offline = new OfflineCloud();
        var customers = new Customers(Services with { Cloud = offline }, _ => Task.FromResult(_region.Ref));
        var reloading = customers.ReloadAsync(Own, CancellationToken.None);
        _region.ExpectMsg<Reload>();
        _region.Reply(ReloadAnswer.Failed);

        (await reloading).Should().BeTrue();
    }

    [Fact]
    public async Task A_region_that_does_not_come_up_costs_no_more()
    {
        var customers = new Customers(Services, async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return _region.Ref;
        });
        var asking = customers.AskAsync(Own, CancellationToken.None);

        Advance(Customers.Patience);

        (await asking).Should().Be(new Found(null, null, AnswerSource.Default));
        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_harms_nobody()
    {
        var late = _customers.AskAsync(Own, CancellationToken.None);
        _region.ExpectMsg<Question>();
        var asker = _region.LastSender;
        Advance(Customers.Patience);
        await late;

        asker.Tell(new CustomerAnswer(States.Granting("late"), null, AnswerSource.Upstream), _region.Ref);
        var next = _customers.AskAsync(Own, CancellationToken.None);
        _region.ExpectMsg<Question>();
        _region.Reply(new CustomerAnswer(States.Granting("next"), null, AnswerSource.Upstream));

        (await next).State!.FindFeature("next").Should().NotBeNull();
    }

    [Fact]
    public async Task A_caller_who_is_gone_ends_the_wait()
    {
        using var caller = new CancellationTokenSource();
        var asking = _customers.AskAsync(Own, caller.Token);
        _region.ExpectMsg<Question>();

        await caller.CancelAsync();

        await asking.Invoking(a => a).Should().ThrowAsync<OperationCanceledException>();
        Services.Cache.IsOfInterest(Own).Should().BeFalse();
        Logged.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task A_caller_who_was_never_there_is_told_so()
    {
        var asking = _customers.Invoking(c => c.AskAsync(Own, new CancellationToken(canceled: true)));

        await asking.Should().ThrowAsync<OperationCanceledException>();

        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public async Task Fifty_thousand_questions_are_under_way_and_one_more_gets_what_is_known_at_once()
    {
        Publish(Own, "feature");
        var askers = new ConcurrentQueue<IActorRef>();
        var region = Sys.ActorOf(Props.Create(() => new Collector(askers)));
        // So many timers are too much for the virtual clock; none of them is waited for, however long this machine takes.
        var customers = new Customers(Services with { Clock = new ProcessClock(new SlowTime(20)) }, _ => Task.FromResult(region));
        var many = Enumerable.Range(0, Customers.MaxUnderWay)
            .Select(i => customers.AskAsync(new EntryKey($"customer-{i % 100}"), CancellationToken.None))
            .ToList();
        await Eventually.HoldsAsync(() => askers.Count == many.Count, "all have asked");

        var known = customers.AskAsync(Own, CancellationToken.None);
        var unknown = customers.AskAsync(new EntryKey("customer-1"), CancellationToken.None);
        (known.IsCompleted && unknown.IsCompleted).Should().BeTrue();
        (await known).Source.Should().Be(AnswerSource.Stale);
        (await unknown).Source.Should().Be(AnswerSource.Default);
        askers.Should().HaveCount(many.Count);

        foreach (var asker in askers)
            asker.Tell(new CustomerAnswer(null, null, AnswerSource.Upstream), ActorRefs.NoSender);
        (await Task.WhenAll(many)).Should().OnlyContain(found => found.Source == AnswerSource.Upstream);
        Enumerable.Range(0, 100).Should().OnlyContain(i => !Services.Cache.IsOfInterest(new EntryKey($"customer-{i}")));

        _ = customers.AskAsync(Own, CancellationToken.None);
        await Eventually.HoldsAsync(() => askers.Count == many.Count + 1, "there is room again");
    }

    private bool Find(EntryKey key, out Found found) => _customers.TryFind(key, Services.Clock.Now, out found);

    private async Task SuspendAsync()
    {
        var reads = Enumerable.Range(0, CircuitBreaker.Threshold)
            .Select(i => Services.Cloud.ReadStateAsync(new($"asked-for-{i}"), TimeSpan.FromSeconds(10), CloudPath.Edge))
            .ToList();
        Advance(CloudSettings.AttemptTimeout);
        await Eventually.HoldsAsync(() => Services.Cloud.IsSuspended, "three reads that hang suspend the rest");
        // Two of them wait for their next try, and find that there is none.
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(TimeSpan.FromSeconds(0.1));
                return reads.TrueForAll(read => read.IsCompleted);
            },
            "all reads have ended");
    }

    private async Task MeetRegionAsync()
    {
        var asking = _customers.AskAsync(Own, CancellationToken.None);
        _region.ExpectMsg<Question>();
        _region.Reply(CustomerAnswer.NothingKnown);
        await asking;
    }

    private void Publish(EntryKey key, string feature) => Services.Cache.Publish(
        key, States.ViewOf(States.Granting(feature), Services.Clock.Uptime, Services.Cache.NextNumber()), 0).Should().BeTrue();

    private sealed class Collector(ConcurrentQueue<IActorRef> askers) : UntypedActor
    {
        protected override void OnReceive(object message) => askers.Enqueue(Sender);
    }
}
