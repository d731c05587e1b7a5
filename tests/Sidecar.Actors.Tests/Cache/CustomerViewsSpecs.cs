using Sidecar.Actors.Cache;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cache;

public sealed class CustomerViewsSpecs
{
    private readonly CustomerViews _views = CustomerViews.Empty("customer")
        .With(null, States.ViewOf(States.Granting("feature")))
        .With("resource", States.ViewOf(States.Granting("feature")));

    public static TheoryData<string?> Entries => [null, "resource"];

    [Theory]
    [MemberData(nameof(Entries))]
    public void A_refresh_is_asked_for_once_an_interval(string? resourceId)
    {
        _views.TryAskRefresh(resourceId, tick: 100, interval: 10).Should().BeTrue();
        _views.TryAskRefresh(resourceId, tick: 100, interval: 10).Should().BeFalse();
        _views.TryAskRefresh(resourceId, tick: 109, interval: 10).Should().BeFalse();
        _views.TryAskRefresh(resourceId, tick: 110, interval: 10).Should().BeTrue();
        _views.TryAskRefresh(resourceId, tick: 111, interval: 10).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void It_can_be_asked_for_at_the_first_tick(string? resourceId) =>
        _views.TryAskRefresh(resourceId, tick: 0, interval: 10).Should().BeTrue();

    [Theory]
    [MemberData(nameof(Entries))]
    public async Task Of_many_who_ask_at_once_one_may(string? resourceId)
    {
        for (var tick = 0L; tick < 1_000; tick += 10)
        {
            var asked = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => Task.Run(() => _views.TryAskRefresh(resourceId, tick, interval: 10))));

            asked.Count(may => may).Should().Be(1);
        }
    }

    [Fact]
    public void Each_view_is_asked_for_on_its_own_and_anew_when_it_is_replaced()
    {
        _views.TryAskRefresh(null, tick: 100, interval: 10).Should().BeTrue();
        _views.TryAskRefresh("resource", tick: 100, interval: 10).Should().BeTrue();

        var next = _views.With("resource", States.ViewOf(States.Granting("another")));
        next.TryAskRefresh(null, tick: 101, interval: 10).Should().BeFalse("its view is the one before");
        next.TryAskRefresh("resource", tick: 101, interval: 10).Should().BeTrue("its view is another one");

        next.With(null, States.ViewOf(States.Granting("another"))).TryAskRefresh(null, tick: 102, interval: 10).Should().BeTrue();
    }
}
