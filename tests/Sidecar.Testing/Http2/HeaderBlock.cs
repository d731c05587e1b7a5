using System.Text;

namespace Sidecar.Testing.Http2;

/// <summary>
/// As much of HPACK (RFC 7541) as a client needs that allows no dynamic table: literals without Huffman coding, and the static table for
/// what the server sends.
/// </summary>
internal static class HeaderBlock
{
    private const int IndexedBits = 7;
    private const int LiteralWithIndexingBits = 6;
    private const int SizeUpdateBits = 5;
    private const int LiteralBits = 4;

    // Index 1 and up; what carries a value carries it after the equals sign.
    private static readonly string[] StaticTable =
    [
        ":authority", ":method=GET", ":method=POST", ":path=/", ":path=/index.html", ":scheme=http", ":scheme=https", ":status=200",
        ":status=204", ":status=206", ":status=304", ":status=400", ":status=404", ":status=500", "accept-charset",
        "accept-encoding=gzip, deflate", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
        "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-location", "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
        "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie",
        "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
    ];

    /// <summary>Writes fields, each as a literal that is not indexed.</summary>
    public static byte[] Write(IEnumerable<(string Name, string Value)> fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    /// <summary>Reads fields.</summary>
    public static IEnumerable<(string Name, string Value)> Read(ReadOnlyMemory<byte> block)
    {
        for (var at = 0; at < block.Length;)
        {
            var first = block.Span[at];
            if (first >> IndexedBits == 1)
            {
                var entry = StaticTable[ReadNumber(block.Span, ref at, IndexedBits) - 1].Split('=', 2);
                yield return (entry[0], entry[1]);
            }
            else if (first >> SizeUpdateBits == 1)
            {
                ReadNumber(block.Span, ref at, SizeUpdateBits);
            }
            else
            {
                var index = ReadNumber(block.Span, ref at, first >> LiteralWithIndexingBits == 1 ? LiteralWithIndexingBits : LiteralBits);
                var name = index == 0 ? ReadText(block.Span, ref at) : StaticTable[index - 1].Split('=', 2)[0];
                yield return (name, ReadText(block.Span, ref at));
            }
        }
    }

    private static void WriteText(MemoryStream block, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        const int highest = 127;
        if (bytes.Length < highest)
        {
            block.WriteByte((byte)bytes.Length);
        }
        else
        {
            block.WriteByte(highest);
            var rest = bytes.Length - highest;
            for (; rest >= 128; rest >>= 7)
                block.WriteByte((byte)(rest | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }

    private static int ReadNumber(ReadOnlySpan<byte> block, ref int at, int bits)
    {
        var highest = (1 << bits) - 1;
        var number = block[at++] & highest;
        if (number < highest)
            return number;
        for (var shift = 0; ; shift += 7)
        {
            var next = block[at++];
            number += (next & 127) << shift;
            if (next < 128)
                return number;
        }
    }

    private static string ReadText(ReadOnlySpan<byte> block, ref int at)
    {
        if (block[at] >= 128)
            throw new NotSupportedException("a text in Huffman code");
        var length = ReadNumber(block, ref at, IndexedBits);
        at += length;
        return Encoding.ASCII.GetString(block.Slice(at - length, length));
    }
}
