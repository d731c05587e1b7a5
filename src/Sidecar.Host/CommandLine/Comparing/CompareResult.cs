namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>A difference, and where it was found.</summary>
/// <param name="Who">The customer and the resource.</param>
/// <param name="Item">The feature or the currency, or empty.</param>
/// <param name="Call">The call.</param>
/// <param name="Field">The field.</param>
/// <param name="Ours">What ours has, or null.</param>
/// <param name="Theirs">What theirs has, or null.</param>
internal sealed record Difference(Subject Who, string Item, string Call, string Field, string? Ours, string? Theirs);

/// <summary>What came of a comparison.</summary>
internal sealed record CompareResult
{
    /// <summary>Customers that were asked about.</summary>
    public required int Customers { get; init; }

    /// <summary>Resources that were asked about.</summary>
    public required int Resources { get; init; }

    /// <summary>Questions that both sides answered.</summary>
    public required int Questions { get; init; }

    /// <summary>The differences that are shown.</summary>
    public required IReadOnlyList<Difference> Differences { get; init; }

    /// <summary>All differences.</summary>
    public required int DifferenceCount { get; init; }

    /// <summary>Why customers and resources could not be compared: the first of the reasons.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>Customers and resources that could not be compared.</summary>
    public required int FailureCount { get; init; }

    /// <summary>Customers and resources of which neither side lists anything.</summary>
    public required int EmptyCount { get; init; }

    /// <summary>What the reader should know beside it.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
