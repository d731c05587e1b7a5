using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Sidecar.Host.CommandLine.Probing;

/// <summary>An answer by HTTP/1.1 as far as it has come.</summary>
/// <param name="IsComplete">Whether there is nothing to wait for.</param>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body, whole.</param>
/// <param name="Fault">Why it is none, or null.</param>
internal readonly record struct HttpAnswer(bool IsComplete, int Status, ReadOnlyMemory<byte> Body, string? Fault)
{
    private static readonly HttpAnswer Incomplete = new(IsComplete: false, 0, default, null);

    private enum Framing
    {
        ToTheEnd = 0,
        Length,
        Chunked,
    }

    /// <summary>Reads what was received: strictly, since what answers may be something else.</summary>
    /// <param name="received">All that was received.</param>
    /// <param name="isEnd">Whether the connection has ended.</param>
    public static HttpAnswer Read(ReadOnlySpan<byte> received, bool isEnd)
    {
        var headLength = received.IndexOf("\r\n\r\n"u8);
        if (headLength < 0)
            return isEnd ? Malformed(received.IsEmpty ? "the connection ended" : "it ended within its head") : Incomplete;
        var head = received[..headLength];
        var body = received[(headLength + 4)..];
        var firstEnd = head.IndexOf("\r\n"u8);
        var first = firstEnd < 0 ? head : head[..firstEnd];
        if (StatusOf(first) is not { } status)
            return Malformed("it is not HTTP/1.1");
        return FramingOf(firstEnd < 0 ? default : head[(firstEnd + 2)..]) switch
        {
            null => Malformed("its length is not clear"),
            (Framing.Length, var length) when body.Length >= length => new(IsComplete: true, status, body[..length].ToArray(), null),
            (Framing.Chunked, _) => Chunks(body, status, isEnd),
            (Framing.ToTheEnd, _) when isEnd => new(IsComplete: true, status, body.ToArray(), null),
            _ => isEnd ? Malformed("it ended within its body") : Incomplete,
        };
    }

    private static HttpAnswer Malformed(string fault) => new(IsComplete: true, 0, default, fault);

    private static int? StatusOf(ReadOnlySpan<byte> line)
    {
        var start = "HTTP/1.1 "u8;
        return line.StartsWith(start) && Utf8Parser.TryParse(line[start.Length..], out int status, out var digits) && digits == 3 && status is >= 200 and < 600
            && (line.Length == start.Length + 3 || line[start.Length + 3] == ' ')
                ? status
                : null;
    }

    private static (Framing Kind, int Length)? FramingOf(ReadOnlySpan<byte> fields)
    {
        var framing = (Kind: Framing.ToTheEnd, Length: 0);
        while (!fields.IsEmpty)
        {
            var end = fields.IndexOf("\r\n"u8);
            var field = end < 0 ? fields : fields[..end];
            fields = end < 0 ? default : fields[(end + 2)..];
            var colon = field.IndexOf((byte)':');
            if (colon <= 0)
                return null;
            var name = field[..colon];
            var value = field[(colon + 1)..].Trim(" \t"u8);
            var isLength = Ascii.EqualsIgnoreCase(name, "content-length"u8);
            if (!isLength && !Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
                continue;
            // One of them, once.
            if (framing.Kind != Framing.ToTheEnd)
                return null;
            if (!isLength && Ascii.EqualsIgnoreCase(value, "chunked"u8))
                framing = (Framing.Chunked, 0);
            else if (isLength && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                framing = (Framing.Length, length);
            else
                return null;
        }

        return framing;
    }

    private static HttpAnswer Chunks(ReadOnlySpan<byte> rest, int status, bool isEnd)
    {
        var body = new byte[rest.Length];
        var count = 0;
        while (rest.IndexOf("\r\n"u8) is >= 0 and var sizeEnd)
        {
            if (!int.TryParse(rest[..sizeEnd], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
                return Malformed("the size of a chunk can't be read");
            rest = rest[(sizeEnd + 2)..];
            if (rest.Length - 2 < size)
                break;
            if (!rest[size..].StartsWith("\r\n"u8))
                return Malformed("a chunk does not end where it should");
            if (size == 0)
                return new(IsComplete: true, status, body.AsMemory(0, count), null);
            rest[..size].CopyTo(body.AsSpan(count));
            count += size;
            rest = rest[(size + 2)..];
        }

        return isEnd ? Malformed("it ended within its body") : Incomplete;
    }
}
