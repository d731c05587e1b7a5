using System.Text;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Reads a file of customers or features, or standard input.</summary>
internal static class SubjectFile
{
    private const string StandardInput = "-";

    // What can't be read is refused: with a replacement in it, an id would be another one, which neither side knows.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Its text.</summary>
    /// <param name="file">Its path, or -.</param>
    /// <param name="input">Opens standard input.</param>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static async Task<string> ReadAsync(string file, Func<Stream> input)
    {
        try
        {
            // A mark of the encoding at its begin is no part of it.
            using var reader = new StreamReader(
                file == StandardInput ? input() : File.OpenRead(file), Strict, detectEncodingFromByteOrderMarks: true);
            return await reader.ReadToEndAsync();
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"{Excerpt.Of(file)} is not in UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{Excerpt.Of(file)} can't be read: {Excerpt.Of(e.Message)}");
        }
    }
}
