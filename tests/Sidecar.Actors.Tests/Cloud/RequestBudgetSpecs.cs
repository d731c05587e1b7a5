using FsCheck.Xunit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class RequestBudgetSpecs
{
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(20, 2)]
    [InlineData(500, 50)]
    public void At_one_instant_a_tenth_of_a_second_s_share_is_there_and_one_more_is_not(int perSecond, int atOnce)
    {
        var budget = new RequestBudget(perSecond, _time);

        Take(budget).Should().Be(atOnce);

        budget.TryTake(out var wait).Should().BeFalse();
        wait.Should().BeCloseTo(TimeSpan.FromSeconds(1.0 / perSecond), TimeSpan.FromMilliseconds(0.01));
        _time.Advance(wait);
        budget.TryTake(out wait).Should().BeTrue();
        wait.Should().Be(TimeSpan.Zero);
        budget.TryTake(out _).Should().BeFalse();
    }

    [Fact]
    public void A_long_pause_saves_up_no_more()
    {
        var budget = new RequestBudget(500, _time);
        _time.Advance(TimeSpan.FromHours(1));

        Take(budget).Should().Be(50);
    }

    [Fact]
    public void What_was_taken_anyway_is_waited_for_by_the_next()
    {
        var budget = new RequestBudget(10, _time);
        for (var i = 0; i < 5; i++)
            budget.TakeAnyway();

        budget.TryTake(out var wait).Should().BeFalse();

        wait.Should().BeCloseTo(TimeSpan.FromSeconds(0.5), TimeSpan.FromMilliseconds(0.01));
    }

    [Fact]
    public void A_rate_of_none_is_refused() =>
        FluentActions.Invoking(() => new RequestBudget(0, _time)).Should().Throw<ArgumentOutOfRangeException>();

    [Property(MaxTest = 200)]
    public bool No_pace_of_asking_gets_more_than_the_rate_and_one_burst(byte rate, byte[] pauses)
    {
        var perSecond = rate + 1;
        var time = new VirtualTime();
        var budget = new RequestBudget(perSecond, time);
        var (taken, passed) = (Take(budget), TimeSpan.Zero);
        foreach (var pause in pauses)
        {
            var step = TimeSpan.FromMilliseconds(pause);
            time.Advance(step);
            passed += step;
            taken += Take(budget);
        }

        return taken <= (passed.TotalSeconds * perSecond) + RequestBudget.AtOnce(perSecond) + 0.001;
    }

    private static int Take(RequestBudget budget)
    {
        var taken = 0;
        while (budget.TryTake(out _))
            taken++;
        return taken;
    }
}
