using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests;

public sealed class ProcessClockSpecs
{
    private readonly VirtualTime _time = new();

    [Fact]
    public void Ages_count_from_its_making()
    {
        _time.Advance(TimeSpan.FromDays(1));
        var clock = new ProcessClock(_time);

        _time.Advance(TimeSpan.FromSeconds(7));

        clock.Uptime.Should().Be(TimeSpan.FromSeconds(7));
        clock.Now.Uptime.Should().Be(TimeSpan.FromSeconds(7));
        clock.Now.Utc.Should().Be(_time.GetUtcNow());
    }

    [Fact]
    public void Delays_run_on_the_same_time() => new ProcessClock(_time).Time.Should().BeSameAs(_time);
}
