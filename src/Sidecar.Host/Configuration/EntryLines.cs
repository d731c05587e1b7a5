using System.Text;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Configuration;

/// <summary>One line of a list of entries.</summary>
/// <param name="Number">Its number, from 1 on.</param>
/// <param name="Entry">The entry; null where the line has another form.</param>
internal readonly record struct EntryLine(int Number, EntryKey? Entry);

/// <summary>
/// Reads lists of customers and resources: a customer a line, or a customer, a tab and a resource. Blank lines and those that begin with # say
/// nothing.
/// </summary>
internal static class EntryLines
{
    /// <summary>What a line is to be, for people.</summary>
    public const string Expected = "a customer, or a customer, a tab and a resource";

    // As in the requests of clients.
    private const int MaxIdBytes = 1024;

    /// <summary>The lines that say something.</summary>
    public static IEnumerable<EntryLine> Read(string text) => Lines(text).Select(line => new EntryLine(line.Number, EntryOf(line.Text)));

    /// <summary>The lines that say something, as they stand there.</summary>
    public static IEnumerable<(string Text, int Number)> Lines(string text) =>
        text.Split('\n').Select((line, index) => (Text: line.TrimEnd('\r'), Number: index + 1))
            .Where(line => !string.IsNullOrWhiteSpace(line.Text) && !line.Text.StartsWith('#'));

    /// <summary>Whether a text can be an id.</summary>
    public static bool IsId(string text) => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MaxIdBytes;

    private static EntryKey? EntryOf(string line)
    {
        var parts = line.Split('\t');
        return parts.Length > 2 || Array.Exists(parts, part => !IsId(part)) ? null : new EntryKey(parts[0], parts.ElementAtOrDefault(1));
    }
}
