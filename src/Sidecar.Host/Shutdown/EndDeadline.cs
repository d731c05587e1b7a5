namespace Sidecar.Host.Shutdown;

/// <summary>
/// Ends the process when its orderly end takes too long, whatever the reason: an orchestrator would kill it soon after, and that looks
/// like a crash.
/// </summary>
internal sealed class EndDeadline : IDisposable
{
    /// <summary>The longest that an end may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(24);

    private readonly ITimer _timer;

    /// <summary>Makes a deadline that does not run yet.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="exit">Ends the process.</param>
    public EndDeadline(TimeProvider time, Action exit) =>
        _timer = time.CreateTimer(_ => exit(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Lets it run from now on.</summary>
    public void Begin() => _timer.Change(Limit, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
