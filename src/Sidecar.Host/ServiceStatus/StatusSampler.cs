namespace Sidecar.Host.ServiceStatus;

/// <summary>Keeps a sample of the process's status every five seconds.</summary>
/// <param name="reader">Where from.</param>
/// <param name="history">Where to.</param>
/// <param name="time">The source of time.</param>
/// <param name="metrics">Shows the status beside the other metrics as long as there are samples.</param>
/// <param name="log">The log.</param>
internal sealed partial class StatusSampler(
    StatusReader reader, StatusHistory history, TimeProvider time, StatusMetrics metrics, ILogger<StatusSampler> log) : BackgroundService
{
    private bool _isFaultTold;

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
            Sample();
    }

    private void Sample()
    {
        try
        {
            history.Add(reader.Look(withMemory: false));
        }
        catch (Exception e)
        {
            // A fault of the page must not end the service, as that of any background work would.
            if (!_isFaultTold)
                Log.Failed(log, e);
            _isFaultTold = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error, "the status could not be sampled; the charts of the status page have gaps")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
