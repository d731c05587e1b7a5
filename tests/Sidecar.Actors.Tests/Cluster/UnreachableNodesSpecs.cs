using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class UnreachableNodesSpecs
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly FakeTimeProvider _time = new();
    private readonly UnreachableNodes<string> _nodes;
    private string? _heard;
    private int _members = 5;

    public UnreachableNodesSpecs() => _nodes = new UnreachableNodes<string>(Interval, _time);

    [Fact]
    public void Node_that_stays_out_of_reach_is_given_up_once_and_not_before_its_time()
    {
        _nodes.Add("one");

        Look(ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().Equal("one");
        Look(ClusterSettings.DownAfter).Should().BeEmpty();
    }

    [Fact]
    public void Node_that_comes_back_has_its_full_time_again()
    {
        _nodes.Add("one");
        Look(ClusterSettings.DownAfter - Interval);
        _nodes.Remove("one");
        _nodes.Add("one");

        Look(ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().Equal("one");
    }

    [Fact]
    public void Word_that_is_said_twice_gives_no_time_again()
    {
        _nodes.Add("one");
        Look(ClusterSettings.DownAfter - Interval);
        _nodes.Add("one");

        Look(Interval).Should().Equal("one");
    }

    [Fact]
    public void Node_that_is_heard_is_not_given_up_on_the_word_of_another_and_has_its_full_time_from_when_it_is_heard_no_longer()
    {
        _nodes.Add("one");
        _heard = "one";
        Look(ClusterSettings.DownAfter * 2).Should().BeEmpty();

        _heard = null;
        Look(ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().Equal("one");
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Node_that_reaches_less_than_half_of_its_cluster_waits_longer(int lost, bool waits)
    {
        for (var i = 0; i < lost; i++)
            _nodes.Add($"{i}");

        Look(ClusterSettings.DownAfter).Should().HaveCount(waits ? 0 : lost);
        Look(ClusterSettings.DownAfterOfFew - ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().HaveCount(waits ? lost : 0);
    }

    [Fact]
    public void Of_two_nodes_each_reaches_half_and_gives_the_other_up_soon()
    {
        _members = 2;
        _nodes.Add("one");

        Look(ClusterSettings.DownAfter).Should().Equal("one");
    }

    [Fact]
    public void Nodes_out_of_reach_by_the_word_of_others_make_no_few_of_a_node()
    {
        foreach (var node in (string[])["one", "two", "three"])
            _nodes.Add(node);
        _heard = "three";

        Look(ClusterSettings.DownAfter).Should().BeEquivalentTo("one", "two");
    }

    [Fact]
    public void After_a_pause_of_this_process_everybody_has_his_full_time_again()
    {
        _nodes.Add("one");
        _time.Advance(TimeSpan.FromSeconds(16));

        _nodes.Look(IsHeard, _members, out var stoodStill).Should().BeEmpty();
        stoodStill.Should().Be(TimeSpan.FromSeconds(16) - Interval);

        Look(ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().Equal("one");
    }

    private bool IsHeard(string node) => node == _heard;

    // In steps of the interval, so that the process never stands still.
    private List<string> Look(TimeSpan time)
    {
        var gone = new List<string>();
        for (var left = time; left > TimeSpan.Zero; left -= Interval)
        {
            _time.Advance(Interval);
            gone.AddRange(_nodes.Look(IsHeard, _members, out var stoodStill));
            stoodStill.Should().Be(TimeSpan.Zero);
        }

        return gone;
    }
}
