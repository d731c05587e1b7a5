using FluentAssertions;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Telemetry;
using Xunit;

namespace Sidecar.Host.Tests.Telemetry;

/// <summary>What the library can't take is an error of the start, and not the end of the process.</summary>
public sealed class TelemetryExportSpecs
{
    [Fact]
    public async Task What_can_not_be_set_up_is_told_without_the_value_counted_and_left_out()
    {
        var log = new ListLogger<ExportTrouble>();
        var counters = new SidecarCounters();
        await using var export = new TelemetryExport(
            new TelemetryOptions
            {
                ExportsTraces = true,
                ExportsMetrics = true,
                ExportsLogs = true,
                Variables = new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9", ["OTEL_EXPORTER_OTLP_HEADERS"] = "secret-4711" },
            },
            TimeProvider.System);
        using var trouble = new ExportTrouble(log, export, counters, TimeProvider.System);

        await export.StartAsync(CancellationToken.None);
        await trouble.StartAsync(CancellationToken.None);
        export.LogProvider.CreateLogger("any").LogWarning("a line");
        await export.StopAsync(CancellationToken.None);

        counters.InitializationErrors.Value.Should().Be(3);
        foreach (var signal in (string[])["traces", "metrics", "logs"])
            log.Lines.Should().ContainSingle(line => line.Contains($"the export of {signal} can't be set up (", StringComparison.Ordinal));
        log.Lines.Should().AllSatisfy(line => line.Should().NotContain("4711"));
    }
}
