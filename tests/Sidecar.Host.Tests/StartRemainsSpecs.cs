using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Runtime;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>What the start needed is given back once, where little lives.</summary>
public sealed class StartRemainsSpecs
{
    private readonly FakeTimeProvider _time = new();
    private int _collections;

    [Fact]
    public async Task Remains_of_the_start_are_given_back_once_when_it_is_over()
    {
        using var remains = Over(StartRemains.LargestHeap);
        await remains.StartAsync(CancellationToken.None);

        _time.Advance(StartRemains.After - TimeSpan.FromTicks(1));
        _collections.Should().Be(0);
        _time.Advance(TimeSpan.FromTicks(1));
        _collections.Should().Be(1);
        _time.Advance(TimeSpan.FromDays(1));
        _collections.Should().Be(1);
    }

    [Fact]
    public async Task Nothing_is_done_where_more_lives_than_can_be_collected_in_a_moment()
    {
        using var remains = Over(StartRemains.LargestHeap + 1);
        await remains.StartAsync(CancellationToken.None);

        _time.Advance(StartRemains.After);
        _collections.Should().Be(0);
    }

    [Fact]
    public async Task Nothing_is_done_after_the_end()
    {
        using var remains = Over(0);
        await remains.StartAsync(CancellationToken.None);

        await remains.StopAsync(CancellationToken.None);

        _time.Advance(StartRemains.After);
        _collections.Should().Be(0);
    }

    private StartRemains Over(long heap) => new(_time) { Heap = () => heap, Collect = () => _collections++ };
}
