using System.Globalization;
using System.Text.Json;
using Sidecar.Host.ServiceStatus;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>Parts of a report in words for people. No control character of an id reaches the terminal.</summary>
internal static class DiagWords
{
    /// <summary>What stands where there is nothing.</summary>
    public const string None = "-";

    private const int LongestText = 1_200;

    /// <summary>A text, or what stands for none.</summary>
    public static string Text(this JsonElement of, string name) => of.TryGetProperty(name, out var part) ? part.ValueKind switch
    {
        JsonValueKind.String => Excerpt.Of(part.GetString()!, LongestText),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Number => part.GetDouble().ToString("0.######", CultureInfo.InvariantCulture),
        _ => None,
    }
    : None;

    /// <summary>A part, or null where there is none.</summary>
    public static JsonElement? Part(this JsonElement of, string name) =>
        of.TryGetProperty(name, out var part) && part.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? part : null;

    /// <summary>The elements of a list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement of, string name) => of.Part(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>Whether a flag is there and set.</summary>
    public static bool Is(this JsonElement of, string name) => of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.True;

    /// <summary>A whole number; 0 where there is none.</summary>
    public static long Number(this JsonElement of, string name) => of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Number ? (long)part.GetDouble() : 0;

    /// <summary>A date without its parts of a second.</summary>
    public static string Date(this JsonElement of, string name) => of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.String
        ? part.GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : None;

    /// <summary>A duration that is given in milliseconds.</summary>
    public static string Duration(this JsonElement of, string name) => of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Number
        ? Duration(TimeSpan.FromMilliseconds(part.GetDouble()))
        : None;

    /// <summary>A duration.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => $"{time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s",
        { TotalMinutes: < 60 } => $"{(int)time.TotalMinutes} min {time.Seconds} s",
        { TotalHours: < 48 } => $"{(int)time.TotalHours} h {time.Minutes} min",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };

    /// <summary>A size that is given in bytes.</summary>
    public static string Size(this JsonElement of, string name) => Sizes.Of(of.Number(name));

    /// <summary>A failure with its time.</summary>
    public static string Failure(this JsonElement of, string name) =>
        of.Part(name) is { } failure ? $"{failure.Date("at")} {failure.Text("kind")}: {failure.Text("text")}" : "none";

    /// <summary>Numbers by name.</summary>
    public static string Counts(this JsonElement of, string name) => of.Part(name) is { ValueKind: JsonValueKind.Object } counts && counts.EnumerateObject().Any()
        ? string.Join(", ", counts.EnumerateObject().Select(one => $"{Excerpt.Of(one.Name)} {one.Value.GetInt64()}"))
        : "none";

    /// <summary>A line with a name at its beginning.</summary>
    public static string Line(string name, string text) => $"{name,-11}{text}";
}
