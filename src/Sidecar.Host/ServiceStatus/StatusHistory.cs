using System.Collections.Immutable;

namespace Sidecar.Host.ServiceStatus;

/// <summary>
/// The last 15 minutes, in a ring of numbers alone: some 50 KB, whatever happens. Safe for any thread.
/// </summary>
public sealed class StatusHistory
{
    /// <summary>So many samples are kept.</summary>
    public const int Capacity = 180;

    /// <summary>Time between two samples.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private const int NoAge = -1;

    private readonly Lock _lock = new();
    private readonly int[] _counts = new int[Capacity * StatusCounts.Length];
    private readonly Gauges[] _gauges = new Gauges[Capacity];
    private StatusCounts _last = StatusCounts.None;
    private TimeSpan _lastAt;
    private long _taken;

    /// <summary>Keeps how the process stands, in the place of the oldest sample where the ring is full.</summary>
    public void Add(StatusReport report)
    {
        var facts = report.Facts;
        lock (_lock)
        {
            var place = (int)(_taken++ % Capacity);
            var counted = facts.Totals.Since(_last).Numbers;
            var kept = _counts.AsSpan(place * StatusCounts.Length, StatusCounts.Length);
            for (var i = 0; i < kept.Length; i++)
                kept[i] = (int)Math.Min(int.MaxValue, counted[i]);
            _gauges[place] = new Gauges(
                facts.Uptime, facts.Uptime - _lastAt, report.Verdict.State,
                facts.StreamAge is { } age ? (int)Math.Min(int.MaxValue, age.TotalSeconds) : NoAge, facts.CacheBytes);
            (_last, _lastAt) = (facts.Totals, facts.Uptime);
        }
    }

    /// <summary>What was counted lately: by the samples of a stretch of time, and since the last one.</summary>
    /// <param name="stretch">The time.</param>
    /// <param name="totals">What was counted since the start.</param>
    /// <param name="uptime">The present, on the monotonic clock.</param>
    public StatusRates Recent(TimeSpan stretch, StatusCounts totals, TimeSpan uptime)
    {
        var numbers = new long[StatusCounts.Length];
        lock (_lock)
        {
            var since = _lastAt;
            for (var back = 1L; back <= Math.Min(_taken, Capacity); back++)
            {
                var place = (int)((_taken - back) % Capacity);
                // One that began earlier counts in part only, which nobody knows.
                if (uptime - (_gauges[place].Uptime - _gauges[place].Length) > stretch)
                    break;
                since = _gauges[place].Uptime - _gauges[place].Length;
                AddTo(numbers, place);
            }

            var counts = new StatusCounts([.. numbers]).And(totals.Since(_last));
            return new StatusRates(uptime - since, counts);
        }
    }

    /// <summary>What is kept, oldest first.</summary>
    public IReadOnlyList<StatusSample> Samples()
    {
        lock (_lock)
        {
            var samples = new List<StatusSample>((int)Math.Min(_taken, Capacity));
            for (var number = Math.Max(0, _taken - Capacity); number < _taken; number++)
            {
                var place = (int)(number % Capacity);
                var numbers = new long[StatusCounts.Length];
                AddTo(numbers, place);
                var gauges = _gauges[place];
                samples.Add(new StatusSample(
                    gauges.Uptime, gauges.Length, gauges.State, gauges.StreamAge == NoAge ? null : gauges.StreamAge, gauges.CacheBytes,
                    new StatusCounts(ImmutableArray.Create(numbers))));
            }

            return samples;
        }
    }

    private void AddTo(long[] numbers, int place)
    {
        var kept = _counts.AsSpan(place * StatusCounts.Length, StatusCounts.Length);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] += kept[i];
    }

    private readonly record struct Gauges(TimeSpan Uptime, TimeSpan Length, StatusState State, int StreamAge, long CacheBytes);
}
