namespace Sidecar.Deploy.Tests;

/// <summary>A row of docs/metrics.md.</summary>
/// <param name="Type">The metric's type.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Text">What is said of it, where the values of its labels stand.</param>
internal sealed record DocumentedMetric(string Type, IReadOnlyList<string> Labels, string Text);

/// <summary>docs/metrics.md.</summary>
internal static class MetricsDocument
{
    /// <summary>Its metrics, by the names of their series.</summary>
    public static IReadOnlyDictionary<string, DocumentedMetric> Series { get; } = Read();

    private static Dictionary<string, DocumentedMetric> Read()
    {
        var series = new Dictionary<string, DocumentedMetric>(StringComparer.Ordinal);
        var lines = File.ReadLines(Repository.At("docs", "metrics.md"));
        foreach (var line in lines.Where(it => it.StartsWith("| `", StringComparison.Ordinal)))
        {
            var cells = line.Trim('|').Split('|').Select(it => it.Trim()).ToList();
            var labels = cells[2].Split(',').Select(it => it.Trim(' ', '`')).Where(it => it.Length > 0);
            var metric = new DocumentedMetric(cells[1], [.. labels], cells[3]);
            var name = cells[0].Trim('`');
            string[] suffixes = metric.Type == "histogram" ? ["_bucket", "_sum", "_count"] : [""];
            foreach (var suffix in suffixes)
                series.Add(name + suffix, metric);
        }
        return series;
    }
}
