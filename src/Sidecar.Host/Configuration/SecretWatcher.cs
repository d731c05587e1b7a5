using Sidecar.Actors;

namespace Sidecar.Host.Configuration;

/// <summary>
/// Takes over a secret whose file has changed, without a restart. Whatever is wrong with the file, the secret from before stays in force;
/// each cause is told once, and the secret itself never.
/// </summary>
/// <param name="setting">The variable that the file holds the value of.</param>
/// <param name="path">The file.</param>
/// <param name="isTroubleTold">Whether what is wrong with the file now was told at the start already.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public abstract partial class SecretWatcher(Setting setting, string path, bool isTroubleTold, TimeProvider time, ILogger log)
    : FileWatcher(new WatchedFile(path, SettingFile.MaxBytes, time))
{
    private bool _isTroubleTold = isTroubleTold;

    /// <summary>What a new value means for an operator.</summary>
    protected abstract string Consequence { get; }

    /// <summary>Takes what is new in the file.</summary>
    internal void Take(FileNews news)
    {
        if (news.Trouble is { } trouble)
        {
            Tell(trouble.ToString());
            return;
        }

        var value = SettingFile.TextOf(news.Content).TrimEnd('\r', '\n');
        if (!IsUsable(value))
        {
            Tell(value.Length == 0 ? nameof(FileTrouble.Empty) : "Unusable");
            return;
        }

        _isTroubleTold = false;
        if (Replace(new Secret(value)))
            Log.TakenOver(log, setting.FileName, Consequence);
    }

    /// <summary>Whether a value can be used.</summary>
    protected abstract bool IsUsable(string value);

    /// <summary>Puts a value in force.</summary>
    /// <returns>False where it is the same one.</returns>
    protected abstract bool Replace(Secret next);

    /// <inheritdoc/>
    protected override void OnNews(FileNews news) => Take(news);

    /// <inheritdoc/>
    protected override void OnFailure(Exception exception) => Log.Failed(log, setting.FileName, exception);

    private void Tell(string trouble)
    {
        if (_isTroubleTold)
            _isTroubleTold = false;
        else
            Log.NotUsable(log, setting.FileName, trouble, setting.Accepted);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "{File} holds a new value, which is in force from now on{Consequence}")]
        public static partial void TakenOver(ILogger logger, string file, string consequence);

        [LoggerMessage(11, LogLevel.Error,
            "{File} holds no usable value ({Trouble}), expected a file with {Accepted}; what was in force stays so, and the file is looked at "
            + "again every second")]
        public static partial void NotUsable(ILogger logger, string file, string trouble, string accepted);

        [LoggerMessage(12, LogLevel.Error, "a new value from {File} is in force, but not everywhere")]
        public static partial void Failed(ILogger logger, string file, Exception exception);
    }
}
