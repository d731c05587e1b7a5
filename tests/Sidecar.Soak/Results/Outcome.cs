using Sidecar.Soak.Running;

namespace Sidecar.Soak.Results;

/// <summary>What a run came to.</summary>
internal sealed record Outcome
{
    /// <summary>How it was run.</summary>
    public required SoakOptions Options { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>Looks at the service.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>What went wrong.</summary>
    public required IReadOnlyList<FaultLine> Faults { get; init; }

    /// <summary>What callers saw.</summary>
    public required Tally Tally { get; init; }

    /// <summary>What became of reports.</summary>
    public required ReportFigures Reports { get; init; }

    /// <summary>Whether Redis took part.</summary>
    public required bool HasRedis { get; init; }

    /// <summary>What was wrong once all was quiet; null: nothing.</summary>
    public required string? QuietProblem { get; init; }

    /// <summary>The exit code of the service at SIGTERM after all.</summary>
    public required int ExitCode { get; init; }

    /// <summary>What was wrong with the answers of a service that was started anew beside a dead cloud, from what Redis has; null: nothing, or no Redis.</summary>
    public required string? RestartProblem { get; init; }

    /// <summary>
    /// Growth of resident memory after the first half, in bytes an hour: that of the least of every five minutes. What is given back within five
    /// minutes is no growth, and a line through all looks would show where in its ups and downs the run began and ended.
    /// </summary>
    public double BytesAnHour => SecondHalf(sample => sample.ResidentBytes);

    /// <summary>The same of the heap after collections: whether something is held, where the other also shows what the collector keeps at hand.</summary>
    public double HeapBytesAnHour => SecondHalf(sample => sample.HeapBytes);

    /// <summary>Whether the time suffices to speak of growth.</summary>
    public bool IsGrowthJudged => Options.Duration >= TimeSpan.FromMinutes(60);

    private double SecondHalf(Func<Sample, double> value) => Slope.AnHour(Slope.Least(
        Samples.Select(sample => (sample.At, value(sample))), Options.Settling, Options.Duration, Options.GivenBackWithin));
}
