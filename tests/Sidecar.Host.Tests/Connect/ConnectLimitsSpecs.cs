using FluentAssertions;
using Grpc.Core;
using Sidecar.Host.Connect;
using Xunit;

namespace Sidecar.Host.Tests.Connect;

public sealed class ConnectLimitsSpecs
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("0000000250", 250)]
    [InlineData("86400000", 86_400_000)]
    [InlineData("9999999999", 86_400_000)]
    public void Timeout_has_up_to_ten_digits_and_is_a_day_at_most(string header, int milliseconds) =>
        ConnectLimits.TimeoutOf(header).Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void No_header_is_no_timeout() => ConnectLimits.TimeoutOf("").Should().BeNull();

    [Theory]
    [InlineData("00000000001")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.5")]
    public void Anything_else_is_refused(string header) =>
        FluentActions.Invoking(() => ConnectLimits.TimeoutOf(header)).Should().Throw<RpcException>().Which.StatusCode.Should().Be(StatusCode.InvalidArgument);
}
