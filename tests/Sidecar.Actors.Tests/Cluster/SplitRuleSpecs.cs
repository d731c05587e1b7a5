using FsCheck.Xunit;
using Sidecar.Actors.Cluster;
using static Sidecar.Actors.Tests.Cluster.Views;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class SplitRuleSpecs
{
    [Fact]
    public void Nodes_that_know_each_other_stay() =>
        SplitRule.WhyYield(Member(1, 1, 2), [Member(2, 1, 2)], hasStoodStill: false).Should().BeNull();

    [Fact]
    public void Nobody_gives_way_to_those_that_are_in_no_cluster() =>
        SplitRule.WhyYield(Member(9, 9), [Seeking(1), Member(2, 1, 2) with { Phase = NodePhase.Down }], hasStoodStill: true).Should().BeNull();

    [Fact]
    public void Fewer_give_way_to_more()
    {
        SplitRule.WhyYield(Member(1, 1), [Member(2, 2, 3), Member(3, 2, 3)], hasStoodStill: false).Should().Contain(AddressOf(2));
        SplitRule.WhyYield(Member(2, 2, 3), [Member(1, 1), Member(3, 2, 3)], hasStoodStill: false).Should().BeNull();
    }

    [Fact]
    public void Of_two_of_a_size_that_with_the_higher_lowest_address_gives_way()
    {
        SplitRule.WhyYield(Member(2, 2), [Member(1, 1)], hasStoodStill: false).Should().NotBeNull();
        SplitRule.WhyYield(Member(1, 1), [Member(2, 2)], hasStoodStill: false).Should().BeNull();
    }

    [Fact]
    public void Member_list_that_names_everybody_still_makes_nobody_stronger()
    {
        // It stood still, or was cut off, and has given nobody up yet; the others have.
        var alone = Member(1, 1, 2, 3);
        MemberView[] others = [Member(2, 2, 3), Member(3, 2, 3)];

        SplitRule.WhyYield(alone, others, hasStoodStill: false).Should().NotBeNull();
        SplitRule.WhyYield(others[0], [alone, others[1]], hasStoodStill: false).Should().BeNull();
    }

    [Fact]
    public void Node_that_was_given_up_while_it_stood_still_gives_way_whoever_is_more()
    {
        SplitRule.WhyYield(Member(1, 1, 2), [Member(2, 2)], hasStoodStill: true).Should().Contain("stood still");
        SplitRule.WhyYield(Member(1, 1, 2), [Member(2, 1, 2)], hasStoodStill: true).Should().BeNull();
    }

    [Fact]
    public void Another_incarnation_of_a_member_is_another_cluster() =>
        SplitRule.WhyYield(
            Member(2, 2) with { Members = [Entry(1, uid: 77), Entry(2)] }, [Member(1, 1)], hasStoodStill: false).Should().NotBeNull();

    [Property]
    public bool Of_two_clusters_exactly_one_gives_way(byte first, byte second)
    {
        int[] one = [.. Enumerable.Range(0, 1 + (first % 8)).Select(static i => (2 * i) + 1)];
        int[] two = [.. Enumerable.Range(0, 1 + (second % 8)).Select(static i => (2 * i) + 2)];
        MemberView[] all = [.. one.Select(node => Member(node, one)), .. two.Select(node => Member(node, two))];

        var yields = all.Select(self => SplitRule.WhyYield(self, [.. all.Where(other => other != self)], hasStoodStill: false) is not null).ToArray();

        var (left, right) = (yields[..one.Length], yields[one.Length..]);
        return left.Distinct().Count() == 1 && right.Distinct().Count() == 1 && left[0] != right[0];
    }
}
