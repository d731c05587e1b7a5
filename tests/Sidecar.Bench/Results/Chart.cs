using System.Globalization;
using System.Text;
using Sidecar.Bench.Sections;
using Sidecar.Testing;

namespace Sidecar.Bench.Results;

/// <summary>A chart of what compares the servers, as SVG: no script, and on a ground of its own, so that it can be read on a light and on a dark page.</summary>
internal static class Chart
{
    private const int Width = 760;
    private const int BarLeft = 150;
    private const int BarWidth = 440;
    private const int BarHeight = 18;
    private const int BarStep = 22;
    private const int PanelHead = 34;
    private const int PanelGap = 14;

    // What says most, in this order; a panel without figures is left out.
    private static readonly (string Section, string What, string Title)[] Panels =
    [
        (Section.Mixed, What.CpuACall, "Processor time of the server for a call (less is better)"),
        (Section.Mixed, What.Throughput, "Answers a second, mixed kinds and customers (more is better)"),
        (Section.Rate, What.P99, "p99 at half of the bare server's largest rate (less is better)"),
        (Section.Rate, What.P99 + What.BesideUpdates, "The same, beside 2,000 updates a second for the service"),
        (Section.Hot, "metered: " + What.CpuACall, "Processor time for a metered call of one customer (less is better)"),
    ];

    private static readonly string[] Servers = [Server.Sidecar, Server.Bare, Server.Node];

    /// <summary>Draws it.</summary>
    public static string Svg(Report report, Machine machine)
    {
        var body = new StringBuilder();
        var y = 12;
        foreach (var (section, what, title) in Panels)
        {
            if (report.Find(section, what) is not { } row)
                continue;
            body.Append(Invariant($"""  <text class="title" x="12" y="{y + 16}">{Escape(title)}</text>{'\n'}"""));
            y += PanelHead;
            // The largest value takes the whole width, its spread included.
            var most = row.Servers.Values.Max(summary => summary.Most);
            foreach (var server in Servers.Where(row.Servers.ContainsKey))
            {
                var summary = row.Servers[server];
                var end = X(summary.Median);
                body.Append(Invariant($"""  <text x="{BarLeft - 10}" y="{y + 13}" text-anchor="end">{server}</text>{'\n'}"""));
                body.Append(Invariant($"""  <rect class="{server}" x="{BarLeft}" y="{y}" width="{Math.Max(end - BarLeft, 1):0.#}" height="{BarHeight}" rx="2"/>{'\n'}"""));
                if (summary.Count > 1)
                    body.Append(Invariant($"""  <path class="spread" d="M{X(summary.Least):0.#} {y + 9}H{X(summary.Most):0.#}M{X(summary.Least):0.#} {y + 5}v8M{X(summary.Most):0.#} {y + 5}v8"/>{'\n'}"""));
                body.Append(Invariant($"""  <text x="{Math.Max(end, X(summary.Most)) + 8:0.#}" y="{y + 13}">{Escape(Figures.Show(summary.Median, row.Unit))}</text>{'\n'}"""));
                y += BarStep;
            }

            y += PanelGap;

            double X(double value) => BarLeft + (most > 0 ? value / most * BarWidth : 0);
        }

        body.Append(Invariant($"""  <text class="note" x="12" y="{y + 8}">{Escape($"{machine.Processor}, {machine.Cores} cores, {machine.Date}. Bars: medians; lines: least to most.")}</text>{'\n'}"""));
        return Invariant(
            $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Width}} {{y + 22}}" role="img" aria-label="The service beside the bare and the Node server">
              <style>
                .page { fill: #ffffff }
                text { font: 13px system-ui, sans-serif; fill: #1f2328 }
                .title { font-weight: 600 }
                .note { font-size: 11px; fill: #59636e }
                .sidecar { fill: #2563eb } .bare { fill: #6b7280 } .node { fill: #16a34a }
                .spread { stroke: #1f2328; stroke-width: 1.2; fill: none }
                @media (prefers-color-scheme: dark) {
                  .page { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 }
                  .sidecar { fill: #60a5fa } .bare { fill: #9ca3af } .node { fill: #4ade80 }
                  .spread { stroke: #e6edf3 }
                }
              </style>
              <rect class="page" width="{{Width}}" height="{{y + 22}}" rx="8"/>
            {{body}}</svg>

            """);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
