using Akka.TestKit;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What other nodes ask of an actor, and what they are granted.</summary>
public sealed partial class CustomerActorSpecs
{
    private static readonly OwnerId Self = new("self", 1);
    private static readonly OwnerId Peer = new("peer", 2);

    [Fact]
    public void Another_node_is_told_that_the_owner_reads_and_then_what_was_read_with_a_lease()
    {
        var leases = StartOwner();
        var peer = AskOwner(Own, id: 7);

        peer.ExpectMsg<OwnerReads>().Id.Should().Be(7);
        peer.LastSender.Should().Be(leases.Ref);
        End(ExpectRead(Own), "feature");

        var granted = peer.ExpectMsg<EntryGranted>();
        (granted.Id, granted.Owner, granted.Source, granted.Lease).Should().Be((7L, Self, AnswerSource.Upstream, Lease.Usual));
        Features(granted.Entry!.State).Should().Equal("feature");
        var published = leases.ExpectMsg<ViewPublished>();
        leases.ExpectMsg<LeaseGranted>().Should().Be(new LeaseGranted(Own, Peer, peer.Ref, Lease.Usual, published.View));
        peer.HasMessages.Should().BeFalse("a question is answered once");
    }

    [Fact]
    public void What_is_known_is_granted_at_once_with_its_age_and_a_later_version_each_time()
    {
        StartOwner();
        Know(Own, "feature");
        Pass(3);

        var (first, second) = (AskOwner(Own).ExpectMsg<EntryGranted>(), AskOwner(Own).ExpectMsg<EntryGranted>());

        (first.Source, first.Entry!.Age).Should().Be((AnswerSource.Memory, TimeSpan.FromSeconds(3)));
        second.Entry!.Version.Should().BeGreaterThan(first.Entry.Version);
        ExpectNoRead();
    }

    [Fact]
    public void A_resource_is_granted_with_its_customer_and_both_are_leased()
    {
        var leases = StartOwner();
        Know(Own, "customers");
        Know(Resource, "resources");
        Settle(_actor);
        Drain(leases).Should().OnlyContain(m => m is ViewPublished);

        var granted = AskOwner(Resource).ExpectMsg<EntryGranted>();

        (Features(granted.Entry!.State)[0], Features(granted.Customer!.State)[0]).Should().Be(("resources", "customers"));
        (leases.ExpectMsg<LeaseGranted>().Key == Resource).Should().BeTrue();
        (leases.ExpectMsg<LeaseGranted>().Key == Own).Should().BeTrue();
    }

    [Fact]
    public void A_stale_answer_is_leased_for_a_shorter_time_and_nothing_for_none()
    {
        StartOwner();
        var nothing = AskOwner(Own);
        nothing.ExpectMsg<OwnerReads>();
        Fail(ExpectRead(Own));
        var none = nothing.ExpectMsg<EntryGranted>();
        (none.Entry, none.Source, none.Lease).Should().Be((null, AnswerSource.Default, TimeSpan.Zero));

        Know(Own, "feature");
        Say(new InvalidateAtOwner(Own));
        var stale = AskOwner(Own);
        Fail(ExpectRead(Own));
        stale.FishForMessage(m => m is EntryGranted).As<EntryGranted>().Lease.Should().Be(Lease.Brief);
    }

    [Fact]
    public void The_owners_own_node_is_granted_no_lease()
    {
        var leases = StartOwner();
        Know(Own, "feature");
        Settle(_actor);
        Drain(leases);

        AskOwner(Own, holder: Self).ExpectMsg<EntryGranted>().Lease.Should().Be(TimeSpan.Zero);

        leases.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void News_that_another_node_brings_is_taken_and_told_to_those_who_hold_the_entry()
    {
        var leases = StartOwner();
        Know(Own, States.Metered(day: 1));
        leases.FishForMessage(m => m is ViewPublished);
        var peer = CreateTestProbe();

        _actor.Tell(new BringNews(9, new UsageSet(Own, States.Used(7, day: 2))), peer.Ref);

        peer.ExpectMsg<NewsBrought>().Should().Be(new NewsBrought(9, NewsOutcome.Applied));
        leases.ExpectMsg<ViewPublished>().View.State.FindFeature("calls")!.Usage.Current.Should().Be(7);
    }

    [Fact]
    public void A_reload_that_another_node_orders_is_answered_with_what_was_read()
    {
        StartOwner();
        var peer = CreateTestProbe();

        _actor.Tell(new ReloadAtOwner(5, Own), peer.Ref);
        peer.ExpectMsg<OwnerReads>().Id.Should().Be(5);
        End(ExpectRead(Own), "feature");

        var reloaded = peer.ExpectMsg<OwnerReloaded>();
        (reloaded.Id, Features(reloaded.State)[0]).Should().Be((5L, "feature"));
    }

    [Fact]
    public void Nobody_is_told_of_what_nobody_can_hold()
    {
        var leases = StartOwner();
        Know(Own, "feature");
        leases.FishForMessage(m => m is ViewPublished);
        Settle(_actor);
        for (var i = 0; i < 12; i++)
        {
            Pass(4);
            Say(new Refresh(Own));
            Settle(_actor);
        }

        Drain(leases);
        Drain(_cloud);
        Say(new InvalidateAtOwner(Own));
        Settle(_actor);

        leases.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void A_stand_ins_view_is_good_for_ten_seconds_from_its_read_on_whatever_the_stream_does()
    {
        StartAs(new CustomerRole.StandIn());
        Services.Cache.Stream = new StreamState(IsUp: true, TimeSpan.Zero, TimeSpan.Zero);
        Know(Own, "feature");

        var lease = Services.Cache.Find(Own.CustomerId)!.Own!.Lease!;
        (lease.Owner, lease.Until).Should().Be((null, Lease.Brief));
        Pass(4);
        Say(new Refresh(Own));
        Pass(4);
        Question(Own).ExpectMsg<CustomerAnswer>().Source.Should().Be(AnswerSource.Memory);
        ExpectRead(Own);
    }

    [Fact]
    public void A_stand_in_that_missed_something_takes_no_trust_from_what_an_owner_granted()
    {
        StartAs(new CustomerRole.StandIn());
        Know(Own, "feature");
        var granted = States.ViewOf(States.Granting("feature")) with { Lease = new Lease(new LeaseOwner(), TimeSpan.Zero, Lease.Usual) };
        Services.Cache.Publish(Resource, granted, 0);

        Say(new InvalidateAll(Own.CustomerId));
        Settle(_actor);

        var views = Services.Cache.Find(Own.CustomerId)!;
        views.Own!.IsInvalidated.Should().BeTrue();
        views.Find(Resource.ResourceId).Should().BeSameAs(granted);
    }

    private static List<object> Drain(TestProbe probe)
    {
        var messages = new List<object>();
        while (probe.HasMessages)
            messages.Add(probe.ReceiveOne());
        return messages;
    }

    private TestProbe StartOwner()
    {
        var leases = CreateTestProbe();
        StartAs(new CustomerRole.Owner(Self, leases.Ref));
        return leases;
    }

    private void StartAs(CustomerRole role)
    {
        Services = NewServices(ScriptedHandler.Hanging());
        (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref, role), "customer");
    }

    private TestProbe AskOwner(EntryKey key, long id = 1, OwnerId? holder = null)
    {
        var peer = CreateTestProbe();
        _actor.Tell(new AskOwner(id, key, Guard, holder ?? Peer), peer.Ref);
        return peer;
    }
}
