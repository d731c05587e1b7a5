namespace Sidecar.Host.Health;

/// <summary>
/// Looks at readiness until what is asked for has been true once, so that whoever follows it learns of that without asking. From then on
/// nothing but the process's end changes it.
/// </summary>
/// <param name="readiness">The readiness.</param>
/// <param name="time">The source of time.</param>
public sealed class ReadinessWatch(Readiness readiness, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, time);
        while (!readiness.Look().IsMet)
            await timer.WaitForNextTickAsync(stoppingToken);
    }
}
