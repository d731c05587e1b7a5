using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class StreamPauseSpecs
{
    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.25, 0.25)]
    [InlineData(1.0, 1)]
    public void The_first_try_after_a_drop_comes_within_a_second_spread_evenly(double jitter, double seconds) =>
        StreamPause.AfterFailure(1, jitter).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(2, 0.5, 1)]
    [InlineData(3, 0.5, 2)]
    [InlineData(4, 0.5, 4)]
    [InlineData(5, 0.5, 8)]
    [InlineData(6, 0.5, 16)]
    [InlineData(7, 0.5, 20)]
    [InlineData(2, 0.0, 0.5)]
    [InlineData(2, 1.0, 1.5)]
    [InlineData(4, 0.0, 2)]
    [InlineData(4, 1.0, 6)]
    [InlineData(1_000, 0.0, 10)]
    [InlineData(1_000, 1.0, 30)]
    public void Later_ones_after_a_second_plus_or_minus_half_doubling_to_30(int failures, double jitter, double seconds) =>
        StreamPause.AfterFailure(failures, jitter).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(1, 0.0, 5)]
    [InlineData(1, 0.5, 10)]
    [InlineData(2, 0.0, 10)]
    [InlineData(1_000, 0.0, 20)]
    [InlineData(1_000, 1.0, 60)]
    public void A_cloud_with_too_many_requests_is_left_alone_for_5_seconds_at_least(int failures, double jitter, double seconds) =>
        StreamPause.AfterThrottling(failures, jitter).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(0.0, 54)]
    [InlineData(0.5, 60)]
    [InlineData(1.0, 66)]
    public void A_refused_key_is_tried_again_after_a_minute_plus_or_minus_a_tenth(double jitter, double seconds) =>
        StreamPause.AfterRefusedKey(jitter).Should().BeCloseTo(TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(1));
}
