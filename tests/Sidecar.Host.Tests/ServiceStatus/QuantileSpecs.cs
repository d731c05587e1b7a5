using FluentAssertions;
using Sidecar.Host.ServiceStatus;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

public sealed class QuantileSpecs
{
    private static readonly double[] Bounds = [1, 2, 4];

    [Theory]
    [InlineData(0.5, new long[] { 10, 0, 0, 0 }, 0.5)]
    [InlineData(0.5, new long[] { 10, 10, 0, 0 }, 1.0)]
    [InlineData(0.99, new long[] { 0, 0, 100, 0 }, 3.98)]
    [InlineData(0.99, new long[] { 0, 0, 0, 5 }, 4.0)]
    [InlineData(0.25, new long[] { 0, 4, 0, 0 }, 1.25)]
    public void A_quantile_lies_within_its_bucket_as_prometheus_has_it(double part, long[] counts, double expected) =>
        Quantile.Of(counts, Bounds, part).Should().BeApproximately(expected, 1e-9);

    [Fact]
    public void Nothing_has_no_quantile() => Quantile.Of([0, 0, 0, 0], Bounds, 0.5).Should().BeNull();

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(10 * 1024 * 1024, "10.0 MiB")]
    [InlineData(long.MaxValue, "8388608 TiB")]
    public void Sizes_are_told_with_their_unit(long bytes, string text) => Sizes.Of(bytes).Should().Be(text);
}
