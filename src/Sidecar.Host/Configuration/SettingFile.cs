using System.Text;

namespace Sidecar.Host.Configuration;

/// <summary>Reads files whose content is a value.</summary>
public static class SettingFile
{
    /// <summary>The largest file that is taken for a value, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The whole text of a file that is no larger than that.</summary>
    /// <exception cref="IOException">It is larger, or can't be read.</exception>
    public static string Read(string path) => TextOf(ReadBytes(path, MaxBytes));

    /// <summary>The text of a file's content.</summary>
    public static string TextOf(ReadOnlySpan<byte> content)
    {
        // The mark that some editors put before a text is no part of it.
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        return Encoding.UTF8.GetString(content.StartsWith(mark) ? content[mark.Length..] : content);
    }

    /// <summary>Opens a file to be read; others may write and delete it meanwhile.</summary>
    internal static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The whole content of a file that is no larger than a bound.</summary>
    /// <exception cref="IOException">It is larger, or can't be read.</exception>
    internal static byte[] ReadBytes(string path, int maxBytes)
    {
        // A pipe has no length that could be asked for, so that it is read until it ends or is too long.
        using var stream = Open(path);
        using var content = new MemoryStream();
        var buffer = new byte[8192];
        while (stream.Read(buffer) is > 0 and var count)
        {
            if (content.Length + count > maxBytes)
                throw new FileTooLargeException(maxBytes);
            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }
}

/// <summary>A file is larger than what it is read for allows.</summary>
/// <param name="maxBytes">What is allowed.</param>
internal sealed class FileTooLargeException(int maxBytes) : IOException($"the file is larger than {maxBytes} bytes");
