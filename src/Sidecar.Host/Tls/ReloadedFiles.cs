using System.Security.Cryptography;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.Tls;

/// <summary>
/// What some files hold together, read again when they have changed. Their content is compared, not their dates: a mounted secret is replaced
/// by turning a link. What can't be used leaves in force what was so before; each such content is tried and told once.
/// </summary>
/// <param name="paths">The files.</param>
/// <param name="parse">What their contents are; throws <see cref="CryptographicException"/> where they can't be used.</param>
/// <param name="time">The source of time.</param>
/// <typeparam name="T">What they hold.</typeparam>
internal sealed class ReloadedFiles<T>(IReadOnlyList<string> paths, Func<IReadOnlyList<byte[]>, T> parse, TimeProvider time)
    where T : class
{
    /// <summary>The shortest time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile T? _current;
    private long? _lastLook;
    private string? _lastSeen;

    /// <summary>Told why the files can't be used, in words without anything of their content.</summary>
    public Action<string>? OnTrouble { get; set; }

    /// <summary>Told that others than before are in force.</summary>
    public Action? OnTakenOver { get; set; }

    /// <summary>What is in force; looks at the files if that was not done a moment ago. Null until they could be used once.</summary>
    public T? Current()
    {
        // One looks; the others go on with what there is.
        if (!_gate.TryEnter())
            return _current;
        try
        {
            if (_lastLook is not { } last || time.GetElapsedTime(last) >= Interval)
            {
                Look();
                _lastLook = time.GetTimestamp();
            }
        }
        finally
        {
            _gate.Exit();
        }

        return _current;
    }

    private void Look()
    {
        string seen;
        List<byte[]> contents = [];
        try
        {
            contents.AddRange(paths.Select(path => SettingFile.ReadBytes(path, SettingFile.MaxBytes)));
            // Digests, so that a key does not lie in memory once more.
            seen = string.Join(' ', contents.Select(content => Convert.ToHexString(SHA256.HashData(content))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var isNew = _lastSeen != e.GetType().Name;
            _lastSeen = e.GetType().Name;
            if (isNew)
                OnTrouble?.Invoke(Why(e));
            return;
        }

        if (seen == _lastSeen)
            return;
        _lastSeen = seen;
        try
        {
            var isFirst = _current is null;
            _current = parse(contents);
            if (!isFirst)
                OnTakenOver?.Invoke();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            OnTrouble?.Invoke(e.Message);
        }
    }

    // Not the text of the error, which has the path in it: somebody may have put the key itself there.
    private static string Why(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "a file is missing",
        FileTooLargeException => e.Message,
        UnauthorizedAccessException => "a file may not be read",
        _ => $"a file can't be read ({e.GetType().Name})",
    };
}
