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

    // Two ids of one byte a character, what stands between them, and what some end a line with before its end.
    private const int MaxLineChars = (2 * MaxIdBytes) + 2;

    private const char Mark = '\uFEFF';

    /// <summary>The lines that say something.</summary>
    public static IEnumerable<EntryLine> Read(string text) => Lines(text).Select(line => new EntryLine(line.Number, EntryOf(line.Text)));

    /// <summary>The lines of a long list that say something, one after the other: no more than one of them is held.</summary>
    /// <param name="list">The list, in UTF-8.</param>
    /// <param name="maxBytes">The most that it may have.</param>
    /// <exception cref="IOException">It has more, or can't be read.</exception>
    public static IEnumerable<EntryLine> Read(Stream list, int maxBytes)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[8192];
        var chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var line = new StringBuilder(MaxLineChars);
        var (total, number, isTooLong, isFirst) = (0L, 1, false, true);
        while (true)
        {
            var read = list.Read(bytes);
            if ((total += read) > maxBytes)
                throw new FileTooLargeException(maxBytes);
            var count = decoder.GetChars(bytes, 0, read, chars, 0, flush: read == 0);
            for (var i = 0; i < count; i++)
            {
                if (chars[i] == '\n')
                {
                    if (Line() is { } whole)
                        yield return whole;
                    number++;
                }
                else if (line.Length == MaxLineChars)
                {
                    isTooLong = true;
                }
                // The mark that some editors put before a text is no part of it.
                else if (!isFirst || chars[i] != Mark)
                {
                    line.Append(chars[i]);
                }

                isFirst = false;
            }

            if (read > 0)
                continue;
            if (Line() is { } last)
                yield return last;
            yield break;
        }

        EntryLine? Line()
        {
            var text = line.ToString().TrimEnd('\r');
            var isCut = isTooLong;
            line.Clear();
            isTooLong = false;
            return text.StartsWith('#') || (!isCut && string.IsNullOrWhiteSpace(text)) ? null : new EntryLine(number, isCut ? null : EntryOf(text));
        }
    }

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
