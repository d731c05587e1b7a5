using System.Globalization;

namespace Sidecar.Fuzz.Driver;

/// <summary>What a run came to.</summary>
/// <param name="Target">The reader.</param>
/// <param name="Executions">How many inputs were tried.</param>
/// <param name="Took">How long that took.</param>
internal sealed record FuzzReport(string Target, long Executions, TimeSpan Took)
{
    /// <summary>How much of a processor's time that took: what tells the speed where other things run as well.</summary>
    public TimeSpan Processor { get; init; }

    /// <summary>Edges of the code that were seen; 0 where nothing tells.</summary>
    public int Edges { get; init; }

    /// <summary>Inputs that each showed something new, with those that there were at the start.</summary>
    public int Inputs { get; init; }

    /// <summary>The most that one execution allocated, in bytes.</summary>
    public long LargestAllocation { get; init; }

    /// <summary>The longest execution.</summary>
    public TimeSpan Longest { get; init; }

    /// <summary>The input that ended it, or null.</summary>
    public FuzzFailure? Failure { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Target,-12} {Executions,12:N0} executions {Executions / Math.Max(0.001, Took.TotalSeconds),9:N0} a second ({Executions / Math.Max(0.001, Processor.TotalSeconds):N0} of the processor's) {Edges,6:N0} edges {Inputs,5:N0} inputs, largest allocation {LargestAllocation / 1024.0:N0} KiB, longest {Longest.TotalMilliseconds:N0} ms");
}
