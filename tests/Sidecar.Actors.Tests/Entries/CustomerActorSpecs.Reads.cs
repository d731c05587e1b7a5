using Akka.Persistence;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>Which reads there are, and whom their results answer.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void The_first_question_looks_into_the_snapshot_then_reads_once_and_its_result_answers()
    {
        var asker = Question(Own);

        _store.ExpectMsg<LoadSnapshot>().PersistenceId.Should().Be("local:c_customer");
        var read = ExpectRead(Own);
        read.Deadline.Should().Be(Guard);
        End(read, "feature");

        ExpectAnswer(asker, AnswerSource.Upstream, "feature");
        Published(Own).Should().Equal("feature");
        ExpectNoRead();
    }

    [Fact]
    public void Five_hundred_questions_at_once_cost_one_load_and_one_read_and_all_are_answered()
    {
        var askers = Enumerable.Range(0, 500).Select(_ => Question(Own)).ToList();

        End(ExpectRead(Own), "feature");

        foreach (var asker in askers)
            ExpectAnswer(asker, AnswerSource.Upstream, "feature");
        ExpectNoRead();
        _store.ExpectMsg<LoadSnapshot>();
        _store.ExpectMsg<SaveSnapshot>();
        _store.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void A_question_during_a_read_shares_it()
    {
        var first = Question(Own);
        var read = ExpectRead(Own);
        var second = Question(Own);
        ExpectNoRead();

        End(read, "feature");

        ExpectAnswer(first, AnswerSource.Upstream, "feature");
        ExpectAnswer(second, AnswerSource.Upstream, "feature");
    }

    [Fact]
    public void A_snapshot_answers_at_once_and_is_read_again_behind_the_answer()
    {
        OnLoad = load => Snapshot(load, States.Granting("kept"));

        var asker = Question(Own);

        ExpectAnswer(asker, AnswerSource.Redis, "kept");
        Published(Own).Should().Equal("kept");
        End(ExpectRead(Own), "read");
        Settle(_actor);
        Published(Own).Should().Equal("read");
        ExpectSilence(asker);
    }

    [Fact]
    public void A_load_that_fails_leads_to_a_read()
    {
        OnLoad = _ => new LoadSnapshotFailed(new InvalidOperationException("the store is down"));

        var asker = Question(Own);

        End(ExpectRead(Own), "feature");
        ExpectAnswer(asker, AnswerSource.Upstream, "feature");
    }

    [Fact]
    public void A_load_that_hangs_holds_up_the_question_for_a_quarter_of_a_second()
    {
        OnLoad = _ => null;
        var asker = Question(Own);
        _store.ExpectMsg<LoadSnapshot>();

        Advance(TimeSpan.FromMilliseconds(249), _actor);
        ExpectNoRead();
        Advance(TimeSpan.FromMilliseconds(1), _actor);

        End(ExpectRead(Own), "feature");
        ExpectAnswer(asker, AnswerSource.Upstream, "feature");
    }

    [Fact]
    public void A_second_first_read_does_not_look_into_the_snapshot_again()
    {
        var first = Question(Own);
        Fail(ExpectRead(Own));
        ExpectNothingKnown(first);
        _store.ExpectMsg<LoadSnapshot>();

        var second = Question(Own);
        End(ExpectRead(Own), "feature");

        ExpectAnswer(second, AnswerSource.Upstream, "feature");
        _store.ExpectMsg<SaveSnapshot>();
    }

    [Fact]
    public void A_question_after_an_invalidation_waits_for_a_read_that_began_after_it()
    {
        var early = Question(Own);
        var outdated = ExpectRead(Own);
        Say(new Invalidate(Own));
        var late = Question(Own);
        var current = ExpectRead(Own);

        End(outdated, "old");
        ExpectAnswer(early, AnswerSource.Stale, "old");
        Settle(_actor);
        ExpectSilence(late);

        End(current, "new");
        ExpectAnswer(late, AnswerSource.Upstream, "new");
        Published(Own).Should().Equal("new");
        ExpectNoRead();
    }

    [Fact]
    public void The_second_read_of_an_invalidation_may_end_first_and_its_result_stays()
    {
        var early = Question(Own);
        var outdated = ExpectRead(Own);
        Say(new Invalidate(Own));
        var late = Question(Own);
        var current = ExpectRead(Own);

        End(current, "new");
        ExpectAnswer(early, AnswerSource.Upstream, "new");
        ExpectAnswer(late, AnswerSource.Upstream, "new");

        End(outdated, "old");
        Settle(_actor);
        Published(Own).Should().Equal("new");
    }

    [Fact]
    public void Raising_the_nodes_epoch_during_a_read_outdates_it_for_every_customer()
    {
        var early = Question(Own);
        var outdated = ExpectRead(Own);
        Services.Cache.RaiseNodeEpoch();
        var late = Question(Own);
        var current = ExpectRead(Own);

        End(outdated, "old");
        ExpectAnswer(early, AnswerSource.Stale, "old");
        Settle(_actor);
        ExpectSilence(late);
        End(current, "new");
        ExpectAnswer(late, AnswerSource.Upstream, "new");
    }

    [Fact]
    public void An_outdated_read_is_repeated_once_although_nobody_waits()
    {
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Say(new Invalidate(Own));
        End(read, "old");
        ExpectAnswer(asker, AnswerSource.Stale, "old");

        var repeat = ExpectRead(Own);
        Say(new Invalidate(Own));
        End(repeat, "newer");

        ExpectNoRead();
        Published(Own).Should().Equal("newer");
    }

    [Fact]
    public void After_a_repeat_that_was_current_an_outdated_read_is_repeated_again()
    {
        for (var i = 0; i < 2; i++)
        {
            Say(new Refresh(Own));
            var read = ExpectRead(Own);
            Say(new Invalidate(Own));
            End(read, "old");
            End(ExpectRead(Own), "new");
            ExpectNoRead();
            Pass(11);
        }
    }

    [Fact]
    public void Who_waits_for_a_read_that_fails_gets_what_was_known_before()
    {
        Know(Own, "before");
        Pass(61);

        var asker = Question(Own);
        Fail(ExpectRead(Own));

        ExpectAnswer(asker, AnswerSource.Stale, "before");
        Published(Own).Should().Equal("before");
    }

    [Fact]
    public void Where_nothing_was_known_a_read_that_fails_leaves_nothing_known()
    {
        var asker = Question(Own);

        Fail(ExpectRead(Own));

        ExpectNothingKnown(asker);
        Services.Cache.Find(Own.CustomerId).Should().BeNull();
    }

    [Fact]
    public void A_failed_read_of_an_older_epoch_leaves_who_asked_before_to_the_newer_one()
    {
        var early = Question(Own);
        var outdated = ExpectRead(Own);
        Say(new Invalidate(Own));
        var late = Question(Own);
        var current = ExpectRead(Own);

        Fail(outdated);
        Settle(_actor);
        ExpectSilence(early, late);
        End(current, "new");

        ExpectAnswer(early, AnswerSource.Upstream, "new");
        ExpectAnswer(late, AnswerSource.Upstream, "new");
    }

    [Fact]
    public void A_view_that_an_earlier_actor_published_answers_without_a_read()
    {
        Services.Cache.Publish(Own, States.ViewOf(States.Granting("published")), 0);

        ExpectAnswer(Question(Own), AnswerSource.Memory, "published");

        ExpectNoRead();
        _store.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void A_view_that_was_evicted_is_published_again_when_it_answers()
    {
        Know(Own, "feature");
        Services.Cache.Remove(Services.Cache.Find(Own.CustomerId)!).Should().BeTrue();

        ExpectAnswer(Question(Own), AnswerSource.Memory, "feature");

        Settle(_actor);
        Published(Own).Should().Equal("feature");
        ExpectNoRead();
    }

    [Fact]
    public void A_refresh_of_a_fresh_view_reads_nothing()
    {
        Know(Own, "feature");

        Say(new Refresh(Own));

        ExpectNoRead();
    }

    [Fact]
    public void Many_refreshes_cost_one_read()
    {
        Know(Own, "feature");
        Pass(11);

        for (var i = 0; i < 20; i++)
            Say(new Refresh(Own));

        ExpectRead(Own);
        ExpectNoRead();
    }

    [Fact]
    public void A_saved_snapshot_follows_each_successful_read()
    {
        Know(Own, "first");
        _store.ExpectMsg<LoadSnapshot>();
        var first = _store.ExpectMsg<SaveSnapshot>();
        Pass(11);
        Say(new Refresh(Own));
        End(ExpectRead(Own), "second");
        var second = _store.ExpectMsg<SaveSnapshot>();

        Saved(first).Should().Equal("first");
        Saved(second).Should().Equal("second");
        first.Metadata.PersistenceId.Should().Be("local:c_customer").And.Be(second.Metadata.PersistenceId);
        second.Metadata.SequenceNr.Should().BeGreaterThan(first.Metadata.SequenceNr);

        static string[] Saved(SaveSnapshot save) =>
            Features(save.Snapshot.Should().BeOfType<Actors.Snapshots.EntrySnapshot>().Subject.State);
    }

    [Fact]
    public void A_failed_read_saves_nothing()
    {
        Question(Own);
        _store.ExpectMsg<LoadSnapshot>();

        Fail(ExpectRead(Own));

        Settle(_actor);
        _store.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void An_unknown_customer_is_published_but_never_saved()
    {
        Know(Own, States.Unknown);

        _store.ExpectMsg<LoadSnapshot>();
        _store.HasMessages.Should().BeFalse();
        Services.Cache.Find(Own.CustomerId)!.IsUnknown.Should().BeTrue();
        ExpectAnswer(Question(Own), AnswerSource.Memory);
    }
}
