using System.Globalization;

namespace Sidecar.Bench.Load;

/// <summary>The log of h2load: a line for each answer, with its start, its HTTP status and its microseconds, divided by tabs.</summary>
internal static class LoadLog
{
    /// <summary>The times of all answers.</summary>
    /// <exception cref="BenchException">A line of another form, or an answer with another status than 200.</exception>
    public static LatencyHistogram Latencies(IEnumerable<string> lines)
    {
        var latencies = new LatencyHistogram();
        foreach (var line in lines)
        {
            var fields = line.Split('\t');
            if (fields.Length < 3 || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds))
                throw new BenchException($"h2load logged \"{line}\"; expected a start, a status and microseconds");
            if (fields[1] is not "200")
                throw new BenchException($"an answer had the status {fields[1]}; expected 200");
            latencies.Add(microseconds);
        }

        return latencies;
    }
}
