using System.Numerics;

namespace Sidecar.Bench.Load;

/// <summary>Counts latencies in steps of less than a hundredth of themselves, without keeping each.</summary>
internal sealed class LatencyHistogram
{
    // Each doubling of the value has so many steps.
    private const int StepBits = 7;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits) * Steps];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Counts one; a negative one, which an unsteady clock may bring, as 0.</summary>
    public void Add(long microseconds)
    {
        _counts[IndexOf(Math.Max(microseconds, 0))]++;
        Count++;
    }

    /// <summary>The smallest step, by its lower end, that so much of all, from 0 to 1, is not above.</summary>
    public double Percentile(double share)
    {
        if (Count is 0)
            throw new InvalidOperationException("there is no percentile of nothing");
        var left = Math.Max((long)Math.Ceiling(share * Count), 1);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left <= 0)
                return LowerEnd(i);
        }

        return LowerEnd(_counts.Length - 1);
    }

    private static int IndexOf(long value)
    {
        // Small values have a step each; above, the leading bits below the first one say which.
        if (value < Steps)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - StepBits;
        return ((shift + 1) << StepBits) + (int)((value >> shift) - Steps);
    }

    private static double LowerEnd(int index)
    {
        if (index < Steps)
            return index;
        var shift = (index >> StepBits) - 1;
        return (double)((long)((index & (Steps - 1)) + Steps) << shift);
    }
}
