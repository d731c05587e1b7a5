using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Bench.Load;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

public sealed class LatencyHistogramSpecs
{
    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1, 100)]
    [InlineData(0, 1)]
    public void Percentile_is_the_smallest_value_that_so_many_are_not_above(double share, double expected)
    {
        var latencies = new LatencyHistogram();
        foreach (var value in Enumerable.Range(1, 100).Reverse())
            latencies.Add(value);

        latencies.Percentile(share).Should().Be(expected);
        latencies.Count.Should().Be(100);
    }

    [Property]
    public void No_value_is_told_off_by_a_hundredth(uint high, ushort low)
    {
        var value = ((long)high << 8) + low;
        var latencies = new LatencyHistogram();

        latencies.Add(value);

        latencies.Percentile(0.5).Should().BeLessThanOrEqualTo(value).And.BeGreaterThanOrEqualTo(value * 0.99);
    }

    [Fact]
    public void Step_back_of_the_clock_counts_as_nothing_and_nothing_has_no_percentile()
    {
        var latencies = new LatencyHistogram();
        FluentActions.Invoking(() => latencies.Percentile(0.5)).Should().Throw<InvalidOperationException>();

        latencies.Add(-3);

        latencies.Percentile(1).Should().Be(0);
    }
}
