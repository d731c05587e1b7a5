using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What a crash leaves intact: whatever fails, and wherever, each question gets exactly one reply.</summary>
public sealed partial class CustomerActorSpecs
{
    private static readonly Func<CustomerActorSpecs, TestProbe[]>[] Situations =
    [
        specs => [specs.Question(Own)],
        specs => [specs.Question(Resource)],
        specs => [specs.Question(Own), specs.Question(Own), specs.Question(Resource), specs.Question(Own)],
        specs =>
        {
            specs.Publish(Own, "fresh");
            return [specs.Question(Own)];
        },
        specs =>
        {
            specs.Publish(Own, "unconfirmed", isUnconfirmed: true);
            return [specs.Question(Own), specs.Question(Resource)];
        },
        specs =>
        {
            specs.Publish(Own, "suspect");
            specs.Services.Cache.RaiseNodeEpoch();
            return [specs.Question(Own), specs.Question(Own)];
        },
        specs =>
        {
            var asker = specs.Question(Own);
            specs.Say(new Invalidate(Own));
            return [asker, specs.Question(Own)];
        },
    ];

    public static TheoryData<int> SituationNumbers => [.. Enumerable.Range(0, Situations.Length)];

    // All but the one in which nothing is read.
    public static TheoryData<int> SituationsThatRead => [0, 1, 2, 4, 5, 6];

    [Theory]
    [MemberData(nameof(SituationNumbers))]
    public void Wherever_the_clock_fails_while_questions_arrive_each_gets_exactly_one_reply(int situation)
    {
        FailAtEachReading(() => Situations[situation](this));
    }

    [Theory]
    [MemberData(nameof(SituationsThatRead))]
    public void Wherever_the_clock_fails_while_results_arrive_each_question_gets_exactly_one_reply(int situation)
    {
        FailAtEachReading(() => Situations[situation](this), afterQuestions: true);
    }

    [Fact]
    public void Wherever_the_clock_fails_while_a_snapshot_arrives_each_question_gets_exactly_one_reply()
    {
        OnLoad = load => Snapshot(load, States.Granting("kept"));

        FailAtEachReading(() => [Question(Own), Question(Own)]);
    }

    [Fact]
    public void Wherever_the_clock_fails_while_an_evicted_view_is_published_again_the_question_gets_exactly_one_reply()
    {
        FailAtEachReading(
            () => [Question(Own)],
            before: () =>
            {
                Know(Own, "feature");
                Services.Cache.Remove(Services.Cache.Find(Own.CustomerId)!).Should().BeTrue();
            });
    }

    [Fact]
    public void Killed_with_questions_waiting_it_answers_each_once_after_another_read()
    {
        var askers = Enumerable.Range(0, 20).Select(i => Question(i % 2 == 0 ? Own : Resource)).ToArray();
        Settle(_actor);

        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        var late = Question(Own);

        Serve([.. askers, late]);
        foreach (var asker in askers.Append(late))
            asker.ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Upstream);
        Settle(_actor);
        ExpectSilence([.. askers, late]);
    }

    [Fact]
    public void A_question_keeps_its_deadline_through_a_crash()
    {
        var asker = Question(Own, TimeSpan.FromSeconds(2));
        ExpectRead(Own);
        Pass(1);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);

        Pass(0.999);
        ExpectSilence(asker);
        Pass(0.001);

        ExpectNothingKnown(asker);
    }

    [Fact]
    public void A_question_that_went_through_two_crashes_gets_what_is_known()
    {
        Publish(Own, "suspect");
        Services.Cache.RaiseNodeEpoch();
        var asker = Question(Own);
        Settle(_actor);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        ExpectSilence(asker);

        _actor.Tell(Kill.Instance, ActorRefs.NoSender);

        ExpectAnswer(asker, AnswerSource.Stale, "suspect");
    }

    [Fact]
    public void A_question_that_always_crashes_the_actor_is_answered_with_what_is_known()
    {
        Publish(Own, "known");
        Time.Fault.Strike((path, isWallClock) => isWallClock && path.Equals(_actor.Path));

        var known = Question(Own);
        var unknown = Question(Resource);

        ExpectAnswer(known, AnswerSource.Stale, "known");
        ExpectNothingKnown(unknown);
        Time.Fault.Count.Should().Be(4, "each question is tried twice");
        Time.Fault.Strike(null);
        Settle(_actor);
        ExpectSilence(known, unknown);
    }

    [Fact]
    public void A_question_that_crashes_the_actor_costs_no_other_question_its_answer()
    {
        var waiting = Question(Own);
        Settle(_actor);
        var isPoison = true;
        Time.Fault.Strike((path, isWallClock) => isWallClock && path.Equals(_actor.Path) && isPoison);
        ExpectNothingKnown(Question(Resource));
        isPoison = false;
        Settle(_actor);

        Serve(waiting);

        waiting.ExpectMsg<CustomerAnswer>();
        Settle(_actor);
        ExpectSilence(waiting);
    }

    [Fact]
    public void A_result_for_an_earlier_incarnation_is_dropped()
    {
        var asker = Question(Own);
        var early = ExpectRead(Own);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        End(early, "early");
        Settle(_actor);
        ExpectSilence(asker);
        Pass(0.5);
        var current = ExpectRead(Own);
        End(early, "early");
        Settle(_actor);
        ExpectSilence(asker);
        Published(Own).Should().BeEmpty();

        End(current, "current");

        ExpectAnswer(asker, AnswerSource.Upstream, "current");
    }

    [Fact]
    public void A_snapshot_for_an_earlier_incarnation_is_dropped()
    {
        OnLoad = _ => null;
        var asker = Question(Own);
        var load = _store.ExpectMsg<LoadSnapshot>();
        var loader = _store.LastSender;
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);

        loader.Tell(Snapshot(load, States.Granting("early")), _store.Ref);

        Settle(_actor);
        ExpectSilence(asker);
        Published(Own).Should().BeEmpty();
    }

    [Fact]
    public void A_save_that_a_crash_left_under_way_still_keeps_it_from_asking_to_be_stopped()
    {
        SaveSnapshot? saving = null;
        OnSave = save =>
        {
            saving = save;
            return null;
        };
        Know(Own, "feature");
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        Pass(12);
        _parent.HasMessages.Should().BeFalse();

        Say(new SaveSnapshotSuccess(saving!.Metadata));
        Settle(_actor);
        Pass(5);

        ExpectPassivation();
    }

    [Fact]
    public void A_save_that_ends_after_a_crash_is_not_taken_for_a_later_one()
    {
        var saving = new List<SaveSnapshot>();
        OnSave = save =>
        {
            saving.Add(save);
            return null;
        };
        Know(Own, "feature");
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        Pass(0.5);
        Services.Cache.RaiseNodeEpoch();
        Know(Own, "feature");
        Say(new SaveSnapshotSuccess(saving[0].Metadata));
        Settle(_actor);

        Pass(12);

        _parent.HasMessages.Should().BeFalse("the second save is still under way");
    }

    [Fact]
    public void Told_to_stop_before_a_crash_it_stops_after_its_work()
    {
        var asker = Question(Own);
        ExpectRead(Own);
        Say(CustomerActor.Stop.Instance);
        Settle(_actor);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        Watch(_actor);

        Pass(0.5);
        End(ExpectRead(Own), "feature");

        ExpectAnswer(asker, AnswerSource.Upstream, "feature");
        ExpectTerminated(_actor);
    }

    private void Publish(EntryKey key, string feature, bool isUnconfirmed = false) => Services.Cache.Publish(
        key, States.ViewOf(States.Granting(feature), Services.Clock.Uptime) with { IsUnconfirmed = isUnconfirmed }, 0);

    // Runs a situation again and again with an actor of its own, and each time the clock fails once, one reading later than the time
    // before, until there are no more readings.
    private void FailAtEachReading(Func<TestProbe[]> situation, bool afterQuestions = false, Action? before = null)
    {
        for (var reading = 1; ; reading++)
        {
            StartAnew();
            before?.Invoke();
            var failures = Time.Fault.Count;
            if (!afterQuestions)
                Time.Fault.StrikeAt(_actor, reading);
            var askers = situation();
            if (afterQuestions)
            {
                Settle(_actor);
                Time.Fault.StrikeAt(_actor, reading);
            }

            Serve(askers);
            foreach (var asker in askers)
            {
                asker.ExpectMsg<CustomerAnswer>();
                asker.HasMessages.Should().BeFalse($"a question is answered once, also where the clock fails at reading {reading}");
            }

            if (Time.Fault.Count == failures)
            {
                reading.Should().BeGreaterThan(1, "the clock has to have failed at all");
                return;
            }
        }
    }

    // Answers every read until each asker has its answer, or should have had it, and for longer than the pause after a crash.
    private void Serve(params TestProbe[] askers)
    {
        for (var i = 0; i < 4 || (i < 50 && !Array.TrueForAll(askers, asker => asker.HasMessages)); i++)
        {
            Settle(_actor);
            while (_cloud.HasMessages)
            {
                End(_cloud.ExpectMsg<ReadEntry>(), "read");
                Settle(_actor);
            }

            Pass(0.26);
        }
    }
}
