using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void Description_tells_what_is_under_way_and_who_waits()
    {
        Question(Own);
        Question(Own);
        var read = ExpectRead(Own);
        Advance(TimeSpan.FromMilliseconds(100), _actor);

        var reading = Described(Own);

        (reading.State, reading.Waiting, reading.Entries).Should().Be(("reading", 2, 1));
        (reading.Entry!.Reads, reading.Entry.Waiting, reading.Entry.ReadForMs).Should().Be((1, 2, 100L));
        End(read, "a");
        Settle(_actor);
        var ready = Described(Own);
        (ready.Waiting, ready.Entry!.Reads).Should().Be((0, 0));
    }

    [Fact]
    public void Description_starts_neither_an_entry_nor_a_read()
    {
        Described(Own).Should().Be(new ActorDescription("ready"));

        _cloud.HasMessages.Should().BeFalse();
        Services.Cache.Find(Own.CustomerId).Should().BeNull();
    }

    [Fact]
    public void View_tells_where_its_set_and_what_is_used_of_it_came_from()
    {
        Question(Own);
        End(ExpectRead(Own), States.Metered(day: 1));
        Settle(_actor);
        Origins().Should().Be((Origin.Edge, Origin.Edge));

        _actor.Tell(new TakeNews(new UsageSet(Own, States.Used(3, day: 2))), TestActor);
        Settle(_actor);
        Origins().Should().Be((Origin.Edge, Origin.Stream));

        _actor.Tell(new TakeNews(new EntitlementsReplaced(Own, States.Metered(day: 5, usageDay: 5))), TestActor);
        Settle(_actor);
        Origins().Should().Be((Origin.Stream, Origin.Stream));

        _actor.Tell(new Reload(Own), TestActor);
        End(ExpectRead(Own), States.Metered(day: 6, usageDay: 6));
        Settle(_actor);
        Origins().Should().Be((Origin.Api, Origin.Api));

        (EntitlementView View, Origin Set, Origin Usage) Of() =>
            Services.Cache.Find(Own.CustomerId)!.Own is { } view ? (view, view.SetOrigin, view.UsageOrigin) : default;
        (Origin Set, Origin Usage) Origins() => (Of().Set, Of().Usage);
    }

    [Fact]
    public void Read_that_failed_is_remembered_when_the_actor_has_gone()
    {
        Question(Own);
        var read = ExpectRead(Own);
        read.ReplyTo.Tell(new EntryRead(read.Key, read.Number, CloudRead.Failed(CloudFailureKind.Timeout, "no answer in time")), Akka.Actor.ActorRefs.NoSender);
        Settle(_actor);

        Services.Failures.Find(Own)!.Failure.Kind.Should().Be(CloudFailureKind.Timeout);
        Services.Failures.Find(Resource).Should().BeNull();
    }

    private ActorDescription Described(EntryKey key)
    {
        var asker = CreateTestProbe();
        _actor.Tell(new Describe(key), asker.Ref);
        return asker.ExpectMsg<ActorDescription>();
    }
}
