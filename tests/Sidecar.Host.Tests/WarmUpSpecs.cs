using System.Collections.Concurrent;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Updates;
using Sidecar.Host.WarmUp;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>What is read at the start, and how fast.</summary>
public sealed class WarmUpSpecs : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sidecar-{Guid.NewGuid():N}.txt");
    private readonly OfflineCloud _cloud = new();
    private readonly ListLogger<WarmUpReader> _log = new();
    private readonly Road _road = new();
    private readonly WarmUpProgress _progress = new(isAwaited: true);
    private readonly ActorServices _services;

    public WarmUpSpecs() => _services = new ActorServices
    {
        Clock = new ProcessClock(TimeProvider.System),
        Cache = new EntitlementCache(EntitlementCache.SmallestMaxBytes),
        Counters = new SidecarCounters(),
        Cloud = _cloud,
        Log = NullLoggerFactory.Instance,
    };

    public void Dispose()
    {
        _cloud.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public async Task Each_entry_of_the_list_is_asked_about_once()
    {
        await RunAsync("# ours\na\r\nb\tsite-1\n\na\nc\n");

        _road.Asked.OrderBy(key => key.CustomerId).Should().Equal(new EntryKey("a"), new EntryKey("b", "site-1"), new EntryKey("c"));
        (_progress.Listed, _progress.Read, _progress.Failed, _progress.Waiting, _progress.IsAwaited).Should().Be((3, 3, 0, 0, false));
        _log.Lines.Should().ContainSingle().Which.Should().Contain("all 3 entries are in memory");
    }

    [Fact]
    public async Task A_line_of_another_form_is_left_out_and_named()
    {
        await RunAsync("a\nb\tc\td\ne\n" + new string('x', 1025) + "\n" + new string('y', 1024));

        _road.Asked.Select(key => key.CustomerId).Should().BeEquivalentTo("a", "e", new string('y', 1024));
        _services.Counters.InitializationErrors.Value.Should().Be(1);
        _log.Lines[0].Should().Contain("line 2 and 1 others have another form");
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_an_error_of_the_start_and_waits_for_nothing()
    {
        await RunAsync(null);

        _services.Counters.InitializationErrors.Value.Should().Be(1);
        _progress.IsAwaited.Should().BeFalse();
        _log.Lines[0].Should().Contain(_path).And.Contain("can't be read");
    }

    [Fact]
    public async Task Requests_leave_half_of_those_allowed_a_second_to_others()
    {
        var start = TimeProvider.System.GetTimestamp();

        await RunAsync(string.Join('\n', Enumerable.Range(0, 21)), maxRequestsPerSecond: 40);

        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThan(TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task No_more_are_asked_about_at_once_than_allowed()
    {
        _road.Held = new TaskCompletionSource();
        var running = RunAsync(string.Join('\n', Enumerable.Range(0, 100)));
        SpinWait.SpinUntil(() => _road.UnderWay == WarmUpReader.AtOnce, Patience).Should().BeTrue();

        _road.Held.SetResult();
        await running;

        _road.MostUnderWay.Should().Be(WarmUpReader.AtOnce);
        _road.Asked.Should().HaveCount(100);
    }

    [Fact]
    public async Task It_ends_before_it_would_push_out_what_it_has_read()
    {
        _services.Cache.Charge((long)(EntitlementCache.SmallestMaxBytes * 0.95));

        await RunAsync("a\nb");

        _road.Asked.Should().BeEmpty();
        _log.Lines.Should().ContainSingle().Which.Should().Contain("of 2 entries 0 were read");
    }

    [Fact]
    public async Task What_failed_is_asked_about_again_and_is_not_waited_for()
    {
        _road.Fails = key => key.CustomerId == "b" && _road.Asked.Count(asked => asked == key) == 1;
        var running = RunAsync("a\nb\nc");
        SpinWait.SpinUntil(() => !_progress.IsAwaited, Patience).Should().BeTrue();

        (_progress.Read, _progress.Failed).Should().Be((2, 1));
        await running;

        _road.Asked.Should().HaveCount(4);
        (_progress.Read, _progress.Failed).Should().Be((3, 0));
    }

    private async Task RunAsync(string? list, int maxRequestsPerSecond = 100_000)
    {
        if (list is not null)
            await File.WriteAllTextAsync(_path, list);
        using var reader = new WarmUpReader(
            _path, maxRequestsPerSecond, new Customers(_services, _road), _services, _progress, _log);
        await reader.StartAsync(CancellationToken.None);
        await reader.ExecuteTask!.WaitAsync(Patience);
    }

    private sealed class Road : ICustomerRoad
    {
        private static readonly EntitlementState Known = EntitlementState.Create(null, []);
        private int _underWay;

        public ConcurrentQueue<EntryKey> Asked { get; } = [];

        public Func<EntryKey, bool> Fails { get; set; } = _ => false;

        public TaskCompletionSource? Held { get; set; }

        public int UnderWay => Volatile.Read(ref _underWay);

        public int MostUnderWay { get; private set; }

        public async Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation)
        {
            Asked.Enqueue(key);
            lock (Asked)
                MostUnderWay = Math.Max(MostUnderWay, Interlocked.Increment(ref _underWay));
            if (Held is { } held)
                await held.Task.WaitAsync(cancellation);
            Interlocked.Decrement(ref _underWay);
            return Fails(key) ? CustomerAnswer.NothingKnown : new CustomerAnswer(Known, null, AnswerSource.Upstream);
        }

        public Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience) => throw new NotSupportedException();

        public void Refresh(EntryKey key) => throw new NotSupportedException();

        public void Invalidate(EntryKey key) => throw new NotSupportedException();

        public void TellStoredChanged(EntryKey key) => throw new NotSupportedException();
    }
}
