using Sidecar.Host.Logging;

namespace Sidecar.Host;

/// <summary>Tells that clients have more connections than there may be, once a minute at most.</summary>
/// <param name="max">The most that are open at once.</param>
/// <param name="time">The source of time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RefusedConnections(int max, TimeProvider time, ILogger<RefusedConnections> logger)
{
    private readonly Lock _lock = new();
    private readonly LineBudget _budget = new(lines: 1, TimeSpan.FromMinutes(1), time);

    /// <summary>A connection was refused.</summary>
    public void Add()
    {
        int? unlogged;
        lock (_lock)
            unlogged = _budget.Take(nameof(RefusedConnections), LogLevel.Warning);
        if (unlogged is { } count)
            Log.Refused(logger, max, count);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "clients have {Connections} connections open, which is as many as there may be: another one was closed at once; {Unlogged} more like it since the last line")]
        public static partial void Refused(ILogger logger, int connections, int unlogged);
    }
}
