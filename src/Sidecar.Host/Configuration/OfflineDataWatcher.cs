using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Host.Configuration;

/// <summary>
/// Takes what <c>OFFLINE_DATA_FILE</c> holds, at the start and whenever it changes. Whatever is wrong with the file, what was in force stays;
/// each cause is told once.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="cloud">What answers from it.</param>
/// <param name="cache">What was answered before.</param>
/// <param name="counters">Counts a file that can't be used at the start.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed partial class OfflineDataWatcher(
    string path, OfflineCloud cloud, EntitlementCache cache, SidecarCounters counters, TimeProvider time, ILogger<OfflineDataWatcher> log)
    : BackgroundService
{
    private readonly WatchedFile _file = new(path, OfflineData.MaxBytes, time);

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the port opens, so that the first question finds it.
        if (_file.Look() is { } news && !Take(news))
            counters.InitializationErrors.Increment();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Takes what is new in the file.</summary>
    /// <returns>False where it can't be used.</returns>
    internal bool Take(FileNews news)
    {
        if (news.Trouble is { } trouble)
        {
            Log.NotUsable(log, path, trouble.ToString());
            return false;
        }

        var (data, fault) = OfflineData.Parse(news.Content, time.GetUtcNow());
        if (data is null)
        {
            Log.NotUsable(log, path, fault!);
            return false;
        }

        cloud.Data = data;
        cache.RaiseNodeEpoch();
        Log.TakenOver(log, data.Customers);
        return true;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _file.WatchAsync(
        news =>
        {
            try
            {
                Take(news);
            }
            catch (Exception e)
            {
                // Whatever a file does to its reader must not end the watch, and the process with it.
                Log.Failed(log, e);
            }
        },
        stoppingToken);

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Information, "OFFLINE_DATA_FILE: its {Customers} customers are in force")]
        public static partial void TakenOver(ILogger logger, int customers);

        [LoggerMessage(21, LogLevel.Error,
            "OFFLINE_DATA_FILE '{Path}' can't be used: {Fault}; what was in force stays so, and the file is looked at again every second")]
        public static partial void NotUsable(ILogger logger, string path, string fault);

        [LoggerMessage(22, LogLevel.Error, "OFFLINE_DATA_FILE could not be taken over; what was in force stays so")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
