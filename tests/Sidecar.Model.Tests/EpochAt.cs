namespace Sidecar.Model.Tests;

/// <summary>How many invalidations without a date there were: of everything, and of one entry.</summary>
/// <param name="Node">Of everything.</param>
/// <param name="Entry">Of the entry.</param>
internal readonly record struct EpochAt(int Node, int Entry)
{
    /// <summary>Whether an invalidation lies between this and another instant.</summary>
    public bool IsBefore(EpochAt other) => Node < other.Node || Entry < other.Entry;
}
