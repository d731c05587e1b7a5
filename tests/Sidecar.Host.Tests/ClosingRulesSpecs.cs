using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ClosingRulesSpecs
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(1);

    [Fact]
    public void Busy_connection_is_not_quiet() =>
        ClosingRules.Follow(new Quiet(4, Start), new CallCounts(5, 4), Start).Should().BeNull();

    [Fact]
    public void Quiet_begins_with_the_first_look_without_a_call_and_lasts()
    {
        var quiet = ClosingRules.Follow(before: null, new CallCounts(5, 5), Start);

        quiet.Should().Be(new Quiet(5, Start));
        ClosingRules.Follow(quiet, new CallCounts(5, 5), Start * 2).Should().Be(quiet);
    }

    [Fact]
    public void Call_between_two_looks_begins_it_anew()
    {
        var quiet = ClosingRules.Follow(new Quiet(5, Start), new CallCounts(6, 6), Start * 2);

        quiet.Should().Be(new Quiet(6, Start * 2));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(49, false)]
    [InlineData(50, true)]
    public void Quiet_is_enough_after_50_ms(int milliseconds, bool expected)
    {
        ClosingRules.IsQuietEnough(new Quiet(5, Start), Start + TimeSpan.FromMilliseconds(milliseconds), isInConstantUse: false).Should().Be(expected);
        ClosingRules.IsQuietEnough(quiet: null, Start, isInConstantUse: false).Should().BeFalse();
    }

    [Theory]
    [InlineData(100, 1, true)]
    [InlineData(99, 1, false)]
    [InlineData(500, 5, true)]
    [InlineData(499, 5, false)]
    [InlineData(10_000, 0.4, false)]
    public void Constant_use_is_a_hundred_calls_a_second_over_half_a_second(long calls, double seconds, bool expected) =>
        ClosingRules.IsConstantUse(calls, TimeSpan.FromSeconds(seconds)).Should().Be(expected);

    // Each step of the history: how many milliseconds pass until a look, and whether there is a call between it and the one before.
    [Property]
    public void Never_quiet_enough_with_a_call_in_the_last_50_ms_of_looks((byte Pause, bool HasCall)[] history)
    {
        var (now, calls, lastCall) = (TimeSpan.Zero, 0L, TimeSpan.Zero);
        Quiet? quiet = null;
        foreach (var (pause, hasCall) in history)
        {
            // The earliest that the call may have been is just after the look before.
            if (hasCall)
                (calls, lastCall) = (calls + 1, now);
            now += TimeSpan.FromMilliseconds(pause);
            quiet = ClosingRules.Follow(quiet, new CallCounts(calls, calls), now);
            if (ClosingRules.IsQuietEnough(quiet, now, isInConstantUse: false))
                (now - lastCall).Should().BeGreaterThanOrEqualTo(ClosingRules.QuietTime);
        }
    }
}
