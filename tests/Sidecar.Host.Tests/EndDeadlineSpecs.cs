using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class EndDeadlineSpecs
{
    private readonly FakeTimeProvider _time = new();
    private int _exits;

    [Fact]
    public void Runs_from_the_first_signal_on()
    {
        using var deadline = new EndDeadline(_time, () => _exits++);
        _time.Advance(TimeSpan.FromDays(1));
        _exits.Should().Be(0);

        deadline.Begin();
        _time.Advance(EndDeadline.Limit - TimeSpan.FromMilliseconds(1));
        _exits.Should().Be(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _exits.Should().Be(1);
    }

    [Fact]
    public void An_end_in_time_takes_it_away()
    {
        using (var deadline = new EndDeadline(_time, () => _exits++))
            deadline.Begin();

        _time.Advance(TimeSpan.FromDays(1));
        _exits.Should().Be(0);
    }
}
