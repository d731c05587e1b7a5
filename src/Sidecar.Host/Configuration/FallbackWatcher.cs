using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Configuration;

/// <summary>
/// Takes over what <c>ENTITLEMENTS_FALLBACK_FILE</c> holds whenever it changes. A file with anything wrong in it changes nothing: a half-written
/// one must not take away fallbacks that grant. Each cause is told once.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="isFaultTold">Whether what is wrong with the file now was told at the start already.</param>
/// <param name="fallbacks">Where they go.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed partial class FallbackWatcher(
    string path, bool isFaultTold, GlobalFallbacks fallbacks, TimeProvider time, ILogger<FallbackWatcher> log)
    : FileWatcher(new WatchedFile(path, SettingFile.MaxBytes, time))
{
    private bool _isFaultTold = isFaultTold;

    // What the file held at the start is in force already.
    private bool _isFirst = true;

    /// <summary>Takes what is new in the file.</summary>
    /// <returns>False where it can't be used.</returns>
    internal bool Take(FileNews news)
    {
        var (table, faults) = news.Content is { } content
            ? FallbackParser.Parse(SettingFile.TextOf(content).TrimEnd('\r', '\n'))
            : (FallbackTable.Empty, [$"can't be read ({news.Trouble})"]);
        var isFirst = _isFirst;
        _isFirst = false;
        // Not set, as an empty value is.
        if (isFirst && news.Trouble == FileTrouble.Empty)
            return true;
        if (faults.Count > 0)
        {
            if (!(isFirst && _isFaultTold))
                Log.NotUsable(log, string.Join("; ", faults));
            _isFaultTold = false;
            return false;
        }

        fallbacks.Table = table;
        if (!isFirst)
            Log.TakenOver(log, table.FeatureIds.Count);
        return true;
    }

    /// <inheritdoc/>
    protected override void OnNews(FileNews news) => Take(news);

    /// <inheritdoc/>
    protected override void OnFailure(Exception exception) => Log.Failed(log, exception);

    private static partial class Log
    {
        [LoggerMessage(23, LogLevel.Warning, "ENTITLEMENTS_FALLBACK_FILE has changed and is in force; features in it: {Features}")]
        public static partial void TakenOver(ILogger logger, int features);

        [LoggerMessage(24, LogLevel.Error,
            "ENTITLEMENTS_FALLBACK_FILE can't be used as a whole: {Faults}; what was in force stays so, and the file is looked at again every second")]
        public static partial void NotUsable(ILogger logger, string faults);

        [LoggerMessage(25, LogLevel.Error, "ENTITLEMENTS_FALLBACK_FILE could not be taken over; what was in force stays so")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
