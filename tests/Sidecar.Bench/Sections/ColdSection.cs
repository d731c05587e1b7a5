using Sidecar.Bench.Results;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>First questions about customers: the service reads them from the cloud.</summary>
internal static class ColdSection
{
    // Longer than the second that an actor stays at most after its last work, and long enough for what is done every few seconds.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(7);

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        var count = stage.Options.ColdCustomers;
        await using var service = await stage.StartSidecarAsync();
        var atStart = ProcessFigures.CpuTime(service.ProcessId);
        await stage.AskOnceAsync(service, 0, Stage.WarmCustomers);
        stage.Note(
            Section.Cold, $"CPU a customer, the first {Stage.WarmCustomers:N0} of a fresh process", Unit.Microseconds,
            (ProcessFigures.CpuTime(service.ProcessId) - atStart).TotalMicroseconds / Stage.WarmCustomers);

        var before = ProcessFigures.CpuTime(service.ProcessId);
        for (var pair = 0; pair < stage.Options.Pairs; pair++)
        {
            var cpu = ProcessFigures.CpuTime(service.ProcessId);
            var result = await stage.AskOnceAsync(service, Stage.WarmCustomers + (pair * count), count);
            stage.Note(Section.Cold, "answers a second", Unit.PerSecond, result.PerSecond, pair);
            stage.Note(
                Section.Cold, "CPU a customer, while they are answered", Unit.Microseconds,
                (ProcessFigures.CpuTime(service.ProcessId) - cpu).TotalMicroseconds / count, pair);
            stage.Note(Section.Cold, What.P99, Unit.Milliseconds, result.Latencies.Percentile(0.99) / 1e3, pair);
            stage.Progress($"  {pair + 1}: {result.PerSecond:N0}/s");
        }

        // Their actors end behind the answers, and that is to be paid as well.
        await Task.Delay(Aftermath, cancellation);
        stage.Note(
            Section.Cold, What.ColdCpu, Unit.Microseconds,
            (ProcessFigures.CpuTime(service.ProcessId) - before).TotalMicroseconds / (count * (double)stage.Options.Pairs));
    }
}
