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
    : FileWatcher(new WatchedFile(path, OfflineData.MaxBytes, time))
{
    private bool _isInTrouble;

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the port opens, so that the first question finds it.
        if (File.Look() is { } news && !Take(news))
            counters.InitializationErrors.Increment();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Takes what is new in the file.</summary>
    /// <returns>False where it can't be used.</returns>
    internal bool Take(FileNews news)
    {
        var (data, fault) = news.Trouble is { } trouble
            ? (null, WordsOf(trouble))
            : OfflineData.Parse(news.Content, time.GetUtcNow());
        if (data is null)
        {
            _isInTrouble = true;
            Log.NotUsable(log, path, fault!);
            return false;
        }

        cloud.Data = data;
        cache.ChangeSource();
        // What was told to have begun is told to have ended.
        Log.TakenOver(log, _isInTrouble ? LogLevel.Warning : LogLevel.Information, data.Customers);
        _isInTrouble = false;
        return true;
    }

    /// <inheritdoc/>
    protected override void OnNews(FileNews news) => Take(news);

    /// <inheritdoc/>
    protected override void OnFailure(Exception exception) => Log.Failed(log, exception);

    private static string WordsOf(FileTrouble trouble) => trouble switch
    {
        FileTrouble.Missing => "it is not there",
        FileTrouble.Empty => "it is empty",
        FileTrouble.TooLarge => $"it is larger than {OfflineData.MaxBytes} bytes",
        _ => "it can't be read",
    };

    private static partial class Log
    {
        [LoggerMessage(EventId = 20, Message = "OFFLINE_DATA_FILE is in force; customers in it: {Customers}")]
        public static partial void TakenOver(ILogger logger, LogLevel level, int customers);

        [LoggerMessage(21, LogLevel.Error,
            "OFFLINE_DATA_FILE '{Path}' can't be used: {Fault}; what was in force stays so, and the file is looked at again every second")]
        public static partial void NotUsable(ILogger logger, string path, string fault);

        [LoggerMessage(22, LogLevel.Error, "OFFLINE_DATA_FILE could not be taken over; what was in force stays so")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
