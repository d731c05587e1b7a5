using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>The pause after a crash.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void After_a_crash_it_pauses_before_it_reads_again_for_half_a_second_doubling_with_each_crash()
    {
        Question(Own);
        ExpectRead(Own);
        foreach (var pause in new[] { 0.5, 1.0, 2.0 })
        {
            _actor.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_actor);
            var asker = Question(Own);
            ExpectNoRead();
            Pass(pause - 0.001);
            ExpectNoRead();
            Pass(0.001);
            ExpectRead(Own);
            ExpectSilence(asker);
        }
    }

    [Theory]
    [InlineData(0.0, 0.25)]
    [InlineData(0.999, 0.7495)]
    public void The_pause_is_spread_by_half_of_itself(double jitter, double seconds)
    {
        Jitter = jitter;
        Question(Own);
        ExpectRead(Own);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);

        Pass(seconds - 0.001);
        ExpectNoRead();
        Pass(0.002);

        ExpectRead(Own);
    }

    [Fact]
    public void A_read_that_succeeds_ends_the_series_of_crashes()
    {
        for (var i = 0; i < 3; i++)
        {
            _actor.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_actor);
        }

        Pass(2);
        Know(Own, "feature");
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        Question(Resource);
        Pass(0.499);
        ExpectNoRead();
        Pass(0.001);

        ExpectRead(Resource);
    }

    [Fact]
    public void During_the_pause_what_is_known_answers_as_ever()
    {
        Know(Own, "feature");
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);

        ExpectAnswer(Question(Own), AnswerSource.Memory, "feature");
    }

    [Fact]
    public void After_the_pause_a_resource_still_reads_its_customer_along_with_it()
    {
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        var asker = Question(Resource);
        Pass(0.5);

        End(ExpectRead(Own), "customers");
        End(ExpectRead(Resource), "resources");

        ExpectAnswer(asker, AnswerSource.Upstream, "resources");
    }
}
