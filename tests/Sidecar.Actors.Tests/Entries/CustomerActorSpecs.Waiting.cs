using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>How long a question waits, and what it gets then.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void A_view_of_up_to_ten_seconds_is_fresh()
    {
        Know(Own, "feature");
        Pass(10);

        ExpectAnswer(Question(Own), AnswerSource.Memory, "feature");

        ExpectNoRead();
    }

    [Fact]
    public void An_older_view_answers_at_once_and_is_read_again_behind_the_answer()
    {
        Know(Own, "before");
        Pass(10.1);

        ExpectAnswer(Question(Own), AnswerSource.Memory, "before");

        End(ExpectRead(Own), "after");
        Settle(_actor);
        Published(Own).Should().Equal("after");
        ExpectAnswer(Question(Own), AnswerSource.Memory, "after");
        ExpectNoRead();
    }

    [Fact]
    public void The_cloud_is_told_once_that_somebody_waits_by_now_for_a_re_read_that_nobody_waited_for()
    {
        Know(Own, "before");
        Pass(55);
        ExpectAnswer(Question(Own), AnswerSource.Memory, "before");
        var read = ExpectRead(Own);
        read.IsAwaited.Should().BeFalse();
        Pass(6);

        var askers = new[] { Question(Own), Question(Own) };

        _cloud.ExpectMsg<ReadIsAwaited>().Number.Should().Be(read.Number);
        ExpectNoRead();
        End(read, "after");
        foreach (var asker in askers)
            ExpectAnswer(asker, AnswerSource.Upstream, "after");
    }

    [Fact]
    public void A_suspect_view_is_read_again_before_it_answers()
    {
        Know(Own, "before");
        Pass(60.1);

        var asker = Question(Own);
        var read = ExpectRead(Own);
        Settle(_actor);
        ExpectSilence(asker);
        End(read, "after");

        ExpectAnswer(asker, AnswerSource.Upstream, "after");
    }

    [Fact]
    public void A_question_about_a_suspect_view_waits_a_quarter_of_a_second_and_the_read_goes_on()
    {
        Know(Own, "before");
        Pass(60.1);
        var asker = Question(Own);
        var read = ExpectRead(Own);

        Pass(0.249);
        ExpectSilence(asker);
        Pass(0.001);
        ExpectAnswer(asker, AnswerSource.Stale, "before");

        Pass(5);
        ExpectNoRead();
        End(read, "after");
        Settle(_actor);
        Published(Own).Should().Equal("after");
        ExpectSilence(asker);
    }

    [Fact]
    public void A_question_about_nothing_known_waits_for_the_whole_guard()
    {
        var asker = Question(Own);
        ExpectRead(Own);

        Pass(9.999);
        ExpectSilence(asker);
        Pass(0.001);

        ExpectNothingKnown(asker);
    }

    [Fact]
    public void A_question_about_an_expired_view_waits_for_the_whole_guard()
    {
        Services.Cache.Publish(Own, States.ViewOf(States.Granting(Time.GetUtcNow(), "expired")), 0);
        var asker = Question(Own);
        ExpectRead(Own);

        Pass(9.999);
        ExpectSilence(asker);
        Pass(0.001);

        ExpectAnswer(asker, AnswerSource.Stale, "expired");
    }

    [Fact]
    public void A_question_never_waits_longer_than_its_asker()
    {
        var patient = Question(Own);
        var hurried = Question(Own, TimeSpan.FromSeconds(2));
        var endless = Question(Own, TimeSpan.FromHours(1));
        ExpectRead(Own);

        Pass(1.999);
        ExpectSilence(patient, hurried, endless);
        Pass(0.001);
        ExpectNothingKnown(hurried);
        Pass(7.999);
        ExpectSilence(patient, endless);
        Pass(0.001);
        ExpectNothingKnown(patient);
        ExpectNothingKnown(endless);
    }

    [Fact]
    public void Each_question_has_its_own_deadline_from_its_own_arrival()
    {
        var first = Question(Own);
        ExpectRead(Own);
        Pass(3);
        var second = Question(Own);
        Pass(3);
        var hurried = Question(Own, TimeSpan.FromSeconds(0.5));

        Pass(0.5);
        ExpectNothingKnown(hurried);
        Pass(3.5);
        ExpectNothingKnown(first);
        Pass(2.999);
        ExpectSilence(second);
        Pass(0.001);
        ExpectNothingKnown(second);
    }

    [Fact]
    public void A_question_that_is_already_over_is_answered_with_what_is_known()
    {
        Know(Own, "feature");
        Pass(61);

        var asker = Question(Own, TimeSpan.Zero);
        ExpectRead(Own);
        Pass(0.001);

        ExpectAnswer(asker, AnswerSource.Stale, "feature");
    }

    [Fact]
    public void Ten_thousand_questions_wait_and_one_more_gets_what_is_known_at_once()
    {
        var many = CreateTestProbe();
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            _actor.Tell(new Question(Own, Guard), many.Ref);
        var read = ExpectRead(Own);

        ExpectNothingKnown(Question(Own));
        ExpectSilence(many);

        End(read, "feature");
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            many.ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Upstream);
        Settle(_actor);
        ExpectSilence(many);
    }

    [Fact]
    public void Places_of_questions_that_were_answered_are_free_again()
    {
        var many = CreateTestProbe();
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            _actor.Tell(new Question(i % 2 == 0 ? Own : Resource, Guard), many.Ref);
        End(ExpectRead(Own), "feature");
        ExpectRead(Resource);
        Pass(10);
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            many.ExpectMsg<CustomerAnswer>();

        var asker = Question(Resource);

        Settle(_actor);
        ExpectSilence(asker);
    }

    [Fact]
    public void A_read_whose_answer_is_lost_is_forgotten_two_seconds_after_the_guard()
    {
        var asker = Question(Own);
        ExpectRead(Own);
        Pass(11.9);
        ExpectNothingKnown(asker);
        var second = Question(Own);
        ExpectNoRead();

        Pass(0.11);

        End(ExpectRead(Own), "feature");
        ExpectAnswer(second, AnswerSource.Upstream, "feature");
    }

    [Fact]
    public void The_answer_of_a_read_that_was_forgotten_is_dropped()
    {
        Question(Own);
        var lost = ExpectRead(Own);
        Pass(12);
        var asker = Question(Own);
        var current = ExpectRead(Own);

        End(lost, "lost");
        Settle(_actor);
        ExpectSilence(asker);
        Published(Own).Should().BeEmpty();

        End(current, "current");
        ExpectAnswer(asker, AnswerSource.Upstream, "current");
    }

    [Fact]
    public void An_expired_entitlement_is_read_again_before_it_answers()
    {
        Know(Own, States.Granting(Time.GetUtcNow().AddSeconds(5), "old"));
        Pass(4.9);
        ExpectAnswer(Question(Own), AnswerSource.Memory, "old");
        ExpectNoRead();

        Pass(0.1);
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Settle(_actor);
        ExpectSilence(asker);
        End(read, "new");

        ExpectAnswer(asker, AnswerSource.Upstream, "new");
    }

    [Fact]
    public void One_that_comes_back_expired_is_served_and_read_again_after_a_backoff()
    {
        var past = Time.GetUtcNow().AddSeconds(-1);
        Know(Own, States.Granting(past, "expired"));

        Pass(4.9);
        ExpectAnswer(Question(Own), AnswerSource.Memory, "expired");
        ExpectNoRead();

        Pass(0.1);
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Settle(_actor);
        ExpectSilence(asker);
        End(read, States.Granting(past, "expired"));
        ExpectAnswer(asker, AnswerSource.Upstream, "expired");

        // The second time it is served for twice as long: as fresh up to ten seconds.
        Pass(9.9);
        ExpectAnswer(Question(Own), AnswerSource.Memory, "expired");
        ExpectNoRead();
        Pass(0.2);
        Question(Own);
        ExpectRead(Own);
    }

    [Fact]
    public void An_unknown_customer_is_asked_about_again_after_five_seconds_without_a_stream()
    {
        Know(Own, States.Unknown);
        Pass(5);
        ExpectAnswer(Question(Own), AnswerSource.Memory);
        ExpectNoRead();

        Pass(0.1);
        var asker = Question(Own);
        End(ExpectRead(Own), "arrived");

        ExpectAnswer(asker, AnswerSource.Upstream, "arrived");
    }
}
