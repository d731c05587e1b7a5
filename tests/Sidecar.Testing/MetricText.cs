using System.Globalization;

namespace Sidecar.Testing;

/// <summary>The text of a scrape.</summary>
public static class MetricText
{
    /// <summary>The sum of a metric over all lines that have all these labels, each as <c>name="value"</c>.</summary>
    /// <exception cref="FormatException">There is no such line.</exception>
    public static double Sum(string text, string name, IReadOnlyCollection<string> labels)
    {
        var lines = text.Split('\n').Where(line =>
            line.StartsWith(name, StringComparison.Ordinal)
            && line.Length > name.Length && line[name.Length] is '{' or ' '
            && labels.All(label => line.Contains(label, StringComparison.Ordinal))).ToList();
        if (lines.Count is 0)
            throw new FormatException($"the service has no metric {name} {string.Join(", ", labels)}");
        // Labels may hold blanks; the value stands behind the last bracket.
        return lines.Sum(line => double.Parse(
            line[(Math.Max(line.LastIndexOf('}'), name.Length - 1) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
