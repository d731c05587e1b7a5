using Sidecar.Actors.Metrics;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Metrics;

public sealed class StreamMetricsSpecs
{
    private readonly StreamMetrics _metrics = new();

    [Fact]
    public void Every_outcome_is_there_from_the_start_at_0_under_its_name()
    {
        _metrics.Connections.Select(c => (c.Outcome, c.Count.Value)).Should().Equal(
            ("up", 0), ("network", 0), ("invalid_key", 0), ("throttled", 0), ("closed", 0), ("too_large", 0), ("timeout", 0));
        _metrics.LastMessage.Should().Be(0);
        _metrics.Reconnects.Should().Be(0);
        _metrics.IsUp.Should().BeFalse();
        _metrics.IsEnabled.Should().BeFalse();
    }

    [Fact]
    public void Every_connection_that_comes_up_after_the_first_is_a_reconnect()
    {
        _metrics.CameUp();
        _metrics.IsUp.Should().BeTrue();
        _metrics.IsDown();
        _metrics.IsUp.Should().BeFalse();
        _metrics.CameUp();
        _metrics.CameUp();

        _metrics.Reconnects.Should().Be(2);
    }

    [Fact]
    public void An_end_is_counted_by_its_cause()
    {
        foreach (var fault in Enum.GetValues<UpdateSocketFault>())
            _metrics[fault].Increment();

        _metrics.Connections.Where(c => c.Count.Value == 1).Should().HaveCount(6);
    }
}
