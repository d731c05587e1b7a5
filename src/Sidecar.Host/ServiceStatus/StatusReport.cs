namespace Sidecar.Host.ServiceStatus;

/// <summary>All that there is to say of the process's status at one moment.</summary>
/// <param name="Facts">How it stands.</param>
/// <param name="Moment">What was counted within the last 15 s, or since the cloud was asked last, where that is longer ago.</param>
/// <param name="LastMinute">What was counted within the last minute.</param>
/// <param name="LastFiveMinutes">What was counted within the last five.</param>
/// <param name="Verdict">What follows from that.</param>
public sealed record StatusReport(
    StatusFacts Facts, StatusRates Moment, StatusRates LastMinute, StatusRates LastFiveMinutes, StatusVerdict Verdict);
