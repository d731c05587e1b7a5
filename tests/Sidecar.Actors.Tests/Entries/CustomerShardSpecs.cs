using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>The place of customers' actors, with children that do what a spec says.</summary>
public sealed class CustomerShardSpecs : ActorSpecs
{
    private static readonly EntryKey Key = new("../a name/that is none");
    private readonly TestProbe _children;
    private readonly TestProbe _messages;
    private readonly Props _child;
    private readonly IActorRef _shard;

    public CustomerShardSpecs()
    {
        _children = CreateTestProbe("children");
        _messages = CreateTestProbe("messages");
        _child = Props.Create(() => new ScriptedChild(_children.Ref, _messages.Ref));
        _shard = Sys.ActorOf(Props.Create(() => new CustomerShard(_child)));
    }

    [Fact]
    public void An_actor_bears_its_customers_name()
    {
        _shard.Tell(new Refresh(Key));
        NextChild().Path.Name.Should().Be("c..%2Fa%20name%2Fthat%20is%20none");
    }

    [Fact]
    public void What_takes_trust_away_starts_an_actor_too()
    {
        _shard.Tell(new Invalidate(Key));
        NextChild();
        _shard.Tell(new StoredChanged(new EntryKey("other")));
        NextChild();
    }

    [Fact]
    public void Description_starts_no_actor_and_does_not_wait_for_one()
    {
        _shard.Tell(new Describe(Key), TestActor);
        ExpectMsg(ActorDescription.None);
        Stopping();

        _shard.Tell(new Describe(Key), TestActor);

        ExpectMsg(ActorDescription.Ending);
        _children.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void What_comes_while_an_actor_stops_is_for_the_next_one()
    {
        var first = Stopping();
        _shard.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        Settle(_shard);
        _children.HasMessages.Should().BeFalse();

        first.Tell(PoisonPill.Instance);

        NextChild().Should().NotBe(first);
    }

    [Fact]
    public void Where_the_actor_is_busy_again_it_gets_what_came_meanwhile_and_may_be_idle_once_more()
    {
        var child = Stopping();
        _shard.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        Settle(_shard);
        _children.HasMessages.Should().BeFalse();

        _shard.Tell(CustomerActor.Busy.Instance, child);

        NextChild().Should().Be(child);
        _shard.Tell(new Refresh(Key));
        NextChild().Should().Be(child);
        _shard.Tell(CustomerActor.Idle.Instance, child);
        NextChild().Should().Be(child, "it is told to stop again");
    }

    [Fact]
    public void At_the_end_one_that_is_busy_again_stays_told_to_stop()
    {
        var child = Stopping();
        _shard.Tell(CustomerShard.Finish.Instance, TestActor);
        NextChild().Should().Be(child);

        _shard.Tell(CustomerActor.Busy.Instance, child);
        _shard.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);

        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown);
        child.Tell(PoisonPill.Instance);
        ExpectMsg<CustomerShard.Finished>();
    }

    [Fact]
    public void What_is_too_much_meanwhile_is_answered_at_once()
    {
        Stopping();
        for (var i = 0; i < CustomerShard.MaxBuffered; i++)
            _shard.Tell(new Refresh(Key));

        _shard.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown);
        _shard.Tell(new Reload(Key), TestActor);
        ExpectMsg<ReloadAnswer>().Should().Be(ReloadAnswer.Failed);
        _shard.Tell(new TakeNews(new EntryChanged(Key, NewsKind.Usage)), TestActor);
        ExpectMsg<NewsTaken>().Should().BeSameAs(NewsTaken.Refused);
    }

    public static TheoryData<int> Changing => [.. Enumerable.Range(0, Changes.Length)];

    private static ICustomerMessage[] Changes { get; } =
    [
        new TakeNews(new EntryChanged(Key, NewsKind.Usage)), new Invalidate(Key), new StoredChanged(Key),
    ];

    [Theory]
    [MemberData(nameof(Changing))]
    public void An_actor_that_stays_and_missed_what_was_too_much_is_told_before_all_that_waited(int change)
    {
        var child = Overfull(Changes[change]);

        _shard.Tell(CustomerActor.Busy.Instance, child);

        _messages.ExpectMsg<InvalidateAll>().CustomerId.Should().Be(Key.CustomerId);
        ExpectBuffered();
        // Once.
        _shard.Tell(CustomerActor.Idle.Instance, child);
        _messages.ExpectMsg<CustomerActor.StopIfIdle>();
        _shard.Tell(CustomerActor.Busy.Instance, child);
        _shard.Tell(new Refresh(Key));
        _messages.ExpectMsg<Refresh>();
    }

    [Theory]
    [MemberData(nameof(Changing))]
    public void So_is_the_one_that_follows_it(int change)
    {
        Overfull(Changes[change]).Tell(PoisonPill.Instance);

        _messages.ExpectMsg<InvalidateAll>().CustomerId.Should().Be(Key.CustomerId);
        ExpectBuffered();
    }

    [Fact]
    public void At_the_end_what_was_missed_starts_none()
    {
        var child = Overfull(new Invalidate(Key));
        _shard.Tell(CustomerShard.Finish.Instance, TestActor);
        _messages.ExpectMsg<CustomerActor.Stop>();

        child.Tell(PoisonPill.Instance);

        ExpectMsg<CustomerShard.Finished>();
        _messages.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void Questions_that_were_too_much_take_no_trust_away()
    {
        var child = Overfull(new Question(Key, TimeSpan.FromSeconds(1)));

        _shard.Tell(CustomerActor.Busy.Instance, child);

        ExpectBuffered();
    }

    [Fact]
    public async Task News_that_nobody_can_take_counts_as_not_answered()
    {
        Stopping();
        for (var i = 0; i < CustomerShard.MaxBuffered; i++)
            _shard.Tell(new Refresh(Key));
        var road = new LocalRoad(Services, _ => Task.FromResult(_shard));

        var bring = () => road.BringAsync(new EntryChanged(Key, NewsKind.Usage), TimeSpan.FromSeconds(5));

        await bring.Should().ThrowAsync<TimeoutException>().WithMessage("nobody could take the news");
    }

    [Fact]
    public void An_actor_that_says_twice_that_it_is_idle_is_told_once_to_stop()
    {
        var child = Stopping();
        _shard.Tell(CustomerActor.Idle.Instance, child);
        Settle(_shard);

        _children.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void At_the_end_all_actors_are_stopped_and_then_it_is_told()
    {
        _shard.Tell(new Refresh(Key));
        _shard.Tell(new Refresh(new EntryKey("other")));
        IActorRef[] children = [NextChild(), NextChild()];

        _shard.Tell(CustomerShard.Finish.Instance, TestActor);

        new[] { NextChild(), NextChild() }.Should().BeEquivalentTo(children, "each is told to stop");
        children[0].Tell(PoisonPill.Instance);
        _shard.Tell(new Question(Key, TimeSpan.FromSeconds(1)), TestActor);
        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown, "nothing waits for an actor that will not be");
        children[1].Tell(PoisonPill.Instance);
        ExpectMsg<CustomerShard.Finished>();
        _shard.Tell(new Question(new EntryKey("third"), TimeSpan.FromSeconds(1)), TestActor);
        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown, "no actor is started any more");
        _children.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void All_shards_are_at_their_end_when_the_last_actor_is()
    {
        var shards = Sys.ActorOf(Props.Create(() => new CustomerShards(_child)), "customers");
        shards.Tell(new Refresh(Key));
        shards.Tell(new Refresh(new EntryKey("other")));
        IActorRef[] children = [NextChild(), NextChild()];
        children.Select(child => child.Path.ToStringWithoutAddress()).Should().BeEquivalentTo(
            $"/user/customers/{CustomerShards.NumberOf(Key.CustomerId)}/c..%2Fa%20name%2Fthat%20is%20none",
            $"/user/customers/{CustomerShards.NumberOf("other")}/cother");

        shards.Tell(CustomerShard.Finish.Instance, TestActor);

        NextChild();
        NextChild();
        children[0].Tell(PoisonPill.Instance);
        Settle(shards);
        HasMessages.Should().BeFalse("one actor is left");
        children[1].Tell(PoisonPill.Instance);
        ExpectMsg<CustomerShard.Finished>();
        // Of a shard that nobody had asked.
        shards.Tell(new Question(new EntryKey("third"), TimeSpan.FromSeconds(1)), TestActor);
        ExpectMsg<CustomerAnswer>().Should().Be(CustomerAnswer.NothingKnown);
    }

    // An actor that was told to stop, and has not yet.
    private IActorRef Stopping()
    {
        _shard.Tell(new Refresh(Key));
        var child = NextChild();
        _shard.Tell(CustomerActor.Idle.Instance, child);
        NextChild().Should().Be(child);
        return child;
    }

    // One that stops, for which as much waits as may, and then one thing more came.
    private IActorRef Overfull(ICustomerMessage one)
    {
        var child = Stopping();
        _messages.ExpectMsg<Refresh>();
        _messages.ExpectMsg<CustomerActor.StopIfIdle>();
        for (var i = 0; i < CustomerShard.MaxBuffered; i++)
            _shard.Tell(new Refresh(Key));
        _shard.Tell(one, TestActor);
        Settle(_shard);
        return child;
    }

    private void ExpectBuffered()
    {
        for (var i = 0; i < CustomerShard.MaxBuffered; i++)
            _messages.ExpectMsg<Refresh>();
    }

    private IActorRef NextChild() => _children.ExpectMsg<IActorRef>();

    // Tells who got which message.
    private sealed class ScriptedChild(IActorRef seen, IActorRef messages) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            messages.Tell(message);
            seen.Tell(Self);
        }
    }
}
