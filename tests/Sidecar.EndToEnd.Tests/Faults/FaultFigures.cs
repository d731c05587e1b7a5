using System.Globalization;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What a fault did.</summary>
internal sealed record FaultFigures
{
    /// <summary>The fault.</summary>
    public required string Fault { get; init; }

    /// <summary>Questions about customers that the service had known before.</summary>
    public required int Reads { get; init; }

    /// <summary>Those of them that were answered by a fallback.</summary>
    public required int Fallbacks { get; init; }

    /// <summary>Those of them that failed, or took longer than any call may.</summary>
    public required int Failed { get; init; }

    /// <summary>Those of them whose answer was never true.</summary>
    public required int Wrong { get; init; }

    /// <summary>The longest of them, in ms.</summary>
    public required double Longest { get; init; }

    /// <summary>Questions about customers that the service did not know.</summary>
    public required int Unknown { get; init; }

    /// <summary>Those of them that failed.</summary>
    public required int UnknownFailed { get; init; }

    /// <summary>Reports that were sent.</summary>
    public required int Reports { get; init; }

    /// <summary>Those of them that were acknowledged.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>How the others ended.</summary>
    public required string Others { get; init; }

    /// <summary>Those that were acknowledged and are not counted.</summary>
    public required int Lost { get; init; }

    /// <summary>Those that are counted more than once.</summary>
    public required int Doubled { get; init; }

    /// <summary>How long after the fault it took until all was well.</summary>
    public required TimeSpan Healed { get; init; }

    /// <summary>The memory before the fault, in MB.</summary>
    public required double Before { get; init; }

    /// <summary>The most memory while it lasted and after it, in MB.</summary>
    public required double Peak { get; init; }

    /// <summary>Some of what went wrong, in words.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fault}: {Reads:N0} reads of known customers, {Fallbacks} by fallback, {Failed} failed, {Wrong} wrong, longest {Longest:N0} ms; "
        + $"{Unknown} of others, {UnknownFailed} failed; {Reports} reports: {Acknowledged} acknowledged{Others}, {Lost} lost, {Doubled} doubled; "
        + $"healed after {Healed.TotalSeconds:0.0} s; {Before:0} MB before, peak {Peak:0} MB");
}
