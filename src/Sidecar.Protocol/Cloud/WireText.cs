using System.Text;

namespace Sidecar.Protocol.Cloud;

/// <summary>A text as it stands in a document, or null: nothing is made of it before it is known that it is needed.</summary>
/// <param name="utf8">Its UTF-8, which is sound.</param>
internal readonly ref struct WireText(ReadOnlySpan<byte> utf8)
{
    private readonly bool _isThere = true;

    /// <summary>The text's UTF-8; empty for null.</summary>
    public ReadOnlySpan<byte> Utf8 { get; } = utf8;

    /// <summary>Whether it is a text, be it empty; not null.</summary>
    public bool IsThere => _isThere;

    /// <summary>Whether it is neither null nor empty.</summary>
    public bool HasContent => !Utf8.IsEmpty;

    /// <summary>Whether it is the same as another text, or null.</summary>
    public bool Is(string? other)
    {
        if (other is null || !_isThere)
            return other is null && !_isThere;
        // As many bytes as characters are ASCII: any other character takes more bytes than it counts.
        return Utf8.Length == other.Length
            ? Ascii.Equals(Utf8, other)
            : Utf8.Length > other.Length && Utf8.Length == Encoding.UTF8.GetByteCount(other) && ToText() == other;
    }

    /// <summary>The text.</summary>
    public string? ToText() => _isThere ? Encoding.UTF8.GetString(Utf8) : null;
}
