namespace Sidecar.Protocol.Entitlements;

/// <summary>What a customer has used of one entitlement in one period, as of a date.</summary>
/// <param name="Current">Units used.</param>
/// <param name="PeriodStart">Start of the period that <paramref name="Current"/> belongs to, or null.</param>
/// <param name="PeriodEnd">Its end, or null.</param>
/// <param name="UpdatedAt">
/// The date that decides which of two usages is the later one: the cloud's <c>usageUpdatedAt</c>, else the entitlement's own date,
/// else <see cref="DateTimeOffset.UnixEpoch"/>.
/// </param>
/// <param name="Reported">True where it came as the answer to a report, which at the same date outranks the stream.</param>
public sealed record Usage(
    double Current,
    DateTimeOffset? PeriodStart,
    DateTimeOffset? PeriodEnd,
    DateTimeOffset UpdatedAt,
    bool Reported = false)
{
    /// <summary>Nothing used, no period, as old as can be.</summary>
    public static readonly Usage None = new(0, null, null, DateTimeOffset.UnixEpoch);
}
