using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>What nodes that share customers answer.</summary>
public sealed class ManyNodesSpecs : NodesSpecs
{
    [Fact]
    public async Task A_hundred_customers_asked_of_three_nodes_cost_a_hundred_reads()
    {
        Start(nodes: 3);
        var keys = Enumerable.Range(0, 100).Select(i => new EntryKey($"customer-{i}")).ToList();

        for (var round = 0; round < 3; round++)
        {
            var answers = await Task.WhenAll(keys.SelectMany(key => Nodes.Select(node => node.AskAsync(key))));
            answers.Should().OnlyContain(found => found.State != null && !found.State.IsEmpty);
        }

        Reads.Should().HaveCount(100);
        foreach (var node in Nodes)
            keys.Should().OnlyContain(key => node.Judge(key) == Freshness.Fresh);
        SettleAll();
        Nodes.Should().OnlyContain(node => node.Views.Questions.Count == 0);
    }

    [Fact]
    public async Task A_question_on_another_node_is_granted_a_lease_and_the_owners_own_node_keeps_its_own_view()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);

        (await Nodes[0].AskAsync(key)).Source.Should().Be(AnswerSource.Upstream);
        (await Nodes[1].AskAsync(key)).Source.Should().Be(AnswerSource.Memory);

        Nodes[0].ViewOf(key)!.Lease.Should().BeNull();
        Nodes[1].ViewOf(key)!.Lease!.Until.Should().Be(Nodes[1].Services.Clock.Uptime + Lease.Usual);
        Nodes[1].Customers.TryFind(key, Nodes[1].Services.Clock.Now, out _).Should().BeTrue();
    }

    [Fact]
    public async Task A_resource_is_granted_with_its_customer()
    {
        Start(nodes: 2);
        var key = CustomerOf(0) with { ResourceId = "resource" };

        (await Nodes[1].AskAsync(key)).State.Should().NotBeNull();

        var found = await Nodes[1].AskAsync(key);
        (found.Source, found.Customer is null).Should().Be((AnswerSource.Memory, false));
        Nodes[1].ViewOf(key.Customer)!.Lease.Should().NotBeNull();
    }

    [Fact]
    public async Task A_lease_more_than_half_over_is_renewed_behind_the_answer()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);
        Nodes.ForEach(node => node.Services.Cache.Stream = new StreamState(IsUp: true, TimeSpan.Zero, TimeSpan.Zero));
        Pass(TimeSpan.FromSeconds(16));
        Nodes[1].Judge(key).Should().Be(Freshness.Revalidate);

        Nodes[1].Customers.TryFind(key, Nodes[1].Services.Clock.Now, out _).Should().BeTrue();

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Fresh, "the lease is renewed");
        Reads.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_lease_that_is_over_is_asked_for_before_the_answer()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);
        Nodes.ForEach(node => node.Services.Cache.Stream = new StreamState(IsUp: true, TimeSpan.Zero, TimeSpan.Zero));
        Pass(Lease.Usual);

        Nodes[1].Customers.TryFind(key, Nodes[1].Services.Clock.Now, out _).Should().BeFalse();
        (await Nodes[1].AskAsync(key)).Source.Should().Be(AnswerSource.Memory, "the owner knows it");
        Reads.Should().HaveCount(1);
    }

    [Fact]
    public async Task What_the_owner_learns_is_pushed_to_those_who_hold_it()
    {
        Start(nodes: 3);
        var key = CustomerOf(0);
        Cloud = _ => States.Metered(day: 1);
        foreach (var node in Nodes)
            await node.AskAsync(key);

        (await Nodes[0].Road.BringAsync(new UsageSet(key, States.Used(7, day: 2)), TimeSpan.FromSeconds(5))).Should().Be(NewsOutcome.Applied);

        await Eventually.HoldsAsync(
            () => Nodes.TrueForAll(node => node.ViewOf(key)!.State.FindFeature("calls")!.Usage.Current == 7), "all know it");
        Nodes.Should().OnlyContain(node => node.Judge(key) == Freshness.Fresh);
    }

    [Fact]
    public async Task News_that_a_holder_hears_reaches_the_owner_and_makes_its_own_lease_suspect()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        Cloud = _ => States.Metered(day: 1);
        await Nodes[1].AskAsync(key);

        (await Nodes[1].Road.BringAsync(new UsageSet(key, States.Used(7, day: 2)), TimeSpan.FromSeconds(5))).Should().Be(NewsOutcome.Applied);

        Nodes[1].Judge(key).Should().Be(Freshness.Suspect);
        (await Nodes[1].AskAsync(key)).State!.FindFeature("calls")!.Usage.Current.Should().Be(7);
        Nodes[1].Judge(key).Should().Be(Freshness.Fresh);
        Reads.Should().HaveCount(1);
    }

    [Fact]
    public async Task What_the_owner_can_not_vouch_for_any_more_is_revoked()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);

        Nodes[0].Road.Invalidate(key);

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Suspect, "the lease is ended");
    }

    [Fact]
    public async Task An_owner_that_gives_no_sign_for_half_a_second_is_not_waited_for_and_its_shard_is_asked_alone()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        Nodes[0].IsCutOff = true;

        var asking = Nodes[1].AskAsync(key);
        Pass(ClusterRoad.OwnerPatience - TimeSpan.FromMilliseconds(1));
        asking.IsCompleted.Should().BeFalse();
        Pass(TimeSpan.FromMilliseconds(1));
        (await asking).Source.Should().Be(AnswerSource.Upstream);
        Nodes[1].ViewOf(key)!.Lease.Should().Match<Lease>(lease => lease.Owner == null && lease.Until - lease.Since == Lease.Brief);

        // At once, from now on.
        var resource = key with { ResourceId = "resource" };
        (await Nodes[1].AskAsync(resource)).State.Should().NotBeNull();
        StandInsOf(Nodes[1]).Should().Equal(("silent", 1), ("away", 1), ("alone", 0));

        // The owner is looked for once a second, and nobody waits for it.
        Nodes[0].IsCutOff = false;
        Pass(ShardWatch.AwayTime);
        await Nodes[1].AskAsync(key with { ResourceId = "another" });
        await Eventually.HoldsAsync(() => TurnOf(key) == ShardTurn.Ask, "it is back");
    }

    [Theory]
    [InlineData("a question")]
    [InlineData("news")]
    public async Task An_owner_that_is_back_is_heard_also_after_its_stand_in_has_answered(string what)
    {
        var key = StartLookingForAnOwner();

        if (what == "news")
            await Nodes[1].Road.BringAsync(new UsageSet(key, States.Used(7, day: 2)), TimeSpan.FromSeconds(5));
        else
            (await Nodes[1].AskAsync(key)).Source.Should().Be(AnswerSource.Upstream);
        TurnOf(key).Should().Be(ShardTurn.Alone);
        SettleAll();
        Nodes[1].Deliver();

        await Eventually.HoldsAsync(() => TurnOf(key) == ShardTurn.Ask, "it is back");
        await Eventually.HoldsAsync(() => Nodes[1].Views.Questions.Count == 0, "nothing is awaited");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_owner_that_is_looked_for_in_vain_is_not_awaited_for_longer_than_any_other(bool isBehindAnAnswer)
    {
        var key = StartLookingForAnOwner();

        if (isBehindAnAnswer)
            Nodes[1].Road.Refresh(key);
        else
            await Nodes[1].AskAsync(key);
        Pass(ClusterRoad.OwnerPatience - TimeSpan.FromMilliseconds(1));
        Nodes[1].Views.Questions.Count.Should().Be(1);
        Pass(TimeSpan.FromMilliseconds(1));

        await Eventually.HoldsAsync(() => Nodes[1].Views.Questions.Count == 0, "nothing is awaited");
        TurnOf(key).Should().Be(ShardTurn.Alone);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reload_that_a_stand_in_does_tells_the_owner_and_leaves_looking_for_it_to_the_next_question(bool isDue)
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[0].AskAsync(key);
        LoseSightOf(key);
        if (isDue)
            Pass(ShardWatch.AwayTime);
        Cloud = _ => States.Granting("new");

        (await Nodes[1].Customers.ReloadAsync(key, CancellationToken.None)).Should().BeTrue();

        await Eventually.HoldsAsync(() => Nodes[0].Judge(key) == Freshness.Suspect, "the owner reads it anew");
        TurnOf(key, Nodes[1].Services.Clock.Uptime).Should().Be(isDue ? ShardTurn.Probe : ShardTurn.Alone);
    }

    [Fact]
    public async Task An_owner_that_reads_is_waited_for_as_long_as_it_gives_signs()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        Held = [];

        var asking = Nodes[1].AskAsync(key);
        await Eventually.HoldsAsync(() => Held.Count == 1, "it reads");
        // It is asked again meanwhile, and has to say so in time.
        for (var i = 0; i < 24; i++)
        {
            SettleAll();
            Pass(TimeSpan.FromMilliseconds(100));
        }

        asking.IsCompleted.Should().BeFalse();
        Held.TryDequeue(out var read).Should().BeTrue();
        Answer(read!);
        (await asking).Source.Should().Be(AnswerSource.Upstream);
        Reads.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_node_without_a_place_in_the_cluster_reads_by_itself_and_only_once()
    {
        Start(nodes: 2);
        Nodes[1].Now = null;
        var key = CustomerOf(0);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Nodes[1].AskAsync(key)));

        answers.Should().OnlyContain(found => found.State != null);
        Reads.Should().HaveCount(1);
        Nodes[1].ViewOf(key)!.Lease!.Owner.Should().BeNull();
        StandInsOf(Nodes[1]).Where(s => s.Count > 0).Select(s => s.Cause).Should().Equal("alone");
    }

    [Fact]
    public async Task Within_its_lease_what_a_lost_node_granted_answers_and_is_asked_for_behind_the_answer()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);

        Nodes[1].Desk.Tell(new NodeLost(Nodes[0].Self));

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Revalidate, "it is asked for");
    }

    [Fact]
    public async Task Once_a_shard_has_moved_its_leases_are_ended_and_the_old_owners_views_are_suspect()
    {
        Start(nodes: 3);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);
        Owners[ShardWatch.Of(key.CustomerId)] = Nodes[2];

        Pass(LeaseDesk.TickInterval);

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Suspect, "the lease is ended");
        Nodes[0].Judge(key).Should().Be(Freshness.Suspect);
        (await Nodes[1].AskAsync(key)).State.Should().NotBeNull();
        (await Nodes[0].AskAsync(key)).State.Should().NotBeNull();
        (Nodes[0].ViewOf(key)!.Lease is null, Nodes[2].ViewOf(key)!.Lease is null).Should().Be((false, true));
    }

    [Fact]
    public async Task A_customer_whose_shard_comes_here_goes_on_with_what_is_held_and_reads_nothing()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);
        Owners[ShardWatch.Of(key.CustomerId)] = Nodes[1];
        Nodes.ForEach(node => node.Services.Cache.Stream = new StreamState(IsUp: true, TimeSpan.Zero, TimeSpan.Zero));

        await Nodes[1].Road.AskAsync(key, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), CancellationToken.None);

        Nodes[1].ViewOf(key)!.Lease.Should().BeNull();
        Reads.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_view_that_is_evicted_is_held_by_nobody()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);

        Nodes[0].Services.Cache.Remove(Nodes[0].Services.Cache.Find(key.CustomerId)!);

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Suspect, "the lease is ended");
    }

    [Fact]
    public async Task A_reload_is_the_owners_and_every_node_sees_what_it_brought()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        await Nodes[1].AskAsync(key);
        Cloud = _ => States.Granting("new");

        (await Nodes[1].Customers.ReloadAsync(key, CancellationToken.None)).Should().BeTrue();

        (await Nodes[1].AskAsync(key)).State!.FindFeature("new").Should().NotBeNull();
        (await Nodes[0].AskAsync(key)).State!.FindFeature("new").Should().NotBeNull();
        Reads.Should().HaveCount(2);
    }

    [Fact]
    public async Task What_concerns_everybody_ends_all_leases_also_of_those_who_heard_of_it_first()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        Nodes[1].Services.Cache.RaiseNodeEpoch();
        await Nodes[1].AskAsync(key);
        Nodes[1].Judge(key).Should().Be(Freshness.Fresh);

        Nodes[0].Services.Cache.RaiseNodeEpoch();
        Pass(LeaseDesk.TickInterval);

        await Eventually.HoldsAsync(() => Nodes[1].Judge(key) == Freshness.Suspect, "the lease is ended");
    }

    // Of two nodes, the second one looks for the owner with its next question, which is kept on the way.
    private EntryKey StartLookingForAnOwner()
    {
        Start(nodes: 2);
        var key = CustomerOf(0);
        LoseSightOf(key);
        Pass(ShardWatch.AwayTime);
        Nodes[1].Underway = [];
        return key;
    }

    // As when the owner did not answer the second node.
    private void LoseSightOf(EntryKey key) =>
        Nodes[1].Views.Shards.NotAnswered(ShardWatch.Of(key.CustomerId), Nodes[1].Services.Clock.Uptime);

    // Without a time it takes no turn to look for the owner.
    private ShardTurn TurnOf(EntryKey key, TimeSpan uptime = default) => Nodes[1].Views.Shards.TurnOf(ShardWatch.Of(key.CustomerId), uptime);

    private static IEnumerable<(string Cause, long Count)> StandInsOf(Node node) =>
        node.Services.Counters.Cluster.Leases.StandIns.Select(s => (s.Cause, s.Count.Value));
}
