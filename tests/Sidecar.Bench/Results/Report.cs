using System.Text.Json;

namespace Sidecar.Bench.Results;

/// <summary>What one server did, over all its figures of one kind.</summary>
/// <param name="Median">The middle.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Summary(double Median, double Least, double Most, int Count)
{
    /// <summary>Sums figures up.</summary>
    public static Summary Of(IReadOnlyCollection<double> values) => new(Statistics.Median(values), values.Min(), values.Max(), values.Count);
}

/// <summary>One line of the result: one kind of figure, of all servers that have it.</summary>
/// <param name="Section">The part of the benchmark.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Servers">Each server's figures.</param>
/// <param name="Ratios">The service's figure by each other server's: the median of the ratios of all pairs.</param>
internal sealed record Row(
    string Section, string What, string Unit, IReadOnlyDictionary<string, Summary> Servers, IReadOnlyDictionary<string, double> Ratios);

/// <summary>What was measured, in medians.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IReadOnlyList<Sample> _samples;

    private Report(IReadOnlyList<Sample> samples, IReadOnlyList<Row> rows) => (_samples, Rows) = (samples, rows);

    /// <summary>The lines, in the order in which they were measured.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>The targets that can be judged by what was measured.</summary>
    public IReadOnlyList<Verdict> Verdicts => [.. Target.All.Select(target => target.Judge(this)).OfType<Verdict>()];

    /// <summary>Sums samples up.</summary>
    public static Report Of(IReadOnlyList<Sample> samples) => new(samples, [.. samples
        .GroupBy(sample => (sample.Section, sample.What, sample.Unit))
        .Select(group => new Row(
            group.Key.Section,
            group.Key.What,
            group.Key.Unit,
            group.GroupBy(sample => sample.Server, StringComparer.Ordinal).ToDictionary(
                of => of.Key, of => Summary.Of([.. of.Select(sample => sample.Value)]), StringComparer.Ordinal),
            RatiosOf([.. group])))]);

    /// <summary>A line, or null.</summary>
    public Row? Find(string section, string what) => Rows.FirstOrDefault(row => row.Section == section && row.What == what);

    /// <summary>For programs.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Rows,
            Targets = Verdicts.Select(verdict => new { verdict.Subject, verdict.Demand, verdict.Value, verdict.Unit, verdict.IsKept }),
            Samples = _samples,
        },
        Json);

    // Of each pair first: what the machine did beside it hit both alike.
    private static Dictionary<string, double> RatiosOf(IReadOnlyList<Sample> samples)
    {
        var own = samples.Where(sample => sample.Server == Server.Sidecar).ToLookup(sample => sample.Pair);
        return samples.Where(sample => sample.Server != Server.Sidecar && own.Contains(sample.Pair))
            .GroupBy(sample => sample.Server, StringComparer.Ordinal)
            .ToDictionary(
                other => other.Key,
                other => Statistics.Median(other.Select(sample => own[sample.Pair].First().Value / sample.Value)),
                StringComparer.Ordinal);
    }
}
