namespace Sidecar.Host.Shutdown;

/// <summary>
/// Ends the connections with the most calls under way where the process has more of them than it could ever answer: each holds 10 to 20 KB, also
/// one that never comes as a whole, and one whose answer is never read. It looks now and then, so that a call costs nothing for it.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="time">The source of time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class CallCeiling(ClientConnections connections, TimeProvider time, ILogger<CallCeiling> logger) : BackgroundService
{
    /// <summary>The most calls under way in the process: above what its queues take, 10,000 questions and 2,000 reports.</summary>
    public const int MostCalls = 13_000;

    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        // What was ended at the last look may still be on its way out.
        var all = connections.Open.Where(static connection => !connection.IsAborted).Sum(static connection => connection.UnderWay);
        if (all <= MostCalls)
            return;
        var (ended, calls) = (0, 0L);
        foreach (var (connection, underWay) in connections.Open
            .Where(static connection => !connection.IsAborted)
            .Select(static connection => (Connection: connection, connection.UnderWay))
            .OrderByDescending(static one => one.UnderWay))
        {
            connection.Abort();
            (ended, calls) = (ended + 1, calls + underWay);
            if (all - calls <= MostCalls)
                break;
        }

        Log.Ended(logger, all, ended, calls);
    }

    private void LookSafely()
    {
        try
        {
            Look();
        }
        catch (Exception e)
        {
            // Whoever listens for the end of a connection and fails must not end the process.
            Log.Failed(logger, e);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                LookSafely();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the process has a watcher of its own.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Error, "a connection with too many calls could not be ended as it should have been")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(1, LogLevel.Warning,
            "{All} calls were under way, which is more than can be answered: the {Connections} connections with the most of them were ended, with {Calls} calls")]
        public static partial void Ended(ILogger logger, long all, int connections, long calls);
    }
}
