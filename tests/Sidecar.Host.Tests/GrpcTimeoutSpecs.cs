using FluentAssertions;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class GrpcTimeoutSpecs
{
    [Theory]
    [InlineData("2H", 7200)]
    [InlineData("3M", 180)]
    [InlineData("4S", 4)]
    [InlineData("500m", 0.5)]
    [InlineData("250000u", 0.25)]
    [InlineData("99999999n", 0.0999999)]
    [InlineData("99999999H", 359999996400)]
    public void Time_is_digits_and_a_unit(string value, double seconds) =>
        GrpcTimeout.Parse(value).Should().BeCloseTo(TimeSpan.FromSeconds(seconds), TimeSpan.FromTicks(1));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("0S")]
    [InlineData("-1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("1s")]
    [InlineData("100000000S")]
    [InlineData("soon")]
    public void Anything_else_is_none(string value) => GrpcTimeout.Parse(value).Should().BeNull();
}
