using Sidecar.Actors.Cache;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Metrics;

namespace Sidecar.Host.Runtime;

/// <summary>
/// Gives memory back in quiet moments: once nobody has asked or reported anything for some seconds and much was allocated since the last time, one collection that
/// leaves nothing committed beyond what lives. By itself the collector keeps what a busy time took for the next one, which may be as much as
/// lives. Not where much lives: a question that comes just then would wait for it. Where hardly anything lives, in a small container beside an
/// app, it is done from time to time also while somebody asks: that holds up answers for some 20 ms, and else the process grows for hours.
/// </summary>
internal sealed class QuietMoments : IHostedService, IDisposable
{
    /// <summary>The largest cache, in bytes, that this is done beside: collecting it takes some 100 ms.</summary>
    public const long LargestCache = 96 * 1024 * 1024;

    /// <summary>The largest cache, in bytes, that this is done beside though there is no quiet moment.</summary>
    public const long LittleCache = 16 * 1024 * 1024;

    /// <summary>The largest heap, in bytes, that this is done to though there is no quiet moment: what is at work takes memory too.</summary>
    public const long LittleHeap = 128 * 1024 * 1024;

    /// <summary>What has to be allocated since the last time, in bytes.</summary>
    public const long WorthIt = 32 * 1024 * 1024;

    /// <summary>The time without any work that makes a moment quiet.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>The least time from one collection to the next: updates allocate too, while nobody asks.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>How long a quiet moment is waited for beside a little cache, from the last collection on.</summary>
    public static readonly TimeSpan Overdue = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<long> _work;
    private readonly Func<long> _cacheBytes;
    private ITimer? _timer;
    private long _lastWork;
    private long _quietSince;
    private long _collectedAt;
    private long _startedAt;
    private long? _lastCollection;

    /// <summary>Makes one that looks at this process.</summary>
    public QuietMoments(TimeProvider time, AnswerMetrics answers, SidecarCounters counters, EntitlementCache cache)
        : this(time, () => WorkOf(answers, counters), () => cache.Bytes)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="work">A count that rises with all that somebody may wait for.</param>
    /// <param name="cacheBytes">What lives in the cache, in bytes.</param>
    internal QuietMoments(TimeProvider time, Func<long> work, Func<long> cacheBytes)
    {
        _time = time;
        _work = work;
        _cacheBytes = cacheBytes;
    }

    /// <summary>Called for the collection.</summary>
    internal Action Collect { get; init; } = UnusedMemory.GiveBack;

    /// <summary>The heap, in bytes.</summary>
    internal Func<long> Heap { get; init; } = static () => GC.GetTotalMemory(forceFullCollection: false);

    /// <summary>What was allocated so far, in bytes.</summary>
    internal Func<long> Allocated { get; init; } = static () => GC.GetTotalAllocatedBytes();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _startedAt = _quietSince = _time.GetTimestamp();
        _timer = _time.CreateTimer(_ => Look(), null, Pace, Pace);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // Questions, reports, reads of the cloud for whomever, and what a node does for others.
    private static long WorkOf(AnswerMetrics answers, SidecarCounters counters) =>
        answers.Sources.Sum(source => source.Count.Value)
        + counters.Reports.All.Sum(report => report.Count.Value)
        + counters.Upstream.Requests.Sum(request => request.Count.Value)
        + counters.Cluster.Leases.Granted.Value + counters.Cluster.Leases.Renewed.Value;

    // A look that takes long, since it collects, may be overtaken by the next one: that finds nothing to do.
    private void Look()
    {
        var work = _work();
        if (work != _lastWork)
        {
            _lastWork = work;
            _quietSince = _time.GetTimestamp();
        }

        var cache = _cacheBytes();
        var isQuiet = cache <= LargestCache && _time.GetElapsedTime(_quietSince) >= Quiet;
        var isOverdue = cache <= LittleCache && Heap() <= LittleHeap && _time.GetElapsedTime(_lastCollection ?? _startedAt) >= Overdue;
        if (!(isQuiet || isOverdue) || Allocated() - _collectedAt < WorthIt
            || (_lastCollection is { } last && _time.GetElapsedTime(last) < Pause))
        {
            return;
        }

        _lastCollection = _time.GetTimestamp();
        _collectedAt = Allocated();
        Collect();
    }
}
