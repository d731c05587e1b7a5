namespace Sidecar.Protocol.Reports;

/// <summary>The message of a gRPC status. It travels in a header, percent-encoded: all but printable ASCII takes three bytes for each of UTF-8.</summary>
public static class StatusMessage
{
    /// <summary>The longest message, in bytes as it travels: a longer one breaks clients' header limits.</summary>
    public const int MaxBytes = 1024;

    private const int EncodedByte = 3;

    /// <summary>The part of a text that fits into a message; half of a character is none.</summary>
    public static string Cut(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (bytes, length) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Value is >= ' ' and <= '~' and not '%' ? 1 : EncodedByte * rune.Utf8SequenceLength;
            if (bytes > MaxBytes)
                return text[..length];
            length += rune.Utf16SequenceLength;
        }

        return text;
    }
}
