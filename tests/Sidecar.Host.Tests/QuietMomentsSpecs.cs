using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Runtime;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>Memory is given back where nobody waits for it.</summary>
public sealed class QuietMomentsSpecs : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly QuietMoments _moments;
    private int _collections;
    private long _answers;
    private long _allocated = QuietMoments.WorthIt;
    private long _heap = QuietMoments.LittleHeap;
    private long _cache = QuietMoments.LargestCache;

    public QuietMomentsSpecs() => _moments = new QuietMoments(_time, () => _answers, () => _cache)
    {
        Allocated = () => _allocated,
        Heap = () => _heap,
        Collect = () => _collections++,
    };

    public void Dispose() => _moments.Dispose();

    [Fact]
    public async Task Once_nobody_has_asked_for_a_while_memory_is_given_back_once()
    {
        await _moments.StartAsync(CancellationToken.None);

        Pass(seconds: 2);
        _collections.Should().Be(0);
        Pass(seconds: 1);
        _collections.Should().Be(1);
        Pass(seconds: 3600);
        _collections.Should().Be(1);
    }

    [Fact]
    public async Task It_is_done_again_once_enough_was_allocated_since()
    {
        await _moments.StartAsync(CancellationToken.None);
        Pass(seconds: 3);

        _allocated += QuietMoments.WorthIt - 1;
        Pass(seconds: 60);
        _collections.Should().Be(1);
        _allocated++;
        Pass(seconds: 1);
        _collections.Should().Be(2);
    }

    [Fact]
    public async Task Between_two_collections_there_is_a_pause_however_much_updates_allocate()
    {
        await _moments.StartAsync(CancellationToken.None);

        for (var i = 0; i < 63; i++)
        {
            _allocated += QuietMoments.WorthIt;
            Pass(seconds: 1);
        }

        _collections.Should().Be(3);
    }

    [Fact]
    public async Task While_somebody_asks_nothing_is_done()
    {
        await _moments.StartAsync(CancellationToken.None);

        for (var i = 0; i < 100; i++)
        {
            _answers++;
            Pass(seconds: 2);
        }

        _collections.Should().Be(0);
    }

    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    public async Task Beside_a_little_cache_and_heap_a_quiet_moment_is_waited_for_two_minutes_and_no_longer(int beyondCache, int beyondHeap, int collections)
    {
        (_cache, _heap) = (QuietMoments.LittleCache + beyondCache, QuietMoments.LittleHeap + beyondHeap);
        await _moments.StartAsync(CancellationToken.None);

        for (var i = 0; i < 600; i++)
        {
            _answers++;
            _allocated += QuietMoments.WorthIt / 10;
            Pass(seconds: 1);
        }

        _collections.Should().Be(collections);
    }

    [Fact]
    public async Task Beside_a_large_cache_nothing_is_done()
    {
        _cache++;
        await _moments.StartAsync(CancellationToken.None);

        Pass(seconds: 60);

        _collections.Should().Be(0);
    }

    [Fact]
    public async Task Nothing_is_done_after_the_end()
    {
        await _moments.StartAsync(CancellationToken.None);

        await _moments.StopAsync(CancellationToken.None);

        Pass(seconds: 60);
        _collections.Should().Be(0);
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
            _time.Advance(TimeSpan.FromSeconds(1));
    }
}
