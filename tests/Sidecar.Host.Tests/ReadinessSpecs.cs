using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cloud;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ReadinessSpecs
{
    private KeyState _key = KeyState.Unknown;

    [Fact]
    public void Is_not_ready_until_the_port_is_open()
    {
        var readiness = Make(ReadyWhen.Serving);

        readiness.Look().Reasons.Should().Equal(ReadinessRules.NotOpen);
        readiness.Open();
        readiness.Look().IsReady.Should().BeTrue();
        readiness.End();
        readiness.Look().Reasons.Should().Equal(ReadinessRules.Ending);
    }

    [Fact]
    public void Who_follows_it_is_told_of_each_turn_and_of_nothing_else()
    {
        var readiness = Make(ReadyWhen.Data);
        readiness.Open();
        var (first, turned) = readiness.Follow();
        first.IsReady.Should().BeFalse();

        _key = KeyState.Invalid;
        readiness.Look();
        turned.IsCompleted.Should().BeFalse();
        _key = KeyState.Valid;
        readiness.Look();
        turned.IsCompleted.Should().BeTrue();

        (_, turned) = readiness.Follow();
        readiness.End();
        turned.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task Watch_finds_out_by_itself_and_then_looks_no_more()
    {
        var time = new FakeTimeProvider();
        var readiness = Make(ReadyWhen.Data);
        readiness.Open();
        using var watch = new ReadinessWatch(readiness, time);
        await watch.StartAsync(CancellationToken.None);
        var (_, turned) = readiness.Follow();

        _key = KeyState.Valid;
        while (!turned.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        await watch.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Readiness Make(ReadyWhen when) => new(() => new ReadinessFacts { When = when, Key = _key });
}
