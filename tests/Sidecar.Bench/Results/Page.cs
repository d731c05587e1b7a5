using System.Globalization;
using System.Text;

namespace Sidecar.Bench.Results;

/// <summary>The result as text: for a terminal, and as a page in Markdown.</summary>
internal static class Page
{
    private static readonly string[] Servers = [Server.Sidecar, Server.Bare, Server.Node];

    /// <summary>For a terminal.</summary>
    public static string Text(Report report)
    {
        var text = new StringBuilder();
        foreach (var section in report.Rows.GroupBy(row => row.Section, StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine(section.Key);
            foreach (var row in section)
            {
                text.Append("  ").AppendLine(row.What);
                foreach (var server in Servers.Where(row.Servers.ContainsKey))
                    text.Append("    ").Append($"{server,-9}").AppendLine(Figures.Show(row.Servers[server], row.Unit));
                foreach (var (server, ratio) in row.Ratios)
                    text.Append("    ").AppendLine($"sidecar ÷ {server}: {Figures.Number(ratio, Unit.Ratio)}");
            }
        }

        if (report.Verdicts.Count > 0)
            text.AppendLine().AppendLine("targets");
        foreach (var verdict in report.Verdicts)
            text.AppendLine($"  {(verdict.IsKept ? "kept  " : "MISSED")}  {verdict.Subject}: {Figures.Show(verdict.Value, verdict.Unit)}, {verdict.Demand}");
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

            Written by `{command}` on {machine.Date}. What each part does and how: `./bench --help`.

            Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGigabytes:0.0} GB of memory, Linux {machine.Kernel}, {machine.Runtime}.
            Load, servers and the emulated cloud share these cores; so look at processor time before throughput. Each figure is the median of
            all rounds, with the least and the most in brackets. A ratio is the median of the ratios of each round, in which the servers were
            loaded one right after the other: *sidecar ÷ bare* below 1 is less than the bare server's.

            - **sidecar**: this service, published as the README says, with an emulated cloud and its stream of updates.
            - **bare**: gRPC in ASP.NET Core that gives a constant reply: what gRPC itself costs.
            - **node**: `@grpc/grpc-js` with a `Map`, no cloud behind it.

            ![The service beside the bare and the Node server]({chart})

            """);
        if (report.Verdicts.Count > 0)
            text.Append("\n## Targets\n\n| what | measured | target | |\n| --- | --- | --- | --- |\n");
        foreach (var verdict in report.Verdicts)
            text.Append($"| {verdict.Subject} | {Figures.Show(verdict.Value, verdict.Unit)} | {verdict.Demand} | {(verdict.IsKept ? "kept" : "**missed**")} |\n");
        foreach (var section in report.Rows.GroupBy(row => row.Section, StringComparer.Ordinal))
        {
            // Columns of servers that have no figures here say nothing.
            var servers = Servers.Where(server => section.Any(row => row.Servers.ContainsKey(server))).ToList();
            var others = servers.Where(server => section.Any(row => row.Ratios.ContainsKey(server))).ToList();
            text.Append($"\n## {section.Key}\n\n");
            if (Sections.Section.Find(section.Key) is { } about)
                text.Append($"{about.About}\n\n");
            text.Append($"| what |{string.Concat(servers.Select(server => $" {server} |"))}{string.Concat(others.Select(server => $" sidecar ÷ {server} |"))}\n");
            text.Append($"| --- |{string.Concat(Enumerable.Repeat(" --- |", servers.Count + others.Count))}\n");
            foreach (var row in section)
            {
                text.Append($"| {row.What} |");
                foreach (var server in servers)
                    text.Append(row.Servers.TryGetValue(server, out var summary) ? $" {Figures.Show(summary, row.Unit)} |" : " |");
                foreach (var server in others)
                    text.Append(row.Ratios.TryGetValue(server, out var ratio) ? $" {Figures.Number(ratio, Unit.Ratio)} |" : " |");
                text.Append('\n');
            }
        }

        return text.ToString();
    }
}
