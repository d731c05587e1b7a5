using System.Globalization;
using GraphQL.Types;

namespace Sidecar.Emulator.Api;

/// <summary>A value that goes out and comes in as it is.</summary>
internal sealed class VerbatimScalar : ScalarGraphType
{
    public VerbatimScalar(string name) => Name = name;

    public override object? ParseValue(object? value) => value;
}

/// <summary>A date: it goes out as it is, and comes in as a text in ISO 8601 with a zone.</summary>
internal sealed class DateScalar : ScalarGraphType
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    public DateScalar(string name) => Name = name;

    public override object? Serialize(object? value) => value;

    public override object? ParseValue(object? value) => value switch
    {
        null => null,
        DateTimeOffset date => date,
        // Without a zone it would be taken for local time.
        string text when (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length)
            && DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var date)
            => date,
        _ => throw new FormatException($"a date is a text such as 2026-10-31T00:00:00.000Z, but this is \"{value}\""),
    };
}
