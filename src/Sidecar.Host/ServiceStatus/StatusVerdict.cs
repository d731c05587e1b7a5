namespace Sidecar.Host.ServiceStatus;

/// <summary>How the process does, in one word.</summary>
public enum StatusState
{
    /// <summary>All is well.</summary>
    Healthy = 0,

    /// <summary>Questions are answered, and something is wrong.</summary>
    Degraded,

    /// <summary>Questions have no sound answer, or clients are sent elsewhere.</summary>
    Down,
}

/// <summary>How the process does, and why.</summary>
/// <param name="State">How.</param>
/// <param name="Causes">What is wrong, most important first; empty where all is well.</param>
public sealed record StatusVerdict(StatusState State, IReadOnlyList<StatusCause> Causes)
{
    /// <summary>The verdict that causes lead to.</summary>
    public static StatusVerdict Of(IReadOnlyList<StatusCause> causes) => new(
        causes.Any(static cause => cause.IsOutage) ? StatusState.Down : causes.Count > 0 ? StatusState.Degraded : StatusState.Healthy, causes);
}
