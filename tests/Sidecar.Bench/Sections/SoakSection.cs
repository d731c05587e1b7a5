using System.Diagnostics;
using System.Globalization;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>Whether memory stays flat for long.</summary>
internal static class SoakSection
{
    /// <summary>The memory of the container that the process is to fit in.</summary>
    public const long LimitBytes = 512L * 1024 * 1024;

    private const int QuestionsPerSecond = 2_000;
    private const int UpdatesPerSecond = 200;

    // What a runtime that sees the container's limit takes of it: three quarters for the heap, half for the cache.
    private static readonly Dictionary<string, string?> Limits = new(StringComparer.Ordinal)
    {
        ["DOTNET_GCHeapHardLimit"] = (LimitBytes * 3 / 4).ToString("x", CultureInfo.InvariantCulture),
        ["CACHE_MAX_SIZE_BYTES"] = (LimitBytes / 2).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        var length = TimeSpan.FromMinutes(stage.Options.Minutes);
        stage.Progress($"  {length.TotalMinutes:0} minutes ...");
        await using var service = await stage.StartSidecarAsync(Limits, ["taskset", "-c", "0"]);
        // Otherwise memory grows with those who are asked about for the first time, until all are known.
        await stage.AskOnceAsync(service, 0, stage.Options.Customers);
        await stage.Cloud.StartUpdatesAsync(UpdatesPerSecond, stage.Options.Customers);
        var plan = new LoadPlan(service.Address, Churn(stage.Options.Customers), stage.Expected.Lengths()) { Duration = length, Rate = QuestionsPerSecond };
        var load = Generator.RunAsync(plan, cancellation);
        var (watch, resident) = (Stopwatch.StartNew(), new List<(TimeSpan At, double Bytes)>());
        while (await Task.WhenAny(load, Task.Delay(TimeSpan.FromSeconds(1), cancellation)) != load)
            resident.Add((watch.Elapsed, ProcessFigures.ResidentBytes(service.ProcessId)));
        var result = await load;
        var updates = await stage.Cloud.StopUpdatesAsync();
        var (second, last) = (Quarter(1), Quarter(3));
        stage.Note(Section.Soak, "answers, all right", Unit.None, result.Done);
        stage.Note(Section.Soak, "updates", Unit.None, updates);
        stage.Note(Section.Soak, What.P99, Unit.Milliseconds, result.Latencies.Percentile(0.99) / 1e3);
        stage.Note(Section.Soak, "resident memory, second quarter", Unit.Megabytes, second / 1e6);
        stage.Note(Section.Soak, "resident memory, last quarter", Unit.Megabytes, last / 1e6);
        stage.Note(Section.Soak, What.SoakDrift, Unit.Ratio, last / second);
        stage.Note(Section.Soak, What.SoakPeak, Unit.Megabytes, resident.Max(look => look.Bytes) / 1e6);

        double Quarter(int number) => Statistics.Median(
            resident.Where(look => look.At >= length * number / 4 && look.At < length * (number + 1) / 4).Select(look => look.Bytes));
    }

    /// <summary>Nineteen of twenty questions go round among a few thousand customers, and the twentieth among all.</summary>
    internal static Func<long, Question> Churn(int customers)
    {
        var (usual, any) = (Order.Mixed(Math.Min(customers, 5_000)), Order.Mixed(customers));
        return i => i % 20 is 0 ? any(i / 20) : usual(i);
    }
}
