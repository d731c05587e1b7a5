using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>
/// Values where a reader stands, in the forms that the senders in use write. Each leaves the reader at the value's end.
/// <see cref="JsonException"/> for one of another form, <see cref="InvalidOperationException"/> for a text that is no Unicode.
/// </summary>
internal static class WireValue
{
    /// <summary>Whether it is an object, whose fields come next; false for null.</summary>
    public static bool IsObject(scoped ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => true,
        JsonTokenType.Null => false,
        _ => throw Unexpected(ref json, "an object"),
    };

    /// <summary>Whether it is a list, whose elements come next; false for null.</summary>
    public static bool IsList(scoped ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw Unexpected(ref json, "a list"),
    };

    /// <summary>A text or null.</summary>
    public static WireText Text(scoped ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
            return default;
        if (json.TokenType != JsonTokenType.String)
            throw Unexpected(ref json, "a text");
        if (json.ValueIsEscaped)
            return new WireText(Unescaped(ref json));
        return Utf8.IsValid(json.ValueSpan) ? new WireText(json.ValueSpan) : throw new InvalidOperationException("a text is not UTF-8");
    }

    /// <summary>A list of texts, without those that are null; empty for null.</summary>
    public static string[] Texts(scoped ref Utf8JsonReader json)
    {
        if (!IsList(ref json))
            return [];
        List<string>? texts = null;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (Text(ref json).ToText() is { } text)
                (texts ??= []).Add(text);
        }

        return texts is null ? [] : [.. texts];
    }

    /// <summary>True, false, or null.</summary>
    public static bool? Flag(scoped ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw Unexpected(ref json, "true or false"),
    };

    /// <summary>A number, also in a text, or null; one that a double can't hold is refused, so that no limit becomes infinite.</summary>
    public static double? Number(scoped ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
            return null;
        double number;
        if (json.TokenType == JsonTokenType.Number)
            number = json.GetDouble();
        else if (json.TokenType != JsonTokenType.String
            || !double.TryParse(json.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            throw Unexpected(ref json, "a number");
        return double.IsFinite(number) ? number : throw new JsonException("a finite number is expected");
    }

    /// <summary>A date, in ticks of UTC; <see cref="OwnValues.Absent"/> for null and for what is no date.</summary>
    public static long Date(scoped ref Utf8JsonReader json) => WireDate.TryRead(ref json, out var date) ? OwnValues.Ticks(date) : OwnValues.Absent;

    /// <summary>The UTF-8 of a text, or of a field's name, in which something is escaped.</summary>
    public static ReadOnlySpan<byte> Unescaped(scoped ref Utf8JsonReader json)
    {
        var text = new byte[json.ValueSpan.Length];
        return text.AsSpan(0, json.CopyString(text));
    }

    /// <summary>Whether a failure tells that something can't be read.</summary>
    public static bool IsOfReading(Exception e) => e is JsonException or InvalidOperationException or FormatException;

    /// <summary>Where a document can't be read, as the end of a sentence: the text of such an exception may quote the document.</summary>
    public static string Place(Exception e) =>
        e is JsonException { LineNumber: { } line, BytePositionInLine: { } column } ? $" (line {line + 1}, byte {column + 1})" : "";

    private static JsonException Unexpected(scoped ref Utf8JsonReader json, string expected) =>
        new($"{json.TokenType} stands at byte {json.TokenStartIndex}, where {expected} is expected");
}
