namespace Sidecar.Host.Shutdown;

/// <summary>
/// Closes the clients' connections when they are old, each in a moment that costs its client nothing. One timer serves all of them; a
/// connection that is not old costs a comparison each time.
/// </summary>
internal sealed partial class ConnectionAging : IDisposable
{
    /// <summary>How often all connections are looked at.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <summary>How often those are looked at that are just due: a quiet moment is short.</summary>
    public static readonly TimeSpan FinePace = TimeSpan.FromMilliseconds(10);

    // So that the use of a connection has been measured when it is due.
    private static readonly TimeSpan Lead = AgeRules.MeasuredTime + (2 * Pace);

    // One that has had no quiet moment for so long has a call that lasts, or none is to be had: no need to hurry.
    private static readonly TimeSpan FineTime = TimeSpan.FromSeconds(10);

    private readonly ClientConnections _connections;
    private readonly TimeSpan _age;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _logger;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<ClientConnection> _near = [];
    private TimeSpan? _lastLookAtAll;
    private bool _isStopped;

    /// <summary>Begins.</summary>
    /// <param name="connections">The connections, which get their ages from here.</param>
    /// <param name="age">The age at which they are closed.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="jitter">Draws a number from 0 to 1 by lot.</param>
    /// <param name="logger">The log.</param>
    public ConnectionAging(
        ClientConnections connections, TimeSpan age, TimeProvider time, Func<double> jitter, ILogger<ConnectionAging> logger)
    {
        (_connections, _age, _time, _jitter, _logger) = (connections, age, time, jitter, logger);
        _start = time.GetTimestamp();
        connections.Aging = this;
        _timer = time.CreateTimer(static aging => ((ConnectionAging)aging!).Look(), this, Pace, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When a connection that is opened now will be old.</summary>
    public TimeSpan NextDue() => Now + AgeRules.LimitOf(_age, _jitter());

    /// <summary>Looks no longer: the end of the process has a watcher of its own, and a connection has one at a time.</summary>
    public void Stop()
    {
        lock (_gate)
            _isStopped = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _timer.Dispose();
    }

    /// <summary>Looks at all, or at those that are due, and closes what may be closed.</summary>
    /// <param name="now">The moment, on its own clock.</param>
    /// <returns>The pause until the next look; null after the end.</returns>
    internal TimeSpan? Look(TimeSpan now)
    {
        lock (_gate)
        {
            if (_isStopped)
                return null;
            if (_lastLookAtAll is not { } last || now - last >= Pace)
                Gather(now);
            var pause = Pace;
            foreach (var connection in _near)
            {
                if (connection.IsCloseRequested)
                    continue;
                connection.CloseByAge(now);
                if (connection.Due is { } due && now >= due && now - due < FineTime)
                    pause = FinePace;
            }

            return pause;
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private void Look()
    {
        TimeSpan? pause = Pace;
        try
        {
            pause = Look(Now);
        }
        catch (Exception e)
        {
            // Whoever listens for the end of a connection and fails must not end the process.
            Log.Failed(_logger, e);
        }

        if (pause is { } next)
            _timer.Change(next, Timeout.InfiniteTimeSpan);
    }

    // Anew each time, so that none is kept that is gone.
    private void Gather(TimeSpan now)
    {
        _lastLookAtAll = now;
        _near.Clear();
        foreach (var connection in _connections.Open)
        {
            if (connection.Due is { } due && now >= due - Lead && !connection.IsCloseRequested)
                _near.Add(connection);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "a connection could not be closed by its age as it should have been")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
