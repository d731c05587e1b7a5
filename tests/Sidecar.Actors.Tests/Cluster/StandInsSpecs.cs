using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>The stand-ins' parent, with children that do what a spec says.</summary>
public sealed class StandInsSpecs : ActorSpecs
{
    private static readonly EntryKey Key = new("../a name/that is none");
    private readonly TestProbe _children;
    private readonly IActorRef _standIns;

    public StandInsSpecs()
    {
        _children = CreateTestProbe("children");
        var child = Props.Create(() => new ScriptedChild(_children.Ref));
        _standIns = Sys.ActorOf(Props.Create(() => new StandIns(child)));
    }

    [Fact]
    public void A_customer_has_one_actor_whatever_it_is_called()
    {
        _standIns.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        _standIns.Tell(new Question(Key with { ResourceId = "resource" }, TimeSpan.FromSeconds(1)), TestActor);
        var (first, second) = (NextChild(), NextChild());
        _standIns.Tell(new Question(new EntryKey("other"), TimeSpan.FromSeconds(1)), TestActor);

        var third = NextChild();
        second.Should().Be(first);
        third.Should().NotBe(first);
        first.Path.Parent.Should().Be(_standIns.Path);
    }

    [Fact]
    public void What_only_takes_trust_away_starts_no_actor()
    {
        _standIns.Tell(new Invalidate(Key));
        _standIns.Tell(new StoredChanged(Key));
        Settle(_standIns);
        _children.HasMessages.Should().BeFalse();

        _standIns.Tell(new Refresh(Key));
        NextChild();
        _standIns.Tell(new Invalidate(Key));
        NextChild();
    }

    [Fact]
    public void What_comes_while_an_actor_stops_is_for_the_next_one()
    {
        var first = Stopping();
        _standIns.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        Settle(_standIns);
        _children.HasMessages.Should().BeFalse();

        first.Tell(PoisonPill.Instance);

        NextChild().Should().NotBe(first);
    }

    [Fact]
    public void What_is_too_much_meanwhile_is_answered_at_once()
    {
        Stopping();
        for (var i = 0; i < StandIns.MaxBuffered; i++)
            _standIns.Tell(new Refresh(Key));

        _standIns.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown);
        _standIns.Tell(new Reload(Key), TestActor);
        ExpectMsg<ReloadAnswer>().Should().Be(ReloadAnswer.Failed);
        _standIns.Tell(new TakeNews(new EntryChanged(Key, NewsKind.Usage)), TestActor);
        ExpectMsg<NewsTaken>().Outcome.Should().Be(NewsOutcome.Lost);
    }

    // An actor that was told to stop, and has not yet.
    private IActorRef Stopping()
    {
        _standIns.Tell(new Refresh(Key));
        var child = NextChild();
        _standIns.Tell(new Passivate(CustomerActor.Stop.Instance), child);
        NextChild().Should().Be(child);
        return child;
    }

    private IActorRef NextChild() => _children.ExpectMsg<IActorRef>();

    // Tells who got a message.
    private sealed class ScriptedChild(IActorRef seen) : UntypedActor
    {
        protected override void OnReceive(object message) => seen.Tell(Self);
    }
}
