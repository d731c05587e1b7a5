namespace Sidecar.Soak.Running;

/// <summary>A fault that was.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="From">When it began, from the start of the run.</param>
/// <param name="To">When it was put right.</param>
/// <param name="Healed">How long after that a change in the cloud showed in answers, the stream was up, and nothing waited to be read again.</param>
internal sealed record FaultLine(string Name, TimeSpan From, TimeSpan To, TimeSpan Healed);
