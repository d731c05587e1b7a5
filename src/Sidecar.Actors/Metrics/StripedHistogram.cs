using System.Diagnostics;

namespace Sidecar.Actors.Metrics;

/// <summary>A histogram of durations with fixed bounds that many threads may feed at once without fighting over one cache line.</summary>
public sealed class StripedHistogram
{
    // A power of two, so that a stripe is found by masking.
    private const int Stripes = 16;

    // Longs to a pair of cache lines: stripes never share one.
    private const int Alignment = 16;

    private readonly double[] _bounds;
    private readonly long[] _boundTicks;
    private readonly long[] _cells;
    private readonly int _stripeLength;

    /// <summary>Makes an empty histogram.</summary>
    /// <param name="bounds">Upper bounds of its buckets in seconds, rising; one without a bound follows them.</param>
    public StripedHistogram(params ReadOnlySpan<double> bounds)
    {
        _bounds = [.. bounds];
        _boundTicks = Array.ConvertAll(_bounds, seconds => (long)(seconds * Stopwatch.Frequency));
        // The buckets, the one without a bound, and the sum.
        _stripeLength = (((_bounds.Length + 2) / Alignment) + 2) * Alignment;
        _cells = new long[Stripes * _stripeLength];
    }

    /// <summary>Upper bounds of the buckets, in seconds.</summary>
    public IReadOnlyList<double> Bounds => _bounds;

    /// <summary>Notes a duration.</summary>
    /// <param name="ticks">Its length, in ticks of <see cref="Stopwatch"/>.</param>
    public void Record(long ticks)
    {
        var bucket = 0;
        while (bucket < _boundTicks.Length && ticks > _boundTicks[bucket])
            bucket++;
        var stripe = (Environment.CurrentManagedThreadId & (Stripes - 1)) * _stripeLength;
        Interlocked.Increment(ref _cells[stripe + bucket]);
        Interlocked.Add(ref _cells[stripe + _boundTicks.Length + 1], ticks);
    }

    /// <summary>Notes a duration.</summary>
    public void Record(TimeSpan duration) => Record((long)(duration.TotalSeconds * Stopwatch.Frequency));

    /// <summary>What was noted so far.</summary>
    public HistogramReading Read()
    {
        var counts = new long[_boundTicks.Length + 1];
        var sum = 0L;
        for (var stripe = 0; stripe < Stripes; stripe++)
        {
            var start = stripe * _stripeLength;
            for (var bucket = 0; bucket < counts.Length; bucket++)
                counts[bucket] += Volatile.Read(ref _cells[start + bucket]);
            sum += Volatile.Read(ref _cells[start + counts.Length]);
        }

        return new HistogramReading(counts, (double)sum / Stopwatch.Frequency);
    }
}

/// <summary>A histogram at one moment.</summary>
/// <param name="Counts">How many fell into each bucket, the one without a bound last.</param>
/// <param name="Sum">The sum of all, in seconds.</param>
public sealed record HistogramReading(IReadOnlyList<long> Counts, double Sum);
