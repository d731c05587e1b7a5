using Akka.Event;

namespace Sidecar.Actors;

/// <summary>
/// Stands in for the logger that writes plain text to standard output while the system's own loggers are not there yet or no more: every
/// line there is to be JSON.
/// </summary>
#pragma warning disable MA0097 // Actor references compare by path; nothing compares this one.
public sealed class SilentLogger : MinimalLogger
{
    /// <inheritdoc/>
    protected override void Log(object message)
    {
    }
}
#pragma warning restore MA0097
