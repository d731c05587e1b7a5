using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>When the actor asks to be stopped, and when it stops.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void It_asks_to_be_stopped_as_soon_as_it_has_nothing_to_do()
    {
        Know(Own, "feature");
        ExpectPassivation();
        Watch(_actor);

        Say(CustomerActor.StopIfIdle.Instance);

        ExpectTerminated(_actor);
        Published(Own).Should().Equal("feature");
    }

    [Fact]
    public void It_asks_once()
    {
        Know(Own, "feature");
        ExpectPassivation();

        ExpectAnswer(Question(Own), AnswerSource.Memory, "feature");
        Settle(_actor);

        _parent.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void What_comes_after_it_has_asked_keeps_it_until_that_is_done()
    {
        Know(Own, "feature");
        ExpectPassivation();
        Services.Cache.RaiseNodeEpoch();
        var asker = Question(Own);
        Say(CustomerActor.StopIfIdle.Instance);

        _parent.ExpectMsg<CustomerActor.Busy>();
        _parent.HasMessages.Should().BeFalse();
        End(ExpectRead(Own), "newer");

        ExpectAnswer(asker, AnswerSource.Upstream, "newer");
        ExpectPassivation();
    }

    [Fact]
    public void A_crash_while_it_is_told_to_stop_is_told_so_that_nothing_waits_for_its_end()
    {
        Know(Own, "feature");
        ExpectPassivation();
        Time.Fault.StrikeAt(_actor, reading: 1);

        Say(CustomerActor.StopIfIdle.Instance);

        _parent.ExpectMsg<CustomerActor.Busy>();
        Time.Fault.Count.Should().Be(1);
        Pass(2);
        ExpectPassivation();
    }

    [Fact]
    public void What_it_knows_of_its_crashes_keeps_it_for_a_second()
    {
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        Pass(0.5);
        ExpectAnswerToNothing();

        Pass(0.999);
        _parent.HasMessages.Should().BeFalse("the next crash is not the first one");
        Pass(0.001);

        ExpectPassivation();

        void ExpectAnswerToNothing()
        {
            var asker = Question(Own);
            Fail(ExpectRead(Own));
            ExpectNothingKnown(asker);
            Settle(_actor);
        }
    }

    [Fact]
    public void That_the_persistent_cache_has_nothing_keeps_it_for_a_second()
    {
        WatchSaves(answer: true);
        var loads = 0;
        OnLoad = _ =>
        {
            loads++;
            return new LoadSnapshotResult(null, long.MaxValue);
        };
        for (var i = 0; i < 3; i++)
        {
            var asker = Question(Own);
            Fail(ExpectRead(Own));
            ExpectNothingKnown(asker);
            Settle(_actor);
            Pass(0.5);
        }

        loads.Should().Be(1, "the cloud is out of reach, and each question would look there again");
        _parent.HasMessages.Should().BeFalse();
        Pass(1);
        ExpectPassivation();
    }

    [Fact]
    public void What_no_view_shows_keeps_it_for_a_second()
    {
        Know(Own, States.Metered(day: 1));
        ExpectPassivation();
        Bring(new UsageSet(Own, States.Used(4, day: 4, featureId: "another"))).Should().Be(NewsOutcome.Applied);
        Say(CustomerActor.StopIfIdle.Instance);
        _parent.ExpectMsg<CustomerActor.Busy>();

        Pass(0.999);
        _parent.HasMessages.Should().BeFalse("its entitlement may be about to come");
        Pass(0.001);

        ExpectPassivation();
        Watch(_actor);
        Say(CustomerActor.StopIfIdle.Instance);
        ExpectTerminated(_actor);
    }

    [Fact]
    public void Among_the_nodes_of_a_cluster_it_asks_a_second_after_its_last_work()
    {
        StartAs(new CustomerRole.StandIn());
        Know(Own, "feature");
        for (var i = 0; i < 3; i++)
        {
            Pass(0.9);
            ExpectAnswer(Question(Own), AnswerSource.Memory, "feature");
            Settle(_actor);
        }

        Pass(0.999);
        _parent.HasMessages.Should().BeFalse();
        Pass(0.001);

        ExpectPassivation();
    }

    [Fact]
    public void It_does_not_ask_while_a_question_waits_and_its_read_is_under_way()
    {
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Pass(9.9);
        _parent.HasMessages.Should().BeFalse();

        End(read, "feature");
        asker.ExpectMsg<CustomerAnswer>();
        Settle(_actor);

        ExpectPassivation();
    }

    [Fact]
    public void It_does_not_ask_while_a_read_is_under_way_that_nobody_waits_for()
    {
        Know(Own, "feature");
        ExpectPassivation();
        Services.Cache.RaiseNodeEpoch();
        Say(new Refresh(Own));
        var read = ExpectRead(Own);
        Say(CustomerActor.StopIfIdle.Instance);
        _parent.ExpectMsg<CustomerActor.Busy>();

        Pass(11.9);
        _parent.HasMessages.Should().BeFalse();
        End(read, "feature");
        Settle(_actor);

        ExpectPassivation();
    }

    [Fact]
    public void It_does_not_ask_while_a_save_is_under_way()
    {
        SaveSnapshot? saving = null;
        OnSave = save =>
        {
            saving = save;
            return null;
        };
        Know(Own, "feature");
        Pass(30);
        _parent.HasMessages.Should().BeFalse();

        Say(new SaveSnapshotSuccess(saving!.Metadata));
        Settle(_actor);

        ExpectPassivation();
    }

    [Fact]
    public void A_save_that_fails_is_over_too()
    {
        OnSave = save => new SaveSnapshotFailure(save.Metadata, new InvalidOperationException("the store is down"));
        Know(Own, "feature");

        ExpectPassivation();
    }

    [Fact]
    public void Told_to_stop_it_stops_and_its_view_stays()
    {
        Know(Own, "feature");
        Watch(_actor);

        Say(CustomerActor.Stop.Instance);

        ExpectTerminated(_actor);
        Published(Own).Should().Equal("feature");
    }

    [Fact]
    public void Told_to_stop_while_it_is_busy_it_stops_after_its_work()
    {
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Watch(_actor);
        Say(CustomerActor.Stop.Instance);
        Settle(_actor);
        HasMessages.Should().BeFalse("a question waits");

        End(read, "feature");
        ExpectAnswer(asker, AnswerSource.Upstream, "feature");

        ExpectTerminated(_actor);
    }

    [Fact]
    public void Told_to_stop_it_leaves_a_save_that_hangs_as_owed()
    {
        WatchSaves(answer: false);
        Know(Own, "feature");
        Services.Cache.Remove(Services.Cache.Find("customer")!).Should().BeTrue();
        Watch(_actor);

        Say(CustomerActor.Stop.Instance);

        ExpectTerminated(_actor);
        _owed.Should().Equal(Own);
        Published(Own).Should().Equal(["feature"], "whoever pays it takes it from there");
    }

    [Fact]
    public void Told_to_stop_it_does_not_wait_for_a_look_that_hangs()
    {
        WatchSaves(answer: true);
        Know(Own, "feature");
        OnLoad = _ => null;
        Say(new StoredChanged(Own));
        _store.FishForMessage(message => message is LoadSnapshot);
        Watch(_actor);

        Say(CustomerActor.Stop.Instance);

        ExpectTerminated(_actor);
    }

    [Fact]
    public void Told_to_stop_while_it_is_busy_it_answers_questions_that_still_come()
    {
        Question(Own);
        var read = ExpectRead(Own);
        Say(CustomerActor.Stop.Instance);
        var late = Question(Own);
        Watch(_actor);

        End(read, "feature");

        ExpectAnswer(late, AnswerSource.Upstream, "feature");
        ExpectTerminated(_actor);
    }

    [Fact]
    public void Stopped_by_force_it_tells_who_waits_what_is_known()
    {
        Services.Cache.Publish(Own, States.ViewOf(States.Granting(Time.GetUtcNow(), "expired")), 0);
        var one = Question(Own);
        var other = Question(Resource);
        Settle(_actor);
        Watch(_actor);

        _actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);

        ExpectTerminated(_actor);
        ExpectAnswer(one, AnswerSource.Stale, "expired");
        ExpectNothingKnown(other);
    }

    [Fact]
    public void However_it_ends_news_of_the_customer_does_not_count_any_more()
    {
        Question(Own);
        ExpectRead(Own);
        // The second crash answers the question: nothing is under way then.
        for (var i = 0; i < 2; i++)
        {
            _actor.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_actor);
        }

        Services.Cache.IsOfInterest(Own).Should().BeFalse();
        Question(Own);
        Settle(_actor);
        Services.Cache.IsOfInterest(Own).Should().BeTrue();
        Watch(_actor);

        _actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);

        ExpectTerminated(_actor);
        Services.Cache.IsOfInterest(Own).Should().BeFalse();
    }

    [Fact]
    public void While_it_lives_it_is_charged_in_the_cache()
    {
        Settle(_actor);
        Services.Cache.Bytes.Should().Be(CustomerActor.ActorBytes + HeapSize.Of(_actor.Path.Name));
        Watch(_actor);

        Say(CustomerActor.Stop.Instance);

        ExpectTerminated(_actor);
        Services.Cache.Bytes.Should().Be(0);
    }

    [Fact]
    public void After_a_crash_it_is_charged_once()
    {
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);

        Settle(_actor);
        Services.Cache.Bytes.Should().Be(CustomerActor.ActorBytes + HeapSize.Of(_actor.Path.Name));
    }
}
