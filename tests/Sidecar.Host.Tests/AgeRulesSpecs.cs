using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class AgeRulesSpecs
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(100);

    [Theory]
    [InlineData(0, 90)]
    [InlineData(0.5, 100)]
    [InlineData(1, 110)]
    public void Age_of_a_connection_is_a_tenth_less_or_more(double jitter, double seconds) =>
        AgeRules.LimitOf(Age, jitter).Should().BeCloseTo(TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(1));

    [Theory]
    [InlineData(0, false, null)]
    [InlineData(2.9, false, null)]
    [InlineData(3, false, true)]
    [InlineData(3600, false, true)]
    [InlineData(0, true, true)]
    [InlineData(4.9, true, true)]
    [InlineData(5, true, false)]
    public void Connection_is_handed_over_at_a_lone_call_and_only_in_constant_use_at_any(double overdue, bool isInConstantUse, bool? alone) =>
        AgeRules.HandOver(TimeSpan.FromSeconds(overdue), isInConstantUse).Should().Be(alone);

    [Property]
    public void Age_stays_within_its_bounds_whatever_is_drawn(ushort seconds, ushort draw)
    {
        var age = TimeSpan.FromSeconds(seconds + 1);

        AgeRules.LimitOf(age, (double)draw / ushort.MaxValue).Should().BeGreaterThanOrEqualTo(age * 0.8999).And.BeLessThanOrEqualTo(age * 1.1001);
    }
}
