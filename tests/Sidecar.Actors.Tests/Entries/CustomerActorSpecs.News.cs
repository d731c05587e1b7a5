using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>News: what is known follows it, and what it leaves open is read.</summary>
public sealed partial class CustomerActorSpecs
{
    private static readonly EntitlementState Archived = EntitlementState.Create(AccessDeniedReason.CustomerIsArchived, []);

    [Fact]
    public void A_set_that_arrives_is_published_and_answers_the_next_question()
    {
        Know(Own, States.Metered(day: 1, limit: 10));

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20))).Should().Be(NewsOutcome.Applied);

        (LimitOf(Own), Ask(Own).Source).Should().Be((20, AnswerSource.Memory));
        ExpectNoRead();
    }

    [Fact]
    public void An_older_set_is_dropped_but_for_a_usage_that_is_newer()
    {
        Know(Own, States.Metered(day: 5, limit: 10, usageDay: 2, used: 2));

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 4, limit: 20, usageDay: 3, used: 3))).Should().Be(NewsOutcome.Older);

        (LimitOf(Own), UsedOf(Own)).Should().Be((10, 3));
    }

    [Theory]
    [InlineData(3, NewsOutcome.Applied, 7)]
    [InlineData(1, NewsOutcome.Older, 2)]
    public void Of_two_usages_the_later_date_counts(int day, NewsOutcome outcome, double used)
    {
        Know(Own, States.Metered(day: 5, usageDay: 2, used: 2));

        Bring(new UsageSet(Own, States.Used(7, day))).Should().Be(outcome);

        UsedOf(Own).Should().Be(used);
    }

    [Fact]
    public void News_is_saved_but_not_where_nothing_became_of_it()
    {
        Know(Own, States.Metered(day: 5, usageDay: 2));
        Saves().Should().Be(1);

        Bring(new UsageSet(Own, States.Used(7, day: 1)));
        Bring(new EntryChanged(Own, NewsKind.Usage));
        Saves().Should().Be(0);
        Bring(new UsageSet(Own, States.Used(7, day: 3)));
        Bring(new EntitlementsReplaced(Own, States.Metered(day: 6)));

        Saves().Should().Be(2);
    }

    [Fact]
    public void A_change_that_is_not_told_is_read_before_the_next_answer()
    {
        Know(Own, States.Metered(day: 1, limit: 10));

        Bring(new EntryChanged(Own, NewsKind.Entitlements)).Should().Be(NewsOutcome.Applied);

        ExpectNoRead();
        var asker = Question(Own);
        End(ExpectRead(Own), States.Metered(day: 1, limit: 30));
        asker.ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Upstream);
        LimitOf(Own).Should().Be(30);
    }

    [Fact]
    public void A_set_that_is_emptied_is_taken_over_and_confirmed_by_a_read()
    {
        Know(Own, States.Metered(day: 1));

        Bring(new EntitlementsReplaced(Own, Archived)).Should().Be(NewsOutcome.Applied);

        var asker = Question(Own);
        ExpectRead(Own);
        Pass(0.25);
        asker.ExpectMsg<CustomerAnswer>().State!.AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerIsArchived);
    }

    [Fact]
    public void News_during_the_first_read_comes_after_its_result()
    {
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Bring(new EntitlementsReplaced(Own, States.Metered(day: 5, limit: 50))).Should().Be(NewsOutcome.Applied);
        Bring(new UsageSet(Own, States.Used(6, day: 6))).Should().Be(NewsOutcome.Applied);

        End(read, States.Metered(day: 1, limit: 10));

        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.UsageLimit.Should().Be(50);
        (LimitOf(Own), UsedOf(Own)).Should().Be((50, 6));
    }

    [Fact]
    public void News_of_a_resource_leaves_its_customer_alone_and_that_of_a_customer_makes_its_resource_suspect()
    {
        Know(Own, States.Metered(day: 1, limit: 10));
        Know(Resource, States.Metered(day: 1, limit: 11));
        Bring(new EntitlementsReplaced(Resource, States.Metered(day: 2, limit: 22)));
        (LimitOf(Own), LimitOf(Resource), Ask(Resource).Source).Should().Be((10, 22, AnswerSource.Memory));

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20)));

        LimitOf(Resource).Should().Be(22);
        Ask(Own).Source.Should().Be(AnswerSource.Memory);
        Question(Resource);
        ExpectRead(Resource);
    }

    [Fact]
    public void News_of_what_is_neither_held_nor_read_is_not_kept()
    {
        Know(Own, States.Metered(day: 1));

        Bring(new EntitlementsReplaced(Resource, States.Metered(day: 2))).Should().Be(NewsOutcome.NotHeld);
        Bring(new UsageSet(Resource, States.Used(1, day: 2))).Should().Be(NewsOutcome.NotHeld);
        Bring(new EntryChanged(Resource, NewsKind.Usage)).Should().Be(NewsOutcome.NotHeld);

        Services.Cache.Find(Own.CustomerId)!.Resources.Should().BeEmpty();
    }

    [Fact]
    public void News_does_not_count_as_a_use()
    {
        Know(Own, States.Metered(day: 1));
        var lastUsed = Services.Cache.Find(Own.CustomerId)!.LastUsed;
        Pass(2);

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20)));

        LimitOf(Own).Should().Be(20);
        Services.Cache.Find(Own.CustomerId)!.LastUsed.Should().Be(lastUsed);
    }

    [Fact]
    public void As_long_as_it_lives_news_of_the_customer_counts_although_its_view_was_evicted()
    {
        Know(Own, States.Metered(day: 1, limit: 10));
        Services.Cache.IsOfInterest(Own).Should().BeTrue();

        Services.Cache.Remove(Services.Cache.Find(Own.CustomerId)!).Should().BeTrue();

        Services.Cache.IsOfInterest(Own).Should().BeTrue("what it holds would be answered from");
    }

    [Fact]
    public void News_alone_keeps_nothing_alive_that_was_evicted()
    {
        Know(Own, States.Metered(day: 1, limit: 10));
        Services.Cache.Remove(Services.Cache.Find(Own.CustomerId)!).Should().BeTrue();

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20))).Should().Be(NewsOutcome.NotHeld);

        ExpectPassivation();
        Published(Own).Should().BeEmpty();
        Question(Own);
        ExpectRead(Own);
    }

    [Fact]
    public void A_usage_ahead_of_its_entitlement_waits_for_it_and_where_the_actor_ends_first_a_read_is_due()
    {
        Know(Own, States.Metered(day: 1, limit: 10, featureId: "other"));
        Bring(new UsageSet(Own, States.Used(9, day: 9))).Should().Be(NewsOutcome.Applied);
        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20, usageDay: 3, used: 3)));
        UsedOf(Own).Should().Be(9);
        Bring(new UsageSet(Own, States.Used(4, day: 4, featureId: "third")));
        Services.Cache.Find(Own.CustomerId)!.Own!.IsInvalidated.Should().BeFalse();
        Watch(_actor);

        Say(CustomerActor.Stop.Instance);

        ExpectTerminated(_actor);
        Services.Cache.Find(Own.CustomerId)!.Own!.IsInvalidated.Should().BeTrue();
    }

    [Fact]
    public void News_that_a_crash_comes_between_is_answered_and_read_afterwards()
    {
        Know(Own, States.Metered(day: 1, limit: 10));
        // The first reading is that of the date of what is saved.
        Time.Fault.StrikeAt(_actor, reading: 1);

        Bring(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20))).Should().Be(NewsOutcome.Lost);

        Time.Fault.Count.Should().Be(1);
        Services.Cache.Find(Own.CustomerId)!.Own!.IsInvalidated.Should().BeTrue();
        Pass(1);
        var asker = Question(Own);
        End(ExpectRead(Own), States.Metered(day: 2, limit: 20));
        asker.ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Upstream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_something_did_not_reach_the_actor_nothing_that_is_known_is_certain_also_where_a_crash_comes_between(bool crashes)
    {
        Know(Own, States.Metered(day: 1));
        Know(Resource, States.Metered(day: 1));
        Publish(new EntryKey(Own.CustomerId, "not in hand"), "feature");
        if (crashes)
            Time.Fault.StrikeAt(_actor, reading: 1);

        Say(new InvalidateAll(Own.CustomerId));
        Settle(_actor);

        Time.Fault.Count.Should().Be(crashes ? 1 : 0);
        var views = Services.Cache.Find(Own.CustomerId)!;
        views.Own!.IsInvalidated.Should().BeTrue();
        views.Find(Resource.ResourceId)!.IsInvalidated.Should().BeTrue();
        views.Find("not in hand")!.IsInvalidated.Should().BeTrue();
    }

    [Fact]
    public void Wherever_a_second_crash_comes_between_an_invalidation_nothing_stays_in_force()
    {
        var isGone = false;
        for (var second = 2; second <= 6; second++)
        {
            StartAnew();
            Know(Own, States.Metered(day: 1));
            var reading = 0;
            Time.Fault.Strike((path, _) => path.Equals(_actor.Path) && (Interlocked.Increment(ref reading) is 1 || reading == second));

            Say(new Invalidate(Own));
            Settle(_actor);

            Time.Fault.Strike(null);
            var own = Services.Cache.Find(Own.CustomerId)?.Own;
            (own is null or { IsInvalidated: true }).Should().BeTrue($"that holds where the clock fails at readings 1 and {second}");
            isGone |= own is null;
        }

        isGone.Should().BeTrue("one of them has to have come between the second attempt");
    }

    [Fact]
    public void What_only_a_crashed_actor_knew_of_is_read()
    {
        Know(Own, States.Metered(day: 1, featureId: "other"));
        Bring(new UsageSet(Own, States.Used(9, day: 9))).Should().Be(NewsOutcome.Applied);

        _actor.Tell(Kill.Instance, ActorRefs.NoSender);

        Settle(_actor);
        Services.Cache.Find(Own.CustomerId)!.Own!.IsInvalidated.Should().BeTrue();
    }

    private NewsOutcome Bring(EntryNews news)
    {
        var bringer = CreateTestProbe();
        _actor.Tell(new TakeNews(news), bringer.Ref);
        var outcome = bringer.ExpectMsg<NewsTaken>().Outcome;
        bringer.HasMessages.Should().BeFalse("news is answered once");
        Settle(_actor);
        return outcome;
    }

    private CustomerAnswer Ask(EntryKey key) => Question(key).ExpectMsg<CustomerAnswer>();

    private double? LimitOf(EntryKey key) => Calls(key).UsageLimit;

    private double UsedOf(EntryKey key) => Calls(key).Usage.Current;

    private FeatureEntitlement Calls(EntryKey key) =>
        Services.Cache.Find(key.CustomerId)!.Find(key.ResourceId)!.State.FindFeature("calls")!;

    // Since the last time.
    private int Saves()
    {
        Settle(_actor);
        var saves = 0;
        while (_store.HasMessages)
        {
            if (_store.ReceiveOne(TimeSpan.Zero) is SaveSnapshot)
                saves++;
        }

        return saves;
    }
}
