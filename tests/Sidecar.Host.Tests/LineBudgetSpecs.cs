using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Logging;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class LineBudgetSpecs
{
    private static readonly TimeSpan Stretch = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _time = new();
    private readonly LineBudget _it;

    public LineBudgetSpecs() => _it = new LineBudget(2, Stretch, _time);

    [Fact]
    public void More_lines_of_a_kind_than_that_are_left_out_until_the_time_is_over_and_counted()
    {
        Take().Should().Be(0);
        Take().Should().Be(0);
        for (var i = 0; i < 5; i++)
            Take().Should().BeNull();

        _time.Advance(Stretch - TimeSpan.FromMilliseconds(1));
        Take().Should().BeNull();

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Take().Should().Be(6);
        Take().Should().Be(0);
        Take().Should().BeNull();
    }

    [Fact]
    public void Another_kind_has_lines_of_its_own()
    {
        Take();
        Take();
        Take().Should().BeNull();

        _it.Take("other", LogLevel.Warning).Should().Be(0);
        _it.Take("one", LogLevel.Error).Should().Be(0);
    }

    private int? Take() => _it.Take("one", LogLevel.Warning);
}
