namespace Sidecar.Model.Tests;

/// <summary>What is used of a feature, as somebody told it.</summary>
/// <param name="Count">How much.</param>
/// <param name="Date">As of when.</param>
/// <param name="From">The begin of the period that it belongs to, or null.</param>
/// <param name="To">Its end, or null.</param>
/// <param name="IsReported">Whether a report's answer told it.</param>
internal sealed record Use(
    double Count, DateTimeOffset Date, DateTimeOffset? From = null, DateTimeOffset? To = null, bool IsReported = false)
{
    /// <summary>
    /// Whether it counts where another one was known: the later date, then the later period, then the higher count of an incremental
    /// meter, then a report over the stream, then what arrives.
    /// </summary>
    public bool Beats(Use known, bool isIncremental) => isIncremental
        ? (Date, From ?? default, Count, IsReported).CompareTo((known.Date, known.From ?? default, known.Count, known.IsReported)) >= 0
        : (Date, From ?? default, IsReported).CompareTo((known.Date, known.From ?? default, known.IsReported)) >= 0;

    public override string ToString() => $"{Count}{(IsReported ? "!" : "")}@{Date - VirtualClock.Start}";
}
