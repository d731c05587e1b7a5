using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class HandoverSpecs
{
    [Theory]
    [InlineData(null, 500, 2000)]
    [InlineData(10_000, 500, 2000)]
    [InlineData(4_000, 500, 2000)]
    [InlineData(3_000, 500, 1500)]
    [InlineData(1_000, 250, 500)]
    [InlineData(200, 50, 100)]
    public void Call_is_held_back_for_no_more_than_half_of_the_time_that_its_caller_waits(int? timeout, int pause, int longest) =>
        Handover.Bounds(timeout is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null)
            .Should().Be((TimeSpan.FromMilliseconds(pause), TimeSpan.FromMilliseconds(longest)));

    [Property]
    public void Longest_time_holds_two_pauses_at_least(uint milliseconds)
    {
        var timeout = TimeSpan.FromMilliseconds(milliseconds);

        var (pause, longest) = Handover.Bounds(timeout);

        (2 * pause).Should().BeLessThanOrEqualTo(longest);
        longest.Should().BeLessThanOrEqualTo(timeout / 2);
    }
}
