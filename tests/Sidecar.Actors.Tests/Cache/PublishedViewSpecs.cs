using Sidecar.Actors.Cache;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cache;

public sealed class PublishedViewSpecs
{
    private readonly PublishedView _published = new(States.ViewOf(States.Granting("feature")));

    [Fact]
    public void A_refresh_is_asked_for_once_an_interval()
    {
        _published.TryAskRefresh(tick: 100, interval: 10).Should().BeTrue();
        _published.TryAskRefresh(tick: 100, interval: 10).Should().BeFalse();
        _published.TryAskRefresh(tick: 109, interval: 10).Should().BeFalse();
        _published.TryAskRefresh(tick: 110, interval: 10).Should().BeTrue();
        _published.TryAskRefresh(tick: 111, interval: 10).Should().BeFalse();
    }

    [Fact]
    public void It_can_be_asked_for_at_the_first_tick() => _published.TryAskRefresh(tick: 0, interval: 10).Should().BeTrue();

    [Fact]
    public async Task Of_many_who_ask_at_once_one_may()
    {
        for (var tick = 0L; tick < 1_000; tick += 10)
        {
            var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _published.TryAskRefresh(tick, interval: 10))));

            asked.Count(may => may).Should().Be(1);
        }
    }
}
