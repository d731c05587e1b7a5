using Sidecar.Actors;
using Sidecar.Actors.Cloud;

namespace Sidecar.Host.Configuration;

/// <summary>
/// Takes over a server key whose file has changed, without a restart. Whatever is wrong with the file, the key from before stays in force;
/// each cause is told once.
/// </summary>
public sealed partial class ApiKeyWatcher : BackgroundService
{
    private readonly WatchedFile _file;
    private readonly ApiKeyHolder _holder;
    private readonly ILogger _log;
    private bool _isTroubleTold;

    /// <summary>Makes the watcher.</summary>
    /// <param name="path">The key's file.</param>
    /// <param name="isTroubleTold">Whether what is wrong with the file now was told at the start already.</param>
    /// <param name="holder">Where the key goes.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="log">The log.</param>
    public ApiKeyWatcher(string path, bool isTroubleTold, ApiKeyHolder holder, TimeProvider time, ILogger<ApiKeyWatcher> log)
    {
        _file = new WatchedFile(path, SettingFile.MaxBytes, time);
        _isTroubleTold = isTroubleTold;
        _holder = holder;
        _log = log;
    }

    /// <summary>Takes what is new in the file.</summary>
    internal void Take(FileNews news)
    {
        if (news.Trouble is { } trouble)
        {
            Tell(trouble.ToString());
            return;
        }

        var key = SettingFile.TextOf(news.Content).TrimEnd('\r', '\n');
        if (!SidecarOptions.IsUsableApiKey(key))
        {
            Tell(key.Length == 0 ? nameof(FileTrouble.Empty) : "Unusable");
            return;
        }

        _isTroubleTold = false;
        if (_holder.Replace(new Secret(key)))
            Log.TakenOver(_log);
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
                // Whoever listens for a new key and fails must not end the watch, and the process with it.
                Log.Failed(_log, e);
            }
        },
        stoppingToken);

    private void Tell(string trouble)
    {
        if (_isTroubleTold)
            _isTroubleTold = false;
        else
            Log.NotUsable(_log, trouble, Settings.ServerApiKey.Accepted);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning,
            "SERVER_API_KEY_FILE holds a new key, which is in force from now on; if it belongs to another environment, "
            + "REDIS_ENVIRONMENT_PREFIX has to be that one's too")]
        public static partial void TakenOver(ILogger logger);

        [LoggerMessage(11, LogLevel.Error,
            "SERVER_API_KEY_FILE holds no key ({Trouble}), expected a file with {Accepted}; what was in force stays so, and the file is "
            + "looked at again every second")]
        public static partial void NotUsable(ILogger logger, string trouble, string accepted);

        [LoggerMessage(12, LogLevel.Error, "a new key from SERVER_API_KEY_FILE is in force, but not everywhere")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
