using System.Text.Json;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Metrics;

/// <summary>Counts reports by call and by how they ended.</summary>
public sealed class ReportMetrics
{
    // The names of the calls.
    private static readonly string[] Kinds =
        Array.ConvertAll(Enum.GetValues<ReportKind>(), kind => $"Report{kind}");

    private static readonly string[] Ends =
        Array.ConvertAll(Enum.GetValues<ReportEnd>(), end => JsonNamingPolicy.SnakeCaseLower.ConvertName(end.ToString()));

    private readonly StripedCounter[] _counts = [.. Kinds.SelectMany(_ => Ends).Select(_ => new StripedCounter())];

    /// <summary>Every kind and outcome, and how many reports ended so.</summary>
    public IEnumerable<(string Kind, string Outcome, StripedCounter Count)> All =>
        Kinds.SelectMany((kind, k) => Ends.Select((end, e) => (kind, end, _counts[(k * Ends.Length) + e])));

    /// <summary>Reports that wait for their turn now.</summary>
    public Gauge Waiting { get; } = new();

    /// <summary>Reports on their way now.</summary>
    public Gauge UnderWay { get; } = new();

    /// <summary>The count of one kind and outcome.</summary>
    public StripedCounter this[ReportKind kind, ReportEnd end] => _counts[((int)kind * Ends.Length) + (int)end];
}
