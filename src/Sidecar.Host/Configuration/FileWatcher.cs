namespace Sidecar.Host.Configuration;

/// <summary>Follows a file, and takes over what is new in it. Whatever is wrong with the file, what was in force stays.</summary>
/// <param name="file">The file.</param>
public abstract class FileWatcher(WatchedFile file) : BackgroundService
{
    /// <summary>The file.</summary>
    protected WatchedFile File => file;

    /// <summary>Takes what is new in the file, or tells what is wrong with it.</summary>
    protected abstract void OnNews(FileNews news);

    /// <summary>Tells that what was new failed somewhere behind the file.</summary>
    protected abstract void OnFailure(Exception exception);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => file.WatchAsync(
        news =>
        {
            try
            {
                OnNews(news);
            }
            catch (Exception e)
            {
                // Whatever a file does to its reader must not end the watch, and the process with it.
                OnFailure(e);
            }
        },
        stoppingToken);
}
