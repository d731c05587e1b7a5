namespace Sidecar.Host.ServiceStatus;

/// <summary>Keeps a sample of the process's status every five seconds.</summary>
/// <param name="reader">Where from.</param>
/// <param name="history">Where to.</param>
/// <param name="time">The source of time.</param>
/// <param name="metrics">Shows the status beside the other metrics as long as there are samples.</param>
internal sealed class StatusSampler(StatusReader reader, StatusHistory history, TimeProvider time, StatusMetrics metrics) : BackgroundService
{
    /// <inheritdoc/>
    public override void Dispose()
    {
        metrics.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(StatusHistory.Pace, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            history.Add(reader.Look(withMemory: false));
    }
}
