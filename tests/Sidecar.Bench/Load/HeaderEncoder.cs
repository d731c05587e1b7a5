using System.Text;

namespace Sidecar.Bench.Load;

/// <summary>
/// The header blocks of one connection. What is sent for the first time goes into the connection's table (RFC 7541), and from then on a
/// request's headers take six bytes.
/// </summary>
internal sealed class HeaderEncoder(string authority)
{
    /// <summary>The size of the table that this takes for granted: the one at the start of each connection.</summary>
    public const int TableSize = 4096;

    private const byte Post = 0x83;
    private const byte Http = 0x86;
    private const byte AuthorityName = 1;
    private const byte PathName = 4;
    private const byte ContentTypeName = 31;
    private const int StaticEntries = 61;

    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    /// <summary>Writes the headers of a request; returns their length.</summary>
    public int Write(string path, Span<byte> to)
    {
        var length = 0;
        to[length++] = Post;
        to[length++] = Http;
        length += Field(PathName, null, path, to[length..]);
        length += Field(AuthorityName, null, authority, to[length..]);
        length += Field(ContentTypeName, null, "application/grpc", to[length..]);
        return length + Field(0, "te", "trailers", to[length..]);
    }

    private int Field(byte nameIndex, string? name, string value, Span<byte> to)
    {
        // The newest entry has the lowest number.
        if (_positions.TryGetValue(value, out var position))
        {
            to[0] = (byte)(0x80 | (StaticEntries + _positions.Count - position));
            return 1;
        }

        _positions.Add(value, _positions.Count);
        to[0] = (byte)(0x40 | nameIndex);
        var length = 1;
        if (name is not null)
            length += Text(name, to[length..]);
        return length + Text(value, to[length..]);
    }

    private static int Text(string text, Span<byte> to)
    {
        to[0] = checked((byte)text.Length);
        return text.Length < 127 ? 1 + Encoding.ASCII.GetBytes(text, to[1..]) : throw new ArgumentException("the text is too long", nameof(text));
    }
}
