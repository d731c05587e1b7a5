namespace Sidecar.Bench;

/// <summary>The few figures that many are told by.</summary>
internal static class Statistics
{
    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length switch
        {
            0 => throw new ArgumentException("there is no median of nothing", nameof(values)),
            var n when n % 2 == 1 => sorted[n / 2],
            var n => (sorted[(n / 2) - 1] + sorted[n / 2]) / 2,
        };
    }

    /// <summary>The smallest value that so much of all, from 0 to 1, is not above.</summary>
    /// <param name="sorted">The values, in ascending order.</param>
    /// <param name="share">How much of them.</param>
    public static int Percentile(IReadOnlyList<int> sorted, double share) => sorted.Count > 0
        ? sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)]
        : throw new ArgumentException("there is no percentile of nothing", nameof(sorted));
}
