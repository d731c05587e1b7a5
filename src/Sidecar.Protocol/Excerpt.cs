using System.Text;

namespace Sidecar.Protocol;

/// <summary>The part of a text that fits into a line for people.</summary>
public static class Excerpt
{
    /// <summary>How many characters are shown unless told otherwise.</summary>
    public const int DefaultLength = 120;

    private const char Ellipsis = '…';

    /// <summary>The beginning of a text on one line: control characters as blanks, an ellipsis where something is left out.</summary>
    public static string Of(string text, int length = DefaultLength)
    {
        var end = Math.Min(text.Length, length);
        // Half of a pair is no character.
        if (end < text.Length && end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        var shown = new StringBuilder(end + 1);
        foreach (var character in text.AsSpan(0, end))
            shown.Append(char.IsControl(character) ? ' ' : character);
        if (end < text.Length)
            shown.Append(Ellipsis);
        return shown.ToString();
    }
}
