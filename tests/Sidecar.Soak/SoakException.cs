namespace Sidecar.Soak;

/// <summary>The run can't go on.</summary>
internal sealed class SoakException(string message) : Exception(message);
