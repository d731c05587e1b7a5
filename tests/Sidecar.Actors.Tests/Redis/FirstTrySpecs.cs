using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Redis;

namespace Sidecar.Actors.Tests.Redis;

public sealed class FirstTrySpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly FirstTry _try;

    public FirstTrySpecs() => _try = new FirstTry(_time, Patience);

    [Fact]
    public void Nobody_waits_before_it_begins_nor_after_it_has_ended()
    {
        _try.WaitAsync(CancellationToken.None).IsCompleted.Should().BeTrue();

        _try.Begin();
        _try.End();

        _try.WaitAsync(CancellationToken.None).IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task Whoever_waits_goes_on_once_it_has_ended()
    {
        _try.Begin();
        var waiting = _try.WaitAsync(CancellationToken.None);
        waiting.IsCompleted.Should().BeFalse();

        _try.End();

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task It_is_waited_for_so_long_and_no_longer_from_the_first_who_waits()
    {
        _try.Begin();
        _time.Advance(TimeSpan.FromMinutes(1));
        var waiting = _try.WaitAsync(CancellationToken.None);
        _time.Advance(Patience - TimeSpan.FromMilliseconds(1));
        waiting.IsCompleted.Should().BeFalse();

        _time.Advance(TimeSpan.FromMilliseconds(1));

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        _try.WaitAsync(CancellationToken.None).IsCompleted.Should().BeTrue();
    }
}
