namespace Sidecar.Bench;

/// <summary>It can't be measured, and why.</summary>
internal sealed class BenchException(string message) : Exception(message);
