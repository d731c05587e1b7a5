namespace Sidecar.Protocol.Entitlements;

/// <summary>An instant on both clocks: the wall clock for dates that come from outside, the monotonic one for ages.</summary>
/// <param name="Utc">Wall clock, UTC. May jump.</param>
/// <param name="Uptime">Time since the process started, never going backwards.</param>
public readonly record struct Moment(DateTimeOffset Utc, TimeSpan Uptime);
