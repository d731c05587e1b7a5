using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Updates;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Host.ServiceStatus;

/// <summary>
/// What the process counts, as far as its status depends on it: since the start, or between two moments. Numbers in fixed places alone, so that
/// they can be subtracted, added and kept as they are.
/// </summary>
public sealed class StatusCounts
{
    private static readonly int Targets = Enum.GetValues<CloudPath>().Length;
    private static readonly CloudFailureKind?[] Outcomes = [.. UpstreamMetrics.Outcomes];
    private static readonly UpdateSocketFault[] Faults = Enum.GetValues<UpdateSocketFault>();
    private static readonly RedisOperation[] RedisOperations = Enum.GetValues<RedisOperation>();
    private static readonly ReportKind[] ReportKinds = Enum.GetValues<ReportKind>();
    private static readonly int Sources = Enum.GetValues<AnswerSource>().Length;

    // Where each kind of number begins.
    private static readonly int UpstreamStart = Sources;
    private static readonly int StreamStart = UpstreamStart + (Targets * Outcomes.Length);
    private static readonly int FirstSingle = StreamStart + Faults.Length;
    private static readonly int LatencyStart = FirstSingle + Enum.GetValues<StatusCount>().Length;

    private readonly ImmutableArray<long> _numbers;

    /// <summary>Takes over numbers in their places.</summary>
    /// <param name="numbers">As many as <see cref="Length"/>.</param>
    internal StatusCounts(ImmutableArray<long> numbers) => _numbers = numbers.Length == Length
        ? numbers
        : throw new ArgumentException($"{numbers.Length} numbers, expected {Length}", nameof(numbers));

    /// <summary>Nothing at all.</summary>
    public static StatusCounts None { get; } = new([.. new long[Length]]);

    /// <summary>How many numbers there are.</summary>
    public static int Length => LatencyStart + AnswerMetrics.Buckets;

    /// <summary>The numbers, in their places.</summary>
    internal ReadOnlySpan<long> Numbers => _numbers.AsSpan();

    /// <summary>One of those that stand by themselves.</summary>
    public long this[StatusCount count] => _numbers[FirstSingle + (int)count];

    /// <summary>Answers from one source.</summary>
    public long this[AnswerSource source] => _numbers[(int)source];

    /// <summary>Connections of the stream, and tries to make one, that ended so.</summary>
    public long this[UpdateSocketFault fault] => _numbers[StreamStart + (int)fault];

    /// <summary>Requests to one target that ended so; null for those that brought something.</summary>
    public long this[CloudPath target, CloudFailureKind? failure] => _numbers[PlaceOf(target, failure)];

    /// <summary>Connections of the stream, and tries to make one, that ended at all.</summary>
    public long StreamEnds => Sum(StreamStart, Faults.Length);

    /// <summary>All answers.</summary>
    public long Answers => Sum(0, Sources);

    /// <summary>Answers that nothing was known for: fallbacks, the built-in one among them.</summary>
    public long Fallbacks => this[AnswerSource.RequestFallback] + this[AnswerSource.GlobalFallback] + this[AnswerSource.Default];

    /// <summary>Requests to one target.</summary>
    public long Requests(CloudPath target) => Sum(PlaceOf(target, null), Outcomes.Length);

    /// <summary>Those of them that brought nothing.</summary>
    public long Failures(CloudPath target) => Requests(target) - this[target, null];

    /// <summary>The most frequent reason why requests to one target brought nothing, or null.</summary>
    public CloudFailureKind? MainFailure(CloudPath target) => Outcomes
        .Where(kind => kind is not null && this[target, kind] > 0)
        .OrderByDescending(kind => this[target, kind])
        .FirstOrDefault();

    /// <summary>The most frequent reason why the stream ended or did not come up, or null.</summary>
    public UpdateSocketFault? MainStreamFault => Faults
        .Where(fault => this[fault] > 0)
        .OrderByDescending(fault => this[fault])
        .Select(static fault => (UpdateSocketFault?)fault)
        .FirstOrDefault();

    /// <summary>The part of the questions that memory answered at once, or null without questions.</summary>
    public double? HitRate => this[StatusCount.CacheHits] + this[StatusCount.CacheMisses] is var all and > 0
        ? (double)this[StatusCount.CacheHits] / all
        : null;

    /// <summary>The time within which a part of the answers came, in seconds, or null without answers.</summary>
    /// <param name="part">The part, such as 0.99.</param>
    public double? Latency(double part) => Quantile.Of(_numbers.AsSpan(LatencyStart, AnswerMetrics.Buckets), AnswerMetrics.BucketBounds, part);

    /// <summary>What was counted since.</summary>
    public StatusCounts Since(StatusCounts earlier) => Each(earlier, static (one, other) => Math.Max(0, one - other));

    /// <summary>Both together.</summary>
    public StatusCounts And(StatusCounts other) => Each(other, static (one, other) => one + other);

    /// <summary>The same with another number of answers from a source.</summary>
    internal StatusCounts With(AnswerSource source, long number) => new(_numbers.SetItem((int)source, number));

    /// <summary>The same with another number of requests.</summary>
    internal StatusCounts With(CloudPath target, CloudFailureKind? failure, long number) => new(_numbers.SetItem(PlaceOf(target, failure), number));

    /// <summary>The same with another number of ends of the stream.</summary>
    internal StatusCounts With(UpdateSocketFault fault, long number) => new(_numbers.SetItem(StreamStart + (int)fault, number));

    /// <summary>The same with another number.</summary>
    internal StatusCounts With(StatusCount count, long number) => new(_numbers.SetItem(FirstSingle + (int)count, number));

    /// <summary>The same with other numbers of answers by the time they took.</summary>
    internal StatusCounts WithLatencies(params ReadOnlySpan<long> buckets)
    {
        var numbers = _numbers.ToBuilder();
        for (var i = 0; i < buckets.Length; i++)
            numbers[LatencyStart + i] = buckets[i];
        return new StatusCounts(numbers.ToImmutable());
    }

    /// <summary>Reads what was counted since the start.</summary>
    internal static StatusCounts Read(ActorServices services, AnswerMetrics answers)
    {
        var counters = services.Counters;
        var numbers = new long[Length];
        foreach (var source in Enum.GetValues<AnswerSource>())
            numbers[(int)source] = answers[source].Value;
        foreach (var target in Enum.GetValues<CloudPath>())
        {
            foreach (var outcome in Outcomes)
                numbers[PlaceOf(target, outcome)] = counters.Upstream[target, outcome].Value;
        }

        foreach (var fault in Faults)
            numbers[StreamStart + (int)fault] = counters.Stream[fault].Value;
        foreach (var count in Enum.GetValues<StatusCount>())
            numbers[FirstSingle + (int)count] = Read(count, services);
        answers.AddDurations(numbers.AsSpan(LatencyStart));
        return new StatusCounts(Kept(numbers));
    }

    private static long Read(StatusCount count, ActorServices services)
    {
        var counters = services.Counters;
        return count switch
        {
            StatusCount.CacheHits => counters.CacheHits.Value,
            StatusCount.CacheMisses => counters.CacheMisses.Value,
            StatusCount.StreamMessages => counters.Stream.Messages.Value,
            StatusCount.StreamReconnects => counters.Stream.Reconnects,
            StatusCount.RedisSuccesses => OfRedis(RedisOutcome.Success) + OfRedis(RedisOutcome.Missing),
            StatusCount.RedisFailures => OfRedis(RedisOutcome.Failure),
            StatusCount.Evictions => counters.Evictions.Value,
            StatusCount.Returns => services.Cache.Returns,
            StatusCount.Refusals => services.Cache.Refusals,
            StatusCount.StandIns => counters.Cluster.Leases.StandIns.Sum(one => one.Count.Value),
            StatusCount.ReportsUncertain => Ended(ReportEnd.TimedOut) + Ended(ReportEnd.Unclear),
            StatusCount.ReportsFailed => Ended(ReportEnd.NoKey) + Ended(ReportEnd.InvalidKey) + Ended(ReportEnd.QueueFull)
                + Ended(ReportEnd.NotSent) + Ended(ReportEnd.RateLimited) + Ended(ReportEnd.Refused),
            _ => throw new ArgumentOutOfRangeException(nameof(count), count, "it is not counted"),
        };

        long OfRedis(RedisOutcome outcome) => RedisOperations.Sum(operation => counters.Redis[operation, outcome].Value);

        long Ended(ReportEnd end) => ReportKinds.Sum(kind => counters.Reports[kind, end].Value);
    }

    private static int PlaceOf(CloudPath target, CloudFailureKind? failure) => Array.IndexOf(Outcomes, failure) is var outcome and >= 0
        ? UpstreamStart + ((int)target * Outcomes.Length) + outcome
        : throw new ArgumentOutOfRangeException(nameof(failure), failure, "a request that was sent can't end so");

    // Nobody else has them.
    private static ImmutableArray<long> Kept(long[] numbers) => ImmutableCollectionsMarshal.AsImmutableArray(numbers);

    private StatusCounts Each(StatusCounts other, Func<long, long, long> combine)
    {
        var numbers = new long[Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = combine(_numbers[i], other._numbers[i]);
        return new StatusCounts(Kept(numbers));
    }

    private long Sum(int start, int count)
    {
        var sum = 0L;
        for (var i = start; i < start + count; i++)
            sum += _numbers[i];
        return sum;
    }
}
