using System.Globalization;
using System.Text;
using Sidecar.Actors.Metrics;

namespace Sidecar.Host.Metrics;

/// <summary>
/// Writes histograms of ours as text. The library's own instruments take one observation at a time, on the way of each call, which costs
/// more than the answer itself; and it has no instrument that shows a histogram somebody else kept.
/// </summary>
internal static class HistogramText
{
    /// <summary>Adds one family. Both text formats of Prometheus have it in this form.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="name">The family.</param>
    /// <param name="help">What it counts.</param>
    /// <param name="label">The label that tells its members apart.</param>
    /// <param name="members">The label's values, each with its histogram.</param>
    public static void Append(
        StringBuilder text, string name, string help, string label, IEnumerable<(string Value, StripedHistogram Histogram)> members)
    {
        text.Append("# TYPE ").Append(name).Append(" histogram\n");
        if (name.EndsWith("_seconds", StringComparison.Ordinal))
            text.Append("# UNIT ").Append(name).Append(" seconds\n");
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        foreach (var (value, histogram) in members)
        {
            var reading = histogram.Read();
            var cumulative = 0L;
            for (var bucket = 0; bucket < reading.Counts.Count; bucket++)
            {
                cumulative += reading.Counts[bucket];
                var bound = bucket < histogram.Bounds.Count ? histogram.Bounds[bucket].ToString("0.0######", CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{label}=\"{value}\",le=\"{bound}\"}} {cumulative}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{label}=\"{value}\"}} {reading.Sum:R}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}_count{{{label}=\"{value}\"}} {cumulative}\n");
        }
    }
}
