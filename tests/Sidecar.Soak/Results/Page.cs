using System.Globalization;
using System.Text;
using Sidecar.Testing;

namespace Sidecar.Soak.Results;

/// <summary>The result as text: for a terminal, and as a page in Markdown.</summary>
internal static class Page
{
    /// <summary>For a terminal.</summary>
    public static string Text(Outcome outcome, IReadOnlyList<Verdict> verdicts)
    {
        var text = new StringBuilder();
        foreach (var verdict in verdicts)
            text.Append(CultureInfo.InvariantCulture, $"  {Word(verdict.IsKept),-19}{verdict.Promise}: {verdict.Figure}\n");
        foreach (var problem in outcome.Tally.Problems)
            text.Append(CultureInfo.InvariantCulture, $"  {problem}\n");
        return text.ToString();
    }

    /// <summary>A page.</summary>
    /// <param name="outcome">What was seen.</param>
    /// <param name="verdicts">What that says.</param>
    /// <param name="machine">Where.</param>
    /// <param name="chart">The file with the chart, beside the page.</param>
    public static string Markdown(Outcome outcome, IReadOnlyList<Verdict> verdicts, Machine machine, string chart)
    {
        var (options, tally, reports) = (outcome.Options, outcome.Tally, outcome.Reports);
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Soak

            Written by `{options.Command}` on {machine.Date}; seed {options.Seed}, {outcome.Took:h\:mm\:ss} of load. What it does: `./soak --help`.

            Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGigabytes:0.0} GB of memory, Linux {machine.Kernel}, {machine.Runtime}.
            Service, callers, the emulated cloud{(outcome.HasRedis ? " and redis-server" : "")} share these cores: latencies are theirs as much as the service's. The
            service has the heap limit of a container of {SoakOptions.ContainerBytes / 1048576} MiB.

            | promise | seen | |
            | --- | --- | --- |

            """);
        foreach (var verdict in verdicts)
            text.Append($"| {verdict.Promise} | {verdict.Figure} | {Word(verdict.IsKept)} |\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"""

            ![Memory, latency and processor time over the run, faults shaded]({chart})

            ## Load

            - {options.QuestionsPerSecond} questions a second: {tally.KnownReads:N0} about {options.Known:N0} known customers, {tally.OtherReads:N0} about {options.Others:N0}
              others, more than fit into the cache of {options.CacheBytes / 1048576.0:0} MiB. {tally.OtherFallbacks:N0} of the others were asked about for the first time while the cloud
              was out of reach, and were answered by a fallback.
            - {tally.Changes:N0} changes by the cloud, told over the stream of updates. {tally.Late:N0} answers in a calm moment were more than 5 s behind a change
              and right a second later.
            - {reports.Acknowledged + reports.Failed:N0} reports: {reports.Acknowledged:N0} acknowledged; {reports.Failed:N0} failed or were unclear, and their callers were told;
              {reports.FailedButCounted:N0} of these the cloud had counted, once.

            ## Faults

            | fault | times | seconds in all | longest healing |
            | --- | --- | --- | --- |

            """);
        foreach (var fault in outcome.Faults.GroupBy(line => line.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {fault.Key} | {fault.Count()} | {fault.Sum(line => (line.To - line.From).TotalSeconds):0} | {fault.Max(line => line.Healed).TotalSeconds:0.0} s |\n");
        }

        text.Append(
            """

            Healed is when the stream of updates is up, reads are not suspended, nothing waits to be read again, Redis answers, and a change shows.

            """);
        if (tally.Problems.Count > 0)
            text.Append("\n## What went wrong first\n\n");
        foreach (var problem in tally.Problems)
            text.Append($"- {problem}\n");
        return text.ToString();
    }

    private static string Word(bool? isKept) => isKept switch
    {
        true => "kept",
        false => "MISSED",
        null => "too short to tell",
    };
}
