using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>One node's desk between a scripted owner, a scripted holder and a scripted region.</summary>
public sealed class LeaseDeskSpecs : ActorSpecs
{
    private static readonly EntryKey Key = new("customer");
    private static readonly OwnerId Self = new("self", 1);
    private static readonly OwnerId Peer = new("peer", 2);
    private readonly LeasedViews _views;
    private readonly TestProbe _peer;
    private readonly TestProbe _region;
    private readonly IActorRef _desk;

    public LeaseDeskSpecs()
    {
        _views = new LeasedViews(Services);
        _peer = CreateTestProbe("peer");
        _region = CreateTestProbe("region");
        _region.IgnoreMessages(m => m is GetShardRegionStats);
        _desk = Sys.ActorOf(Props.Create(() => new LeaseDesk(Services, _views, Self, () => _region.Ref, false, 2)));
    }

    [Fact]
    public void A_newer_view_is_pushed_and_one_that_is_acknowledged_stays_leased()
    {
        Grant();
        Publish(States.Granting("new"), version: 7);

        var push = _peer.ExpectMsg<PushLease>();
        (push.Owner, push.Entry.Version, push.Entry.State.FindFeature("new") is null).Should().Be((Self, 7L, false));
        _desk.Tell(new LeasePushed(push.Push, IsHeld: true), _peer.Ref);
        Pass(LeaseLedger.PushPatience + LeaseDesk.TickInterval);

        _peer.HasMessages.Should().BeFalse();
        Publish(States.Granting("newer"), version: 8);
        _peer.ExpectMsg<PushLease>().Entry.Version.Should().Be(8);
    }

    [Fact]
    public void A_push_that_is_lost_ends_the_lease_after_two_seconds()
    {
        Grant();
        Publish(States.Granting("new"), version: 7);
        _peer.ExpectMsg<PushLease>();

        Pass(LeaseLedger.PushPatience + LeaseDesk.TickInterval);

        _peer.ExpectMsg<RevokeLease>().Should().Match<RevokeLease>(revoke => revoke.Owner == Self && revoke.Key == Key && revoke.Push > 0);
        Publish(States.Granting("newer"), version: 8);
        Settle(_desk);
        _peer.HasMessages.Should().BeFalse("it holds nothing");
    }

    [Fact]
    public void A_revoke_that_is_lost_is_sent_again_until_it_is_acknowledged()
    {
        Grant();
        Services.Cache.Remove(Services.Cache.Find(Key.CustomerId)!);
        var lost = _peer.ExpectMsg<RevokeLease>();

        Pass(LeaseLedger.PushPatience + LeaseDesk.TickInterval);
        var again = _peer.ExpectMsg<RevokeLease>();
        (again.Key, again.Push > lost.Push).Should().Be((Key, true));
        _desk.Tell(new LeasePushed(again.Push, IsHeld: false), _peer.Ref);
        Pass(LeaseLedger.PushPatience + LeaseDesk.TickInterval);

        _peer.HasMessages.Should().BeFalse();
        Services.Counters.Cluster.Leases.Held.Value.Should().Be(0);
    }

    [Fact]
    public void A_view_that_says_what_its_holder_knows_is_not_pushed()
    {
        Grant();

        Publish(States.Granting("old"), version: 7);
        Settle(_desk);

        _peer.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task Of_very_many_views_that_are_left_none_is_forgotten_although_they_are_done_in_pieces()
    {
        var shard = ShardWatch.Of(Key.CustomerId);
        Own(shard);
        var ids = Enumerable.Range(0, (2 * LeaseDesk.PieceSize) + 1).Select(i => $"customer-{i}").ToList();
        foreach (var id in ids)
            Services.Cache.Publish(new EntryKey(id), OldView(), 0);
        Grant();

        Own();
        await Eventually.HoldsAsync(() => ids.TrueForAll(id => Judge(new EntryKey(id)) == Freshness.Suspect), "all are asked for anew");

        _peer.ExpectMsg<RevokeLease>().Key.Should().Be(Key);
    }

    [Fact]
    public void A_lease_of_what_is_not_kept_and_one_too_many_are_ended_at_once()
    {
        _desk.Tell(new LeaseGranted(Key, Peer, _peer.Ref, Lease.Usual, OldView()));
        var revoke = _peer.ExpectMsg<RevokeLease>();
        revoke.Key.Should().Be(Key);
        _desk.Tell(new LeasePushed(revoke.Push, IsHeld: false), _peer.Ref);

        foreach (var id in new[] { "one", "two", "three" })
            Grant(new EntryKey(id));
        _peer.ExpectMsg<RevokeLease>().Key.Should().Be(new EntryKey("three"));
    }

    [Fact]
    public void What_leases_take_is_charged_to_the_cache_and_given_back()
    {
        Grant();
        Settle(_desk);
        (Services.Cache.Bytes - Services.Cache.ViewBytes).Should().BePositive();
        Services.Counters.Cluster.Leases.Held.Value.Should().Be(1);

        _desk.Tell(new NodeLost(Peer));
        Settle(_desk);
        Services.Cache.Bytes.Should().Be(Services.Cache.ViewBytes);
        Services.Counters.Cluster.Leases.Held.Value.Should().Be(0);
    }

    [Fact]
    public void A_desk_that_ends_gives_back_what_it_was_charged_and_what_was_granted_to_it_is_asked_for_anew()
    {
        Grant();
        var held = new EntryKey("held");
        Take(held, version: 1);
        Watch(_desk);

        Sys.Stop(_desk);

        ExpectTerminated(_desk);
        Services.Cache.Bytes.Should().Be(Services.Cache.ViewBytes);
        Judge(held).Should().Be(Freshness.Revalidate);
        Services.Cache.Removed.Should().BeNull();
    }

    [Fact]
    public void A_push_replaces_what_is_held_and_one_of_what_is_not_held_gives_the_lease_back()
    {
        Take(Key, version: 5);

        Push(Key, 1, version: 6, States.Granting("new"));
        _peer.ExpectMsg<LeasePushed>().Should().Be(new LeasePushed(1, IsHeld: true));
        ViewOf(Key)!.State.FindFeature("new").Should().NotBeNull();
        Push(Key, 2, version: 4, States.Granting("old"));
        _peer.ExpectMsg<LeasePushed>().Should().Be(new LeasePushed(2, IsHeld: true));
        ViewOf(Key)!.State.FindFeature("new").Should().NotBeNull();
        Push(new EntryKey("other"), 3, version: 7, States.Granting("other"));
        _peer.ExpectMsg<LeasePushed>().Should().Be(new LeasePushed(3, IsHeld: false));
    }

    [Fact]
    public void A_revoke_or_a_push_that_is_faster_than_the_grant_it_follows_leaves_that_suspect()
    {
        using var revoked = _views.Questions.Ask(Key)!;
        _desk.Tell(new RevokeLease(3, Peer, Key), _peer.Ref);
        _peer.ExpectMsg<LeasePushed>().Should().Be(new LeasePushed(3, IsHeld: false));
        Answer(revoked, version: 1);
        Judge(Key).Should().Be(Freshness.Suspect);

        var other = new EntryKey("other");
        using var pushed = _views.Questions.Ask(other)!;
        Push(other, 1, version: 2, States.Granting("new"));
        Answer(pushed, version: 1);
        Judge(other).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void A_grant_asked_for_before_news_came_stays_suspect_and_the_next_one_does_not()
    {
        using var before = _views.Questions.Ask(Key)!;
        _views.MakeSuspect(Key);
        using var after = _views.Questions.Ask(Key)!;

        Answer(before, version: 1);
        Judge(Key).Should().Be(Freshness.Suspect);
        Answer(after, version: 2);
        Judge(Key).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void An_answer_whose_asker_is_gone_is_dropped()
    {
        var question = _views.Questions.Ask(Key)!;
        question.Dispose();

        Answer(question, version: 1);

        ViewOf(Key).Should().BeNull();
        _views.Questions.Count.Should().Be(0);
    }

    [Fact]
    public void Once_a_shard_is_not_this_nodes_own_any_more_its_leases_end_and_its_views_are_suspect()
    {
        Grant();
        Own(ShardWatch.Of(Key.CustomerId));
        Judge(Key).Should().Be(Freshness.Fresh);
        _peer.HasMessages.Should().BeFalse();

        Own();

        _peer.ExpectMsg<RevokeLease>().Key.Should().Be(Key);
        Judge(Key).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void A_node_that_can_not_be_reached_and_grants_again_is_trusted_again()
    {
        Take(Key, version: 1);
        _desk.Tell(new NodeLost(Peer));
        Settle(_desk);
        Judge(Key).Should().Be(Freshness.Revalidate);

        Take(Key, version: 2);

        Judge(Key).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void A_lease_is_held_no_longer_than_this_node_would_grant_one_whatever_it_was_granted_for()
    {
        foreach (var granted in new[] { TimeSpan.FromHours(1), TimeSpan.MaxValue })
        {
            var key = new EntryKey($"customer-{granted.Ticks}");
            using var question = _views.Questions.Ask(key)!;
            Answer(question, version: 1, granted);

            ViewOf(key)!.Lease!.Until.Should().Be(question.AskedAt + Lease.Usual);
        }
    }

    private void Pass(TimeSpan time) => Advance(time, _desk);

    private void Own(params int[] shards)
    {
        _desk.Tell(new ShardRegionStats(
            shards.ToImmutableDictionary(s => s.ToString(System.Globalization.CultureInfo.InvariantCulture), _ => 1), ImmutableHashSet<string>.Empty));
        Settle(_desk);
    }

    private void Grant() => Grant(Key);

    private void Grant(EntryKey key)
    {
        Services.Cache.Publish(key, OldView(), 0);
        _desk.Tell(new LeaseGranted(key, Peer, _peer.Ref, Lease.Usual, OldView()));
        Settle(_desk);
    }

    private EntitlementView OldView() => States.ViewOf(States.Granting("old"), Services.Clock.Uptime);

    private void Publish(EntitlementState state, long version) =>
        _desk.Tell(new ViewPublished(Key, States.ViewOf(state, Services.Clock.Uptime), version));

    private void Take(EntryKey key, long version)
    {
        using var question = _views.Questions.Ask(key)!;
        Answer(question, version);
    }

    private void Answer(OwnerQuestion question, long version) => Answer(question, version, Lease.Usual);

    private void Answer(OwnerQuestion question, long version, TimeSpan length)
    {
        var entry = new LeasedEntry(question.Key, States.Granting("granted"), TimeSpan.Zero, version, IsUnconfirmed: false);
        _desk.Tell(new EntryGranted(question.Id, Peer, entry, null, AnswerSource.Memory, length), _peer.Ref);
        Settle(_desk);
    }

    private void Push(EntryKey key, long number, long version, EntitlementState state) => _desk.Tell(
        new PushLease(number, Peer, new LeasedEntry(key, state, TimeSpan.Zero, version, IsUnconfirmed: false)), _peer.Ref);

    private EntitlementView? ViewOf(EntryKey key) => Services.Cache.Find(key.CustomerId)?.Find(key.ResourceId);

    private Freshness Judge(EntryKey key) =>
        Services.Freshness.Judge(ViewOf(key)!, Services.Clock.Now, Services.Cache.Stream, Services.Cache.NodeEpoch);
}
