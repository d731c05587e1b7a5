using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;
using static Sidecar.Actors.Tests.Cluster.Views;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class SplitWatchSpecs
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly SplitWatch _watch;

    public SplitWatchSpecs() => _watch = new SplitWatch(_time);

    [Fact]
    public void Split_counts_after_three_rounds_in_a_row()
    {
        Lose().Should().BeNull();
        _watch.IsFirst.Should().BeTrue();
        Lose().Should().BeNull();
        _watch.See(Member(2, 1, 2), [Member(1, 1, 2)]).Should().BeNull();
        Lose().Should().BeNull();
        Lose().Should().BeNull();
        Lose().Should().NotBeNull();
        _watch.HasStoodStill.Should().BeFalse();
    }

    [Fact]
    public void Split_after_a_pause_of_the_own_process_counts_at_once()
    {
        Rest(TimeSpan.FromSeconds(16));

        Lose().Should().NotBeNull();
        _watch.HasStoodStill.Should().BeTrue();
    }

    [Fact]
    public void Lateness_that_nobody_is_given_up_for_is_no_pause()
    {
        Rest(Round + ClusterSettings.PauseThatCounts);

        Lose().Should().BeNull();
    }

    [Fact]
    public void Pause_is_forgotten_after_a_while()
    {
        Rest(TimeSpan.FromSeconds(16));
        _time.Advance(SplitWatch.PauseCountsFor);

        Lose().Should().BeNull();
    }

    private string? Lose() => _watch.See(Member(2, 2), [Member(1, 1)]);

    private void Rest(TimeSpan time)
    {
        _watch.BeginRest(Round);
        _time.Advance(time);
        _watch.EndRest();
    }
}
