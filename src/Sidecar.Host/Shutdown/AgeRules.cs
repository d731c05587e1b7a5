namespace Sidecar.Host.Shutdown;

/// <summary>
/// When a connection is old, and how it is closed then. Clients keep their connections for as long as they can, so that a new process behind
/// the same address would get nothing to do. Other than at the end of the process there is no hurry: nothing is ended with its calls.
/// </summary>
internal static class AgeRules
{
    /// <summary>How long the use of a connection is measured before it may be closed.</summary>
    public static readonly TimeSpan MeasuredTime = TimeSpan.FromSeconds(1);

    // Connections that were opened together are not to be closed together.
    private const double Spread = 0.1;

    /// <summary>The age of one connection.</summary>
    /// <param name="age">The age that was asked for.</param>
    /// <param name="jitter">From 0 to 1, drawn by lot.</param>
    public static TimeSpan LimitOf(TimeSpan age, double jitter) => age * (1 - Spread + (2 * Spread * jitter));

    /// <summary>
    /// Whether the next call may be the one at which an old connection is closed (see <see cref="Handover"/>), and whether that has to be one
    /// that begins while there is no other; null while a quiet time is waited for. Calls that last are not disturbed, unless there is never
    /// a moment without one.
    /// </summary>
    /// <param name="overdue">The time since it was old enough.</param>
    /// <param name="isInConstantUse">Whether its client asks all the time.</param>
    public static bool? HandOver(TimeSpan overdue, bool isInConstantUse) => isInConstantUse
        ? overdue < ClosingRules.LoneCallPatience
        : overdue < ClosingRules.QuietPatience ? null : true;
}
