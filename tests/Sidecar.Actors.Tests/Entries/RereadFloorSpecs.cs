using Sidecar.Actors.Entries;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>How often an entry may be read for what changed in the persistent cache.</summary>
public sealed class RereadFloorSpecs
{
    private static readonly TimeSpan Step = TimeSpan.FromTicks(1);

    [Fact]
    public void The_first_one_may_be_at_once_and_the_next_ones_after_twice_the_time_each_up_to_the_longest()
    {
        var (floor, now) = (default(RereadFloor), TimeSpan.FromHours(1));
        floor.IsOpen(now).Should().BeTrue();
        foreach (var seconds in (double[])[1, 2, 4, 8, 16, 32, 64, 64])
        {
            floor = floor.Passed(now);
            now += TimeSpan.FromSeconds(seconds);
            floor.OpensAt.Should().Be(now);
            floor.IsOpen(now - Step).Should().BeFalse();
            floor.IsOpen(now).Should().BeTrue();
        }
    }

    [Fact]
    public void The_last_ones_count_until_there_was_none_for_as_long_again()
    {
        var floor = default(RereadFloor).Passed(TimeSpan.Zero).Passed(RereadFloor.First);
        var forgotten = RereadFloor.First + (4 * RereadFloor.First);

        floor.IsRemembered(forgotten - Step).Should().BeTrue();
        floor.Passed(forgotten - Step).InARow.Should().Be(3);
        floor.IsRemembered(forgotten).Should().BeFalse();
        floor.Passed(forgotten).InARow.Should().Be(1);
        default(RereadFloor).IsRemembered(TimeSpan.Zero).Should().BeFalse();
    }
}
