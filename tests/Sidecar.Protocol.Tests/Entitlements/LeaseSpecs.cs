using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class LeaseSpecs
{
    private static readonly FreshnessRules Rules = new();
    private static readonly Moment Present = Given.Moment();
    private static readonly EntitlementState Known = Given.State(Given.Boolean());

    [Theory]
    [InlineData(0, 0, Freshness.Fresh)]
    [InlineData(15, 0, Freshness.Fresh)]
    [InlineData(15, 1, Freshness.Revalidate)]
    [InlineData(29, 0, Freshness.Revalidate)]
    [InlineData(30, 0, Freshness.Suspect)]
    [InlineData(3000, 0, Freshness.Suspect)]
    public void A_leased_view_is_judged_by_its_lease_whatever_the_stream_does(int seconds, int ticksMore, Freshness expected)
    {
        var view = Granted(TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(ticksMore));

        foreach (var stream in new[] { StreamState.Off, new StreamState(IsUp: true, Present.Uptime, Present.Uptime), new StreamState(IsUp: true, default, Present.Uptime) })
            Rules.Judge(view, Present, stream, nodeEpoch: 0).Should().Be(expected);
    }

    [Fact]
    public void Within_its_lease_a_view_of_an_owner_that_is_lost_answers_and_is_asked_for_behind_the_answer()
    {
        var owner = new LeaseOwner();
        var view = Granted(TimeSpan.Zero, owner);
        Judge(view).Should().Be(Freshness.Fresh);

        owner.Lose();

        Judge(view).Should().Be(Freshness.Revalidate);
        Judge(view with { Lease = view.Lease! with { Until = Present.Uptime } }).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void A_leased_view_that_is_unconfirmed_is_asked_for_behind_the_answer() =>
        Judge(Granted(TimeSpan.Zero) with { IsUnconfirmed = true }).Should().Be(Freshness.Revalidate);

    [Fact]
    public void What_concerns_everybody_and_what_concerns_the_entry_make_a_leased_view_suspect()
    {
        Rules.Judge(Granted(TimeSpan.Zero), Present, StreamState.Off, nodeEpoch: 1).Should().Be(Freshness.Suspect);
        Judge(Granted(TimeSpan.Zero).Invalidated()).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void A_validUntil_that_passes_within_the_lease_expires_the_view()
    {
        var state = Given.State(Given.Boolean() with { ValidUntil = Present.Utc });

        Judge(Granted(TimeSpan.Zero) with { State = state }).Should().Be(Freshness.Expired);
    }

    [Fact]
    public void A_state_that_was_granted_although_it_has_expired_answers_for_a_while()
    {
        var state = Given.State(Given.Boolean() with { ValidUntil = Present.Utc });
        var view = LeaseRules.Granted(null, Told(new LeaseOwner(), 1, state), Terms(1), Present)!;

        Judge(view).Should().Be(Freshness.Fresh);
        Rules.Judge(view, Present with { Uptime = Present.Uptime + TimeSpan.FromSeconds(5) }, StreamState.Off, 0).Should().Be(Freshness.Expired);
    }

    [Fact]
    public void An_unknown_customer_is_taken_as_such_no_longer_on_a_lease_than_off_it()
    {
        var unknown = EntitlementState.Create(Stigg.Sidecar.V1.AccessDeniedReason.CustomerNotFound, []);
        var view = Granted(TimeSpan.Zero) with { State = unknown, ReadStartedAt = Present.Uptime - TimeSpan.FromSeconds(61) };
        var up = new StreamState(IsUp: true, TimeSpan.Zero, Present.Uptime);

        Rules.Judge(view, Present, up, 0).Should().Be(Freshness.Expired);
        Rules.Judge(view with { ReadStartedAt = Present.Uptime - TimeSpan.FromSeconds(59) }, Present, up, 0).Should().Be(Freshness.Fresh);
        Judge(view with { ReadStartedAt = Present.Uptime - TimeSpan.FromSeconds(6) }).Should().Be(Freshness.Expired);
    }

    [Fact]
    public void Only_a_leased_view_takes_room_for_its_lease()
    {
        var plain = new EntitlementView(Known, TimeSpan.Zero, ReadNumber: 1, SetNumber: 1);
        var beside = plain with { SetNodeEpoch = 7 };
        var lease = new Lease(null, TimeSpan.Zero, TimeSpan.Zero);

        (plain with { Lease = lease }).OwnSize.Should().Be(beside.OwnSize + 8 + 48);
        (plain with { Lease = lease } with { Lease = null }).OwnSize.Should().Be(beside.OwnSize);
        var leased = beside with { Lease = lease } with { SetBegan = 9 };
        (leased.SetNodeEpoch, leased.SetBegan, leased.Lease).Should().Be((7, 9, lease));
    }

    [Fact]
    public void A_view_whose_actor_comes_to_life_here_is_taken_over_with_its_age()
    {
        var own = Granted(TimeSpan.FromSeconds(20)).TakenOver(Present.Uptime);

        (own.Lease, own.IsInvalidated, own.IsUnconfirmed).Should().Be((null, false, false));
        own.ReadStartedAt.Should().Be(Granted(TimeSpan.FromSeconds(20)).ReadStartedAt);
        EntryState.From(own).ReadStartedAt.Should().Be(own.ReadStartedAt);

        Granted(TimeSpan.FromSeconds(30)).TakenOver(Present.Uptime).IsInvalidated.Should().BeTrue("its lease is over");
        var lost = new LeaseOwner();
        lost.Lose();
        Granted(TimeSpan.Zero, lost).TakenOver(Present.Uptime).IsUnconfirmed.Should().BeTrue("what its owner told last may be missing");
        var plain = new EntitlementView(Known, TimeSpan.Zero);
        plain.TakenOver(Present.Uptime).Should().BeSameAs(plain);
    }

    [Fact]
    public void Of_one_owner_the_later_version_stays_whichever_way_it_came()
    {
        var owner = new LeaseOwner();
        var (first, second, third) = (Set(1), Set(2), Set(3));
        var held = LeaseRules.Granted(null, Told(owner, 10, first), Terms(1), Present)!;

        var pushed = LeaseRules.Told(held, Told(owner, 12, third), number: 5)!;
        (pushed.State, pushed.Lease!.Version, pushed.SetNumber).Should().Be((third, 12, 5));
        LeaseRules.Told(pushed, Told(owner, 11, second), number: 6).Should().BeSameAs(pushed);
        var renewed = LeaseRules.Granted(pushed, Told(owner, 11, second), Terms(4, askedAgo: 0), Present)!;
        (renewed.State, renewed.Lease!.Version, renewed.Lease.Until).Should().Be((third, 12, Present.Uptime + Lease.Usual));
    }

    [Fact]
    public void What_is_told_unasked_makes_nothing_trusted_and_extends_nothing()
    {
        var owner = new LeaseOwner();
        var held = LeaseRules.Granted(null, Told(owner, 10, Set(1)), Terms(1), Present)!.Invalidated();

        var pushed = LeaseRules.Told(held, Told(owner, 11, Set(2)), number: 5)!;

        (pushed.IsInvalidated, pushed.NodeEpoch, pushed.Lease!.Until).Should().Be((true, held.NodeEpoch, held.Lease!.Until));
        LeaseRules.Granted(pushed, Told(owner, 12, Set(2)), Terms(6), Present)!.IsInvalidated.Should().BeFalse("it was asked for after that");
    }

    [Fact]
    public void A_grant_that_was_asked_for_before_news_came_stays_suspect()
    {
        var view = LeaseRules.Granted(null, Told(new LeaseOwner(), 1, Known), Terms(1) with { IsOvertaken = true }, Present)!;
        Judge(view).Should().Be(Freshness.Suspect);

        Rules.Judge(
            LeaseRules.Granted(null, Told(new LeaseOwner(), 1, Known), Terms(1), Present)!, Present, StreamState.Off, nodeEpoch: 1)
            .Should().Be(Freshness.Suspect, "what concerned everybody came since");
    }

    [Fact]
    public void A_grant_that_comes_after_the_answer_to_a_later_question_takes_no_trust_away_and_gives_none()
    {
        var owner = new LeaseOwner();
        var later = LeaseRules.Granted(null, Told(owner, 11, Set(2)), Terms(5), Present)!;

        var both = LeaseRules.Granted(later, Told(owner, 10, Set(1)), Terms(2) with { IsOvertaken = true }, Present)!;
        both.Should().Be(later);
        var invalidated = LeaseRules.Granted(later.Invalidated(), Told(owner, 10, Set(1)), Terms(2), Present)!;
        invalidated.IsInvalidated.Should().BeTrue();
    }

    [Fact]
    public void A_grant_replaces_what_this_node_began_to_read_before_and_not_what_it_began_later()
    {
        var earlier = new EntitlementView(Known, TimeSpan.Zero, ReadNumber: 3);
        var later = new EntitlementView(Known, TimeSpan.Zero, ReadNumber: 5);

        LeaseRules.Granted(earlier, Told(new LeaseOwner(), 1, Known), Terms(4), Present).Should().NotBeNull();
        LeaseRules.Granted(later, Told(new LeaseOwner(), 1, Known), Terms(4), Present).Should().BeNull();
    }

    [Fact]
    public void What_an_owner_tells_of_an_entry_that_is_held_of_another_one_or_not_at_all_ends_its_lease()
    {
        var owner = new LeaseOwner();
        var others = LeaseRules.Granted(null, Told(new LeaseOwner(), 1, Known), Terms(1), Present)!;

        LeaseRules.Told(null, Told(owner, 2, Known), 2).Should().BeNull();
        LeaseRules.Told(others, Told(owner, 2, Known), 2).Should().BeNull();
        LeaseRules.Told(new EntitlementView(Known, TimeSpan.Zero), Told(owner, 2, Known), 2).Should().BeNull();
        LeaseRules.Revoked(others, owner).Should().BeNull();
        Judge(LeaseRules.Revoked(others, others.Lease!.Owner!)!).Should().Be(Freshness.Suspect);
    }

    [Fact]
    public void A_resource_is_suspect_once_its_customers_set_changed_behind_it()
    {
        var owner = new LeaseOwner();
        var customer = LeaseRules.Granted(null, Told(owner, 1, Set(1)), Terms(3), Present)!;
        var resource = LeaseRules.Granted(null, Told(owner, 2, Known), Terms(3), Present)!;
        Rules.Judge(resource, customer, Present, StreamState.Off, 0).Should().Be(Freshness.Fresh);

        var sameSet = LeaseRules.Told(customer, Told(owner, 3, Set(1)), number: 4)!;
        var changed = LeaseRules.Told(customer, Told(owner, 3, Set(2)), number: 4)!;

        Rules.Judge(resource, sameSet, Present, StreamState.Off, 0).Should().Be(Freshness.Fresh);
        Rules.Judge(resource, changed, Present, StreamState.Off, 0).Should().Be(Freshness.Suspect);
    }

    [Property(MaxTest = 500)]
    public void No_view_answers_without_being_asked_for_after_its_lease_and_within_the_first_half_of_it_none_is_asked_for(
        ushort askedAgo, byte length, bool isUp, ushort upFor)
    {
        var (since, held) = (TimeSpan.FromMilliseconds(askedAgo), TimeSpan.FromSeconds(length));
        var view = LeaseRules.Granted(null, Told(new LeaseOwner(), 1, Known), Terms(1) with { AskedAt = Present.Uptime - since, Length = held }, Present)!;
        var stream = new StreamState(isUp, Present.Uptime - TimeSpan.FromMilliseconds(upFor), Present.Uptime);

        var freshness = Rules.Judge(view, Present, stream, 0);

        (freshness == Freshness.Suspect).Should().Be(since >= held);
        (freshness == Freshness.Fresh).Should().Be(since < held && since + since <= held);
    }

    private static EntitlementState Set(int day) => Given.Set(day: day);

    private static LeasedState Told(LeaseOwner owner, long version, EntitlementState state) =>
        new(owner, state, Present.Uptime - TimeSpan.FromSeconds(40), version, IsUnconfirmed: false);

    private static LeaseTerms Terms(long number, int askedAgo = 1) =>
        new(number, NodeEpoch: 0, Present.Uptime - TimeSpan.FromSeconds(askedAgo), Lease.Usual, IsOvertaken: false);

    private static EntitlementView Granted(TimeSpan ago, LeaseOwner? owner = null) => LeaseRules.Granted(
        null, Told(owner ?? new LeaseOwner(), 1, Known), Terms(1) with { AskedAt = Present.Uptime - ago }, Present)!;

    private static Freshness Judge(EntitlementView view) => Rules.Judge(view, Present, StreamState.Off, nodeEpoch: 0);
}
