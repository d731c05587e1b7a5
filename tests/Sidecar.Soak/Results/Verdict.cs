using System.Globalization;

namespace Sidecar.Soak.Results;

/// <summary>A promise, and whether the run kept it.</summary>
/// <param name="Promise">What is promised.</param>
/// <param name="Figure">What was seen.</param>
/// <param name="IsKept">Whether that keeps it; null: this run can't tell.</param>
internal sealed record Verdict(string Promise, string Figure, bool? IsKept)
{
    /// <summary>The most that memory may grow in an hour, in bytes.</summary>
    public const double MostBytesAnHour = 1e6;

    /// <summary>The share of reads of known customers that have to be answered, and not by a fallback.</summary>
    public const double LeastAnswered = 0.9999;

    /// <summary>All of a run.</summary>
    public static IReadOnlyList<Verdict> Of(Outcome it)
    {
        var (tally, reports) = (it.Tally, it.Reports);
        var bad = tally.KnownFailures + tally.KnownFallbacks;
        return
        [
            new(
                "No read of a known customer fails",
                Text($"{tally.KnownReads:N0} reads, {tally.KnownFailures:N0} failed"),
                tally.KnownFailures is 0),
            new(
                $"At least {LeastAnswered:0.00%} of them are answered, and not by a fallback".ToString(CultureInfo.InvariantCulture),
                Text($"{tally.KnownFallbacks:N0} by a fallback: {(tally.KnownReads > 0 ? 1 - ((double)bad / tally.KnownReads) : 0):0.0000%}"),
                tally.KnownReads > 0 && bad <= tally.KnownReads * (1 - LeastAnswered)),
            new("No answer is wrong: none goes back, none is ahead, none stays behind", Text($"{tally.Wrong:N0} wrong"), tally.Wrong is 0),
            new(
                "What is acknowledged is counted once",
                Text($"{reports.Acknowledged:N0} acknowledged, {reports.Lost} lost, {reports.Doubled} doubled"),
                reports is { Acknowledged: > 0, Lost: 0, Doubled: 0 }),
            new(
                "After each fault it heals by itself",
                it.Faults.Count is 0
                    ? "no fault"
                    : Text($"faults: {it.Faults.Count}, kinds: {it.Faults.Select(fault => fault.Name).Distinct(StringComparer.Ordinal).Count()}; the longest healing took {it.Faults.Max(fault => fault.Healed).TotalSeconds:0.0} s"),
                it.Faults.Count > 0),
            new(
                "Memory does not grow: less than 1 MB an hour in the second half",
                it.IsGrowthJudged
                    ? Text($"{it.BytesAnHour / 1e6:+0.00;-0.00;0.00} MB an hour, by the least of each five minutes; largest {Largest(it)}; the heap after collections {it.HeapBytesAnHour / 1e6:+0.00;-0.00;0.00} MB an hour")
                    : Text($"largest {Largest(it)}"),
                it.IsGrowthJudged ? it.BytesAnHour < MostBytesAnHour : null),
            new("Once all is quiet, every known customer is answered with what the cloud has", it.QuietProblem ?? "all answers right", it.QuietProblem is null),
            new(
                "Told to end, it ends with 0; started anew beside a dead cloud, it answers from Redis as before",
                it.RestartProblem ?? (it.HasRedis ? Text($"exit code {it.ExitCode}, all answers right") : Text($"exit code {it.ExitCode}; no redis-server here")),
                it.ExitCode is 0 && it.RestartProblem is null),
        ];
    }

    private static string Largest(Outcome it) => Text($"{(it.Samples.Count > 0 ? it.Samples.Max(sample => sample.ResidentBytes) : 0) / 1e6:0} MB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
