using FsCheck.Xunit;
using Sidecar.Actors.Cluster;
using static Sidecar.Actors.Tests.Cluster.Views;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class JoinRuleSpecs
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Late = ClusterSettings.AloneAfter;

    [Fact]
    public void Cluster_that_is_there_is_joined_at_once_and_the_bigger_one_of_two()
    {
        Next(Seeking(1), [Seeking(2), Member(3, 3, 4)], Early).Should().Be(new JoinStep.Join(AddressOf(3)));
        Next(Seeking(9), [Member(1, 1, 2), Member(5, 5, 6, 7), Member(6, 5, 6, 7)], Early).Should().Be(new JoinStep.Join(AddressOf(5)));
    }

    [Fact]
    public void Of_two_clusters_of_a_size_that_with_the_lowest_address_is_joined() =>
        Next(Seeking(9), [Member(3, 3, 4), Member(2, 1, 2)], Early).Should().Be(new JoinStep.Join(AddressOf(2)));

    [Fact]
    public void Downed_members_make_no_cluster_bigger()
    {
        var shrunk = Member(1, 1) with { Members = [Entry(1), Entry(2, status: "Down"), Entry(3, status: "Removed")] };

        Next(Seeking(9), [shrunk, Member(4, 4, 5)], Early).Should().Be(new JoinStep.Join(AddressOf(4)));
    }

    [Fact]
    public void Lowest_address_forms_a_cluster_as_soon_as_enough_look()
    {
        Next(Seeking(1), [Seeking(2), Seeking(3)], Early).Should().BeOfType<JoinStep.Form>();
        Next(Seeking(2), [Seeking(1), Seeking(3)], Early).Should().BeOfType<JoinStep.Wait>();
    }

    [Fact]
    public void Fewer_than_enough_wait_and_then_do_without_the_others()
    {
        Next(Seeking(1), [Seeking(2)], Early).Should().BeOfType<JoinStep.Wait>();
        Next(Seeking(1), [Seeking(2)], Late).Should().BeOfType<JoinStep.Form>();
        Next(Seeking(2), [Seeking(1)], Late).Should().BeOfType<JoinStep.Wait>();
        Next(Seeking(2), [], Late).Should().BeOfType<JoinStep.Form>();
    }

    [Fact]
    public void Lowest_address_that_does_nothing_is_waited_for_a_while_only() =>
        Next(Seeking(2), [Seeking(1)], Late * 3).Should().BeOfType<JoinStep.Form>();

    [Fact]
    public void Node_that_ends_is_nobody_to_wait_for() =>
        Next(Seeking(2), [Seeking(1) with { Phase = NodePhase.Down }], Late).Should().BeOfType<JoinStep.Form>();

    [Property]
    public bool Of_those_that_all_see_each_other_exactly_one_forms_a_cluster(byte count, bool isLate)
    {
        var nodes = Enumerable.Range(1, 1 + (count % 20)).Select(Seeking).ToArray();

        return nodes.Count(node => JoinRule.Next(
            node, [.. nodes.Where(other => other != node)], nodes.Length, isLate ? Late : Early, ClusterSettings.AloneAfter) is JoinStep.Form) == 1;
    }

    private static JoinStep Next(MemberView self, MemberView[] answers, TimeSpan waited) =>
        JoinRule.Next(self, answers, required: 3, waited, ClusterSettings.AloneAfter);
}
