using System.Globalization;
using System.Text;
using Sidecar.Bench.Sections;
using Sidecar.Testing;

namespace Sidecar.Bench.Results;

/// <summary>The result as text: for a terminal, and as a page in Markdown.</summary>
internal static class Page
{
    private static readonly string[] Servers = [Server.Sidecar, Server.Lone, Server.Bare, Server.Node];

    /// <summary>For a terminal.</summary>
    public static string Text(Report report)
    {
        var text = new StringBuilder();
        foreach (var section in report.Rows.GroupBy(row => row.Section, StringComparer.Ordinal))
        {
            var table = TableOf([.. section]);
            text.Append('\n');
            // The first column has the part's name as its head.
            table[0][0] = section.Key;
            var widths = Enumerable.Range(0, table[0].Length).Select(column => table.Max(line => line[column].Length)).ToArray();
            foreach (var line in table)
                text.Append(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        }

        if (report.Verdicts.Count > 0)
            text.Append("\ntargets\n");
        foreach (var verdict in report.Verdicts)
            text.Append($"  {(verdict.IsKept ? "kept  " : "MISSED")}  {verdict.Subject}: {verdict.Measured}, {verdict.Demand}\n");
        return text.ToString();
    }

    /// <summary>A page.</summary>
    /// <param name="report">What was measured.</param>
    /// <param name="machine">Where.</param>
    /// <param name="command">The command that did it.</param>
    /// <param name="chart">The file with the chart, beside the page.</param>
    public static string Markdown(Report report, Machine machine, string command, string chart)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Benchmarks

            Written by `{command}` on {machine.Date}. What each part does and how: `./bench --help`. What takes longer: [longer runs](longer.md).

            Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGigabytes:0.0} GB of memory, Linux {machine.Kernel}, {machine.Runtime}.
            Load, servers and the emulated cloud share these cores; so look at processor time before throughput. Each figure is the median of
            all rounds, with the least and the most in brackets. A ratio is the median of the ratios of each round, in which the servers were
            loaded one right after the other: *sidecar ÷ bare* below 1 is less than the bare server's.

            - **sidecar**: this service, published as the README says, with an emulated cloud and its stream of updates.
            - **lone**: the same service by itself, where *sidecar* is a node of a cluster.
            - **bare**: gRPC in ASP.NET Core that gives a constant reply: what gRPC itself costs.
            - **node**: `@grpc/grpc-js` with a `Map`, no cloud behind it.

            ![The service beside the bare and the Node server]({chart})

            """);
        if (report.Verdicts.Count > 0)
            text.Append("\n## Targets\n\n| what | measured | target | |\n| --- | --- | --- | --- |\n");
        foreach (var verdict in report.Verdicts)
            text.Append($"| {verdict.Subject} | {verdict.Measured} | {verdict.Demand} | {(verdict.IsKept ? "kept" : "**missed**")} |\n");
        foreach (var section in report.Rows.GroupBy(row => row.Section, StringComparer.Ordinal))
        {
            text.Append($"\n## {section.Key}\n\n");
            if (Section.Find(section.Key) is { } about)
                text.Append($"{about.About}\n\n");
            var table = TableOf([.. section]);
            foreach (var (line, number) in table.Select((line, number) => (line, number)))
            {
                text.Append($"| {string.Join(" | ", line)} |\n");
                if (number is 0)
                    text.Append($"|{string.Concat(Enumerable.Repeat(" --- |", line.Length))}\n");
            }
        }

        return text.ToString();
    }

    // The first line has the heads. Columns of servers that have no figures here say nothing, and are left out.
    private static List<string[]> TableOf(IReadOnlyList<Row> rows)
    {
        var servers = Servers.Where(server => rows.Any(row => row.Servers.ContainsKey(server))).ToList();
        var others = servers.Where(server => rows.Any(row => row.Ratios.ContainsKey(server))).ToList();
        return
        [
            ["what", .. servers, .. others.Select(server => $"sidecar ÷ {server}")],
            .. rows.Select(row => (string[])
            [
                row.What,
                .. servers.Select(server => row.Servers.TryGetValue(server, out var summary) ? Figures.Show(summary, row.Unit) : ""),
                .. others.Select(server => row.Ratios.TryGetValue(server, out var ratio) ? Figures.Number(ratio, Unit.Ratio) : ""),
            ]),
        ];
    }
}
