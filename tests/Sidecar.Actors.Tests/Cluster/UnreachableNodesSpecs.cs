using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class UnreachableNodesSpecs
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly FakeTimeProvider _time = new();
    private readonly UnreachableNodes<string> _nodes;

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
    public void After_a_pause_of_this_process_everybody_has_his_full_time_again()
    {
        _nodes.Add("one");
        _time.Advance(TimeSpan.FromSeconds(16));

        _nodes.Look(out var stoodStill).Should().BeEmpty();
        stoodStill.Should().Be(TimeSpan.FromSeconds(16) - Interval);

        Look(ClusterSettings.DownAfter - Interval).Should().BeEmpty();
        Look(Interval).Should().Equal("one");
    }

    // In steps of the interval, so that the process never stands still.
    private List<string> Look(TimeSpan time)
    {
        var gone = new List<string>();
        for (var left = time; left > TimeSpan.Zero; left -= Interval)
        {
            _time.Advance(Interval);
            gone.AddRange(_nodes.Look(out var stoodStill));
            stoodStill.Should().Be(TimeSpan.Zero);
        }

        return gone;
    }
}
