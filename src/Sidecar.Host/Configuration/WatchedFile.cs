using System.Security.Cryptography;

namespace Sidecar.Host.Configuration;

/// <summary>Why a watched file has nothing to offer.</summary>
public enum FileTrouble
{
    /// <summary>It is not there.</summary>
    Missing = 0,

    /// <summary>It is there, but can't be read.</summary>
    Unreadable,

    /// <summary>It has no content.</summary>
    Empty,

    /// <summary>It is larger than what is taken from it.</summary>
    TooLarge,
}

/// <summary>What a look at a watched file brought.</summary>
/// <param name="Content">Its content, or null in trouble.</param>
/// <param name="Trouble">The trouble, or null.</param>
public sealed record FileNews(byte[]? Content, FileTrouble? Trouble);

/// <summary>
/// Looks at a file again and again. The content is compared, not the file system's events or dates: a mounted secret is replaced by turning a
/// link, and not every mount tells of changes.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">The largest content that is taken.</param>
/// <param name="time">The source of time.</param>
public sealed class WatchedFile(string path, int maxBytes, TimeProvider time)
{
    /// <summary>The pause between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Up to this size a look is cheaper than to find out whether it is needed.
    private const int AlwaysRead = 64 * 1024;

    private byte[]? _digest;
    private FileTrouble? _trouble;
    private (string Target, DateTime Written, long Length)? _stamp;

    /// <summary>Looks until it is cancelled, at once for the first time, and passes on what is new.</summary>
    /// <param name="onNews">Called for each content and each trouble that is another one than before, one at a time.</param>
    /// <param name="cancellation">Ends it without an exception.</param>
    public async Task WatchAsync(Action<FileNews> onNews, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                if (Look() is { } news)
                    onNews(news);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    /// <summary>Looks once.</summary>
    /// <returns>What is new since the last look, or null. After a trouble the content is new, even if it is the one from before.</returns>
    public FileNews? Look()
    {
        try
        {
            var stamp = StampOf();
            if (_trouble is null && stamp is { Length: > AlwaysRead } && stamp == _stamp)
                return null;
            var content = SettingFile.ReadBytes(path, maxBytes);
            // A change while it was read leaves a stamp that differs at the next look.
            _stamp = stamp;
            return content.Length == 0 ? InTrouble(FileTrouble.Empty) : Holding(content);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return InTrouble(FileTrouble.Missing);
        }
        catch (FileTooLargeException)
        {
            return InTrouble(FileTrouble.TooLarge);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return InTrouble(FileTrouble.Unreadable);
        }
    }

    private FileNews? Holding(byte[] content)
    {
        // A digest, so that a secret does not lie in memory once more.
        var digest = SHA256.HashData(content);
        if (_trouble is null && _digest.AsSpan().SequenceEqual(digest))
            return null;
        (_digest, _trouble) = (digest, null);
        return new FileNews(content, null);
    }

    private FileNews? InTrouble(FileTrouble trouble)
    {
        if (_trouble == trouble)
            return null;
        _trouble = trouble;
        return new FileNews(null, trouble);
    }

    private (string Target, DateTime Written, long Length)? StampOf()
    {
        var file = new FileInfo(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        return file.Exists ? (file.FullName, file.LastWriteTimeUtc, file.Length) : null;
    }
}
