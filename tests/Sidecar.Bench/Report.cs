using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sidecar.Bench;

/// <summary>What was measured, in medians.</summary>
internal sealed class Report
{
    /// <summary>The least share of the bare server's throughput.</summary>
    public const double MinThroughput = 0.75;

    /// <summary>The most of its processor time for a call.</summary>
    public const double MaxCpu = 1.35;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private Report(IReadOnlyList<Measurement> servers, IReadOnlyList<Ratio> ratios) => (Servers, Ratios) = (servers, ratios);

    /// <summary>Each server, by the medians of its loads.</summary>
    public IReadOnlyList<Measurement> Servers { get; }

    /// <summary>The service beside each other server.</summary>
    public IReadOnlyList<Ratio> Ratios { get; }

    /// <summary>Whether both thresholds are kept.</summary>
    public bool IsWithinThresholds =>
        Ratios.Single(ratio => ratio.To == Rounds.Bare) is { Throughput: >= MinThroughput, Cpu: <= MaxCpu };

    /// <summary>Sums rounds up.</summary>
    public static Report Of(IReadOnlyList<IReadOnlyList<Measurement>> rounds)
    {
        var servers = rounds.SelectMany(round => round).GroupBy(one => one.Server, StringComparer.Ordinal).Select(loads => new Measurement(
            loads.Key,
            Statistics.Median(loads.Select(one => one.RequestsPerSecond)),
            Statistics.Median(loads.Select(one => one.P50Microseconds)),
            Statistics.Median(loads.Select(one => one.P99Microseconds)),
            Statistics.Median(loads.Select(one => one.CpuMicroseconds)),
            (long)Statistics.Median(loads.Select(one => (double)one.ResidentBytes)))).ToList();
        // Of each round first: what the machine did beside it hit both alike.
        var ratios = servers.Select(one => one.Server).Where(name => name != SidecarServer.ServerName).Select(name => new Ratio(
            name,
            MedianRatio(name, one => one.RequestsPerSecond),
            MedianRatio(name, one => one.CpuMicroseconds))).ToList();
        return new Report(servers, ratios);

        double MedianRatio(string name, Func<Measurement, double> figure) => Statistics.Median(
            rounds.Select(round => figure(Of(round, SidecarServer.ServerName)) / figure(Of(round, name))));

        static Measurement Of(IReadOnlyList<Measurement> round, string name) => round.Single(one => one.Server == name);
    }

    /// <summary>For people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine("server      requests/s   p50 ms   p99 ms   CPU us/call   RSS MB");
        foreach (var one in Servers)
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Server,-10} {one.RequestsPerSecond,11:N0} {one.P50Microseconds / 1e3,8:0.00} {one.P99Microseconds / 1e3,8:0.00} "
                + $"{one.CpuMicroseconds,13:0.0} {one.ResidentBytes / 1e6,8:0}"));
        foreach (var ratio in Ratios)
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{SidecarServer.ServerName}/{ratio.To}: throughput {ratio.Throughput:0.00}, CPU a call {ratio.Cpu:0.00}"));
        return text.ToString();
    }

    /// <summary>For programs.</summary>
    /// <param name="rounds">All that was measured, too.</param>
    public string ToJson(IReadOnlyList<IReadOnlyList<Measurement>> rounds) =>
        JsonSerializer.Serialize(new { Servers, Ratios, Rounds = rounds }, Json);
}

/// <summary>The service beside another server: the medians of the ratios of each round.</summary>
/// <param name="To">The other server.</param>
/// <param name="Throughput">Requests a second.</param>
/// <param name="Cpu">Processor time for a call.</param>
internal sealed record Ratio(string To, double Throughput, double Cpu);
