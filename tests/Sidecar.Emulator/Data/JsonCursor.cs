using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Sidecar.Emulator.Data;

/// <summary>
/// A place in a JSON text that knows its path, so that every complaint can name it. Dates may be relative
/// (<c>-45d</c>, <c>+90s</c>) and then count from one moment for the whole text.
/// </summary>
internal readonly record struct JsonCursor(JsonElement Element, string Path, DateTimeOffset Now)
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        // A field that stands twice is found later, where its path is known.
        AllowDuplicateProperties = true,
    };

    private static readonly string[] DateFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    public static T Parse<T>(string json, DateTimeOffset now, Func<JsonCursor, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            return read(new JsonCursor(document.RootElement, "$", now));
        }
        catch (JsonException wrong)
        {
            throw new EmulatorDataException($"not JSON: {wrong.Message}", wrong);
        }
    }

    /// <summary>Whether JSON's null stands here.</summary>
    public bool IsNull => Element.ValueKind is JsonValueKind.Null;

    /// <summary>Whether a number stands here.</summary>
    public bool IsNumber => Element.ValueKind is JsonValueKind.Number;

    /// <summary>The path of a field of the object here.</summary>
    public string PathOf(string name) => PathOf(Path, name);

    /// <summary>The path of a field below a path.</summary>
    public static string PathOf(string path, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? $"{path}.{name}"
            : $"{path}[{JsonSerializer.Serialize(name)}]";

    /// <summary>A complaint about what stands here.</summary>
    public EmulatorDataException Wrong(string problem) => new($"{Path}: {problem}");

    public JsonFields Fields() => new(this);

    public string Text() => Element.ValueKind is JsonValueKind.String ? ReadText() : throw Expected("a text");

    public bool Flag() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public double Number() =>
        Element.ValueKind is JsonValueKind.Number && Element.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Expected("a number");

    public int Integer(int least, int most) =>
        Element.ValueKind is JsonValueKind.Number && Element.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Expected(string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    public T Word<T>(ImmutableDictionary<string, T> table) =>
        Element.ValueKind is JsonValueKind.String && table.TryGetValue(ReadText(), out var value)
            ? value
            : throw Expected(OneOf(table));

    public DateTimeOffset Date()
    {
        const string what = "a date (2026-10-31T00:00:00Z) or a time from now (-45d, +12h, +30m, -10s)";
        if (Element.ValueKind is not JsonValueKind.String)
            throw Expected(what);
        var text = ReadText();
        // AdjustToUniversal alone would take a date without a zone for local time, so the zone has to be there.
        if (text.Length > 0 && (text[^1] is 'Z' || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length)
            && DateTimeOffset.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var date))
            return date;
        return Relative(text) ?? throw Expected(what);
    }

    public ImmutableArray<string> Texts()
    {
        if (Element.ValueKind is not JsonValueKind.Array)
            throw Expected("a list of texts");
        var cursor = this;
        return [.. Element.EnumerateArray().Select((item, i) =>
            new JsonCursor(item, string.Create(CultureInfo.InvariantCulture, $"{cursor.Path}[{i}]"), cursor.Now).Text())];
    }

    /// <summary>An object whose field names are ids.</summary>
    public ImmutableSortedDictionary<string, T> Map<T>(Func<JsonCursor, T> read)
    {
        var builder = EmulatorData.Map<T>().ToBuilder();
        foreach (var (name, value) in Fields().All())
            builder.Add(name.Length > 0 ? name : throw value.Wrong("an id must not be empty"), read(value));
        return builder.ToImmutable();
    }

    public EmulatorDataException Expected(string what) => Wrong($"must be {what}, but is {Shown()}");

    private static string OneOf<T>(ImmutableDictionary<string, T> table) =>
        "one of " + string.Join(", ", table.Keys.Order(StringComparer.Ordinal));

    private string ReadText()
    {
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("holds half of a surrogate pair");
        }
    }

    private DateTimeOffset? Relative(string text)
    {
        if (text.Length < 3 || text[0] is not ('+' or '-')
            || !int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > 100_000)
            return null;
        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        return text[0] is '+' ? Now + (count * unit) : Now - (count * unit);
    }

    private string Shown()
    {
        const int most = 60;
        var raw = Element.GetRawText();
        return raw.Length <= most ? raw : raw[..most] + "…";
    }
}
