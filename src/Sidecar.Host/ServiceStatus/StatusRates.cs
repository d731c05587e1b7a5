namespace Sidecar.Host.ServiceStatus;

/// <summary>What was counted within a stretch of time.</summary>
/// <param name="Span">How long it was.</param>
/// <param name="Counts">What was counted.</param>
public sealed record StatusRates(TimeSpan Span, StatusCounts Counts)
{
    /// <summary>So many a second.</summary>
    public double PerSecond(long count) => Span > TimeSpan.Zero ? count / Span.TotalSeconds : 0;
}
