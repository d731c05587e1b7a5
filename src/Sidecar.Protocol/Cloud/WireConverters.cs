using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

/// <summary>Dates as the senders in use write them: ISO 8601, epoch milliseconds as a number, or that number in a string.</summary>
internal static class WireDate
{
    // "2026-10-01"; in milliseconds that is from April 1970 on.
    private const int ShortestDate = 10;

    // "2026-10-01T09:00:00Z", and with milliseconds.
    private const int ShortIso = 20;
    private const int LongIso = 24;

    private static readonly double LowestMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly double HighestMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Reads a date or null; false for a text that is none, and for an instant outside the calendar.</summary>
    /// <exception cref="JsonException">It is neither a text nor a number.</exception>
    public static bool TryRead(ref Utf8JsonReader reader, out DateTimeOffset? date)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                date = null;
                return true;
            case JsonTokenType.Number:
                return IsInstant(reader.TryGetInt64(out var whole) ? whole : reader.GetDouble(), out date);
            // As JavaScript writes it: no text is made of it. Whatever else may be a date is looked at in full.
            case JsonTokenType.String when reader.ValueSpan is { Length: ShortIso or LongIso } span && span[^1] == 'Z'
                && reader.TryGetDateTimeOffset(out var instant):
                date = instant;
                return true;
            case JsonTokenType.String:
                var text = reader.GetString()!;
                date = null;
                // Shorter than any date is what would be taken for a day or an hour of today, or for milliseconds that are a year.
                if (text.Length < ShortestDate)
                    return false;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds))
                    return IsInstant(milliseconds, out date);
                if (text[4] != '-' || !DateTimeOffset.TryParse(
                        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed))
                    return false;
                date = parsed;
                return true;
            default:
                throw new JsonException($"a date is expected, not {reader.TokenType}");
        }
    }

    private static bool IsInstant(double milliseconds, out DateTimeOffset? date)
    {
        var isInstant = milliseconds >= LowestMilliseconds && milliseconds <= HighestMilliseconds;
        date = isInstant ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : null;
        return isInstant;
    }
}

/// <summary>Dates of a state that is read as a whole: what is no date counts as none.</summary>
internal sealed class WireDateConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WireDate.TryRead(ref reader, out var date) ? date : null;

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } date)
            writer.WriteStringValue(date.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        else
            writer.WriteNullValue();
    }
}

/// <summary>
/// Dates of news, for which there is something better than to go on without one: to read what it is about. So what is no date is refused.
/// </summary>
internal sealed class WireStrictDateConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WireDate.TryRead(ref reader, out var date) ? date : throw new JsonException("a date is expected");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options) =>
        throw new NotSupportedException("news is only read from the cloud");
}

/// <summary>Numbers, as <see cref="WireValue.Number"/> reads them.</summary>
internal sealed class WireNumberConverter : JsonConverter<double?>
{
    public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => WireValue.Number(ref reader);

    public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
    {
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }
}
