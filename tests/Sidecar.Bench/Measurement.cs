namespace Sidecar.Bench;

/// <summary>One load of one server.</summary>
/// <param name="Server">The server's name.</param>
/// <param name="RequestsPerSecond">Answers a second.</param>
/// <param name="P50Microseconds">Half of the answers came within this time.</param>
/// <param name="P99Microseconds">All but a hundredth of them did.</param>
/// <param name="CpuMicroseconds">Processor time of the server for each answer.</param>
/// <param name="ResidentBytes">The server's memory at the end.</param>
internal sealed record Measurement(
    string Server, double RequestsPerSecond, double P50Microseconds, double P99Microseconds, double CpuMicroseconds, long ResidentBytes);
