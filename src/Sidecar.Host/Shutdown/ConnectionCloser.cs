namespace Sidecar.Host.Shutdown;

/// <summary>Closes the clients' connections, each in a quiet moment, and after a while all of them.</summary>
/// <param name="connections">The connections.</param>
/// <param name="time">The source of time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ConnectionCloser(ClientConnections connections, TimeProvider time, ILogger<ConnectionCloser> logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private long _watching;

    /// <summary>Begins to watch how much the connections are used.</summary>
    public void Watch()
    {
        _watching = time.GetTimestamp();
        foreach (var connection in connections.Open)
            connection.Mark();
    }

    /// <summary>Closes all; nobody can open another one by now.</summary>
    public async Task CloseAllAsync()
    {
        var start = time.GetTimestamp();
        HandOverConstantlyUsed(time.GetElapsedTime(_watching, start));
        using var timer = new PeriodicTimer(Pace, time);
        while (!connections.IsEmpty)
        {
            var now = time.GetElapsedTime(start);
            if (now >= ClosingRules.HardEnd)
            {
                AbortAll();
                return;
            }

            Look(now);
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Closes those that may be closed by now.</summary>
    /// <param name="now">The time since the closing began.</param>
    internal void Look(TimeSpan now)
    {
        foreach (var connection in connections.Open.Where(connection => !connection.IsCloseRequested))
        {
            connection.CloseIfQuiet(now);
            if (connection.IsSequential)
                connection.CloseWithAnswer();
            else if (now >= ClosingRules.QuietPatience)
                connection.HandOver(alone: now < ClosingRules.LoneCallPatience);
        }
    }

    /// <summary>Lets the next call of each connection in constant use be the one at which it is closed.</summary>
    /// <param name="watched">How long they were watched.</param>
    internal void HandOverConstantlyUsed(TimeSpan watched)
    {
        foreach (var connection in connections.Open.Where(connection => connection.LookForConstantUse(watched)))
            connection.HandOver(alone: true);
    }

    private void AbortAll()
    {
        var rest = connections.Open.ToList();
        Log.Aborted(logger, rest.Count, rest.Sum(connection => connection.Counts.Started - connection.Counts.Finished));
        rest.ForEach(connection => connection.Abort());
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "{Connections} connections with {Calls} calls were still open 10 s after the drain; they were ended")]
        public static partial void Aborted(ILogger logger, int connections, long calls);
    }
}
