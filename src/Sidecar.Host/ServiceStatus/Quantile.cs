namespace Sidecar.Host.ServiceStatus;

/// <summary>Quantiles of histograms, as <c>histogram_quantile</c> of Prometheus has them, so that both show the same.</summary>
internal static class Quantile
{
    /// <summary>The value below which a part of what was noted lies, taken as spread evenly within its bucket; null where nothing was noted.</summary>
    /// <param name="counts">How many fell into each bucket, the one without a bound last.</param>
    /// <param name="bounds">The upper bounds of the buckets, rising.</param>
    /// <param name="part">The part, above 0 and below 1.</param>
    public static double? Of(ReadOnlySpan<long> counts, ReadOnlySpan<double> bounds, double part)
    {
        var all = 0L;
        foreach (var count in counts)
            all += count;
        if (all == 0)
            return null;
        var (rank, before) = (part * all, 0L);
        for (var bucket = 0; bucket < bounds.Length; bucket++)
        {
            if (before + counts[bucket] >= rank && counts[bucket] > 0)
            {
                var lower = bucket == 0 ? 0 : bounds[bucket - 1];
                return lower + ((bounds[bucket] - lower) * (rank - before) / counts[bucket]);
            }

            before += counts[bucket];
        }

        // Above the last bound nothing more is known.
        return bounds[^1];
    }
}
