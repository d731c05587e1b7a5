using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What a crash of an owner leaves intact for those who ask from other nodes.</summary>
public sealed partial class CustomerActorSpecs
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wherever_the_clock_fails_while_another_node_asks_it_is_granted_an_answer_exactly_once(bool isKnown)
    {
        for (var reading = 1; ; reading++)
        {
            StartOwner();
            Drain(_cloud);
            if (isKnown)
                Know(Own, "read");
            var failures = Time.Fault.Count;
            Time.Fault.StrikeAt(_actor, reading);

            var node = AskOwner(Own, id: 7);
            node.IgnoreMessages(message => message is OwnerReads);
            Serve(node);

            var granted = node.ExpectMsg<EntryGranted>();
            (granted.Id, granted.Owner).Should().Be((7L, Self));
            Features(granted.Entry?.State).Should().Equal("read");
            Settle(_actor);
            node.HasMessages.Should().BeFalse($"it is answered once, also where the clock fails at reading {reading}");
            if (Time.Fault.Count == failures)
            {
                reading.Should().BeGreaterThan(1, "the clock has to have failed at all");
                return;
            }
        }
    }

    [Fact]
    public void Killed_while_another_node_waits_for_a_read_it_grants_what_the_next_read_brings()
    {
        StartOwner();
        var node = AskOwner(Own);
        node.ExpectMsg<OwnerReads>();

        Say(Akka.Actor.Kill.Instance);
        Serve(node);

        node.ExpectMsg<EntryGranted>().Source.Should().Be(AnswerSource.Upstream);
        Settle(_actor);
        node.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void News_from_another_node_that_a_crash_comes_between_is_answered_as_lost_and_read_afterwards()
    {
        StartOwner();
        Know(Own, States.Metered(day: 1, limit: 10));
        // The first reading is that of the date of what is saved.
        Time.Fault.StrikeAt(_actor, reading: 1);
        var node = CreateTestProbe();

        _actor.Tell(new BringNews(8, new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 20))), node.Ref);

        node.ExpectMsg<NewsBrought>().Should().Be(new NewsBrought(8, NewsOutcome.Lost));
        Settle(_actor);
        node.HasMessages.Should().BeFalse("news is answered once");
        Time.Fault.Count.Should().Be(1);
        Services.Cache.Find(Own.CustomerId)!.Own!.IsInvalidated.Should().BeTrue();
    }
}
