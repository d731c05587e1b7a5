using System.Collections.Concurrent;
using System.Text;
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

    [Theory]
    [InlineData(3, 0)]
    [InlineData(2, 1)]
    public async Task Entries_after_the_most_that_are_read_are_left_out_and_told(int most, int errors)
    {
        await RunAsync("a\na\nb\n\nc\tsite\nb\n", mostEntries: most);

        _road.Asked.Should().HaveCount(most);
        _progress.Listed.Should().Be(most);
        _services.Counters.InitializationErrors.Value.Should().Be(errors);
        if (errors > 0)
            _log.Lines[0].Should().Contain("more than 2 entries").And.Contain("line 5 and those after it are left out");
    }

    [Fact]
    public async Task Longest_line_is_read_and_a_longer_one_is_left_out_and_not_held()
    {
        var (id, resource) = (new string('x', 1024), new string('y', 1024));
        await RunAsync($"\uFEFF{id}\t{resource}\r\n#{new string('z', 100_000)}\n{new string(' ', 100_000)}\n{id}\t{resource}yy\né\n");

        _road.Asked.OrderBy(key => key.CustomerId, StringComparer.Ordinal).Should().Equal(new EntryKey(id, resource), new EntryKey("é"));
        _log.Lines[0].Should().Contain("line 3 and 1 others have another form");
    }

    [Fact]
    public async Task List_is_as_long_as_its_bound_and_no_longer()
    {
        var comment = Encoding.UTF8.GetBytes("#" + new string('c', 8190) + "\n");
        await using (var file = File.Create(_path))
        {
            for (var i = 0; i < WarmUpReader.MaxBytes / 8192; i++)
                await file.WriteAsync(comment);
        }

        await RunAsync();
        _services.Counters.InitializationErrors.Value.Should().Be(0);

        await File.AppendAllTextAsync(_path, "a");
        await RunAsync();
        _services.Counters.InitializationErrors.Value.Should().Be(1);
        _road.Asked.Should().BeEmpty();
        _log.Lines.Should().Contain(line => line.Contains("larger than 67108864 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_foresaw_is_told_once_waits_for_nothing_and_does_not_end_the_process()
    {
        _road.Fails = _ => throw new InvalidTimeZoneException("unforeseen");

        await RunAsync("a");

        _progress.IsAwaited.Should().BeFalse();
        _log.Lines.Should().ContainSingle().Which.Should().Contain("failed when 0 were read");
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

    private async Task RunAsync(string? list = null, int maxRequestsPerSecond = 100_000, int mostEntries = WarmUpReader.MaxEntries)
    {
        if (list is not null)
            await File.WriteAllTextAsync(_path, list);
        using var reader = new WarmUpReader(
            _path, maxRequestsPerSecond, new Customers(_services, _road), _services, _progress, _log)
        { MostEntries = mostEntries };
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
