using System.Globalization;
using System.Text;
using Sidecar.Soak.Running;

namespace Sidecar.Soak.Results;

/// <summary>A run over time, as SVG: no script, and on a ground of its own, so that it can be read on a light and on a dark page.</summary>
internal static class Chart
{
    private const int Width = 860;
    private const int Left = 70;
    private const int Right = 840;
    private const int PanelHeight = 110;
    private const int PanelStep = 160;
    private const int Head = 30;

    private static readonly (string Title, string Class, Func<Sample, double> Value, string Unit)[] Panels =
    [
        ("Resident memory", "a", sample => sample.ResidentBytes / 1e6, "MB"),
        ("Heap after the last collection", "f", sample => sample.HeapBytes / 1e6, "MB"),
        ("Cache, as it counts itself", "b", sample => sample.CacheBytes / 1e6, "MB"),
        ("Latency of known customers, p99 of 5 s, as their callers saw it", "c", sample => sample.P99, "ms"),
        ("Processor time of the service", "d", sample => sample.Cores, "cores"),
        ("Open file descriptors", "e", sample => sample.Files, ""),
    ];

    /// <summary>Draws it.</summary>
    public static string Svg(Outcome outcome)
    {
        var body = new StringBuilder();
        var length = Math.Max(outcome.Took.TotalMinutes, 1e-3);
        var height = Head + (Panels.Length * PanelStep);
        foreach (var fault in outcome.Faults)
        {
            var (from, to) = (X(fault.From), X(fault.To));
            body.Append(Invariant($"""  <rect class="fault" x="{from:0.#}" y="{Head}" width="{Math.Max(to - from, 1):0.#}" height="{height - Head - 40}"><title>{fault.Name}, {fault.From:h\:mm\:ss}</title></rect>{'\n'}"""));
        }

        for (var panel = 0; panel < Panels.Length; panel++)
        {
            var (title, name, value, unit) = Panels[panel];
            var top = Head + (panel * PanelStep);
            var bottom = top + PanelHeight;
            var most = Math.Max(outcome.Samples.Select(value).DefaultIfEmpty().Max(), 1e-3) * 1.05;
            body.Append(Invariant($"""  <text class="title" x="{Left}" y="{top - 8}">{title}</text>{'\n'}"""));
            body.Append(Invariant($"""  <path class="axis" d="M{Left} {top}V{bottom}H{Right}"/>{'\n'}"""));
            body.Append(Invariant($"""  <text class="note" x="{Left - 8}" y="{top + 9}" text-anchor="end">{most:0.##} {unit}</text>{'\n'}"""));
            body.Append(Invariant($"""  <text class="note" x="{Left - 8}" y="{bottom}" text-anchor="end">0</text>{'\n'}"""));
            var points = string.Join(' ', outcome.Samples.Select(sample => Invariant($"{X(sample.At):0.#},{bottom - (value(sample) / most * PanelHeight):0.#}")));
            body.Append(Invariant($"""  <polyline class="{name}" points="{points}"/>{'\n'}"""));
        }

        body.Append(Invariant($"""  <text class="note" x="{Left}" y="{height - 24}">0</text>{'\n'}"""));
        body.Append(Invariant($"""  <text class="note" x="{Right}" y="{height - 24}" text-anchor="end">{length:0.#} minutes; shaded: a fault is on</text>{'\n'}"""));
        return Invariant(
            $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Width}} {{height}}" role="img" aria-label="Memory, latency and processor time over the run">
              <style>
                .page { fill: #ffffff }
                text { font: 13px system-ui, sans-serif; fill: #1f2328 }
                .title { font-weight: 600 }
                .note { font-size: 11px; fill: #59636e }
                .axis { stroke: #59636e; stroke-width: 1; fill: none }
                .fault { fill: #f59e0b; opacity: .22 }
                polyline { fill: none; stroke-width: 1.4 }
                .a { stroke: #2563eb } .b { stroke: #16a34a } .c { stroke: #c2410c } .d { stroke: #7c3aed } .e { stroke: #0e7490 } .f { stroke: #be185d }
                @media (prefers-color-scheme: dark) {
                  .page { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 } .axis { stroke: #9198a1 }
                  .a { stroke: #60a5fa } .b { stroke: #4ade80 } .c { stroke: #fb923c } .d { stroke: #a78bfa } .e { stroke: #22d3ee } .f { stroke: #f472b6 }
                }
              </style>
              <rect class="page" width="{{Width}}" height="{{height}}" rx="8"/>
            {{body}}</svg>

            """);

        double X(TimeSpan at) => Left + (Math.Min(at.TotalMinutes / length, 1) * (Right - Left));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
