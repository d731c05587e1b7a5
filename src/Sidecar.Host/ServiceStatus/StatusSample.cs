namespace Sidecar.Host.ServiceStatus;

/// <summary>How the process stood at one moment, and what was counted since the sample before.</summary>
/// <param name="Uptime">The moment, on the monotonic clock.</param>
/// <param name="Length">Time since the sample before, or since the start.</param>
/// <param name="State">The verdict.</param>
/// <param name="StreamAge">Time since the stream's last message, in seconds; null before the first one.</param>
/// <param name="CacheBytes">What the cache counts as used.</param>
/// <param name="Counts">What was counted.</param>
public sealed record StatusSample(
    TimeSpan Uptime, TimeSpan Length, StatusState State, int? StreamAge, long CacheBytes, StatusCounts Counts);
