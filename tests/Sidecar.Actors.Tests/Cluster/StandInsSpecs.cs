using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
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
    public void What_one_before_it_missed_starts_an_actor()
    {
        _standIns.Tell(new InvalidateAll(Key.CustomerId));
        NextChild();
    }

    private IActorRef NextChild() => _children.ExpectMsg<IActorRef>();

    // Tells who got a message.
    private sealed class ScriptedChild(IActorRef seen) : UntypedActor
    {
        protected override void OnReceive(object message) => seen.Tell(Self);
    }
}
