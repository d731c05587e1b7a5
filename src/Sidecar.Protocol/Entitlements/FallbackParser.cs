using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sidecar.Protocol.Entitlements;

/// <summary>Reads the value of <c>ENTITLEMENTS_FALLBACK</c>.</summary>
public static class FallbackParser
{
    // What lies deep is of a wrong form or not read at all; it must not cost the entries beside it.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private const int LongestReason = 200;

    /// <summary>Reads a JSON object that maps feature ids to fallbacks.</summary>
    /// <param name="json">The text, as the evaluation contract describes it.</param>
    /// <returns>
    /// The fallbacks, and what is wrong: malformed JSON leaves the table empty; an entry of a wrong form is left out alone, so that it
    /// never grants.
    /// </returns>
    public static (FallbackTable Table, IReadOnlyList<string> Faults) Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(WithHalvesEscaped(json), AnyDepth);
            return Read(document.RootElement, json);
        }
        catch (JsonException e)
        {
            return (FallbackTable.Empty, [Refusal(json, $"not valid JSON: {Reason(e)}")]);
        }
    }

    private static (FallbackTable Table, IReadOnlyList<string> Faults) Read(JsonElement root, string json)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (FallbackTable.Empty, [Refusal(json, $"a JSON {Name(root.ValueKind)}")]);

        var entries = new Dictionary<string, Fallback>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var entry in root.EnumerateObject())
        {
            var feature = NameOf(entry);
            // Of a feature named twice the last one counts, and a bad last one leaves nothing.
            if (feature is not null)
                entries.Remove(feature);
            var fallback = default(Fallback);
            var fault = feature is null ? "its name is no text" : ReadEntryOrFault(entry.Value, out fallback);
            if (fault is not null)
                faults.Add($"entry '{Excerpt.Of(feature ?? entry.ToString())}' is left out: {fault}");
            else
                entries[feature!] = fallback;
        }

        return (new FallbackTable(entries), faults);
    }

    private static string Refusal(string json, string why) =>
        $"is '{Excerpt.Of(json)}', {why}; expected an object that maps feature ids to fallbacks; no global fallback is in force";

    // The exception's text names what is wrong, at its end the line and the byte in it. It may quote all that follows.
    private static string Reason(JsonException e)
    {
        var shown = Excerpt.Of(e.Message, LongestReason);
        return shown.Length <= LongestReason ? shown : $"{shown} LineNumber: {e.LineNumber} | BytePositionInLine: {e.BytePositionInLine}.";
    }

    // Half of a surrogate pair is no text. It is one that only its own entry suffers from once it is written as JSON's escape.
    private static string WithHalvesEscaped(string json)
    {
        StringBuilder? escaped = null;
        for (var i = 0; i < json.Length; i++)
        {
            var isPair = i + 1 < json.Length && char.IsSurrogatePair(json[i], json[i + 1]);
            if (char.IsSurrogate(json[i]) && !isPair)
            {
                escaped ??= new StringBuilder(json, 0, i, json.Length + 16);
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)json[i]:x4}");
                continue;
            }

            escaped?.Append(json[i]);
            if (!isPair)
                continue;
            i++;
            escaped?.Append(json[i]);
        }

        return escaped?.ToString() ?? json;
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? ReadEntryOrFault(JsonElement entry, out Fallback fallback)
    {
        try
        {
            return ReadEntry(entry, out fallback);
        }
        catch (InvalidOperationException)
        {
            fallback = default;
            return "it holds half of a surrogate pair, which is no text";
        }
    }

    private static string? ReadEntry(JsonElement entry, out Fallback fallback)
    {
        fallback = default;
        if (entry.ValueKind != JsonValueKind.Object)
            return $"it is a JSON {Name(entry.ValueKind)}, expected an object";

        bool? hasAccess = null;
        foreach (var field in entry.EnumerateObject())
        {
            var value = field.Value;
            if (value.ValueKind == JsonValueKind.Null && !field.NameEquals("hasAccess"))
                continue;

            string? expected = null;
            switch (field.Name)
            {
                case "hasAccess" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    hasAccess = value.GetBoolean();
                    break;
                case "isUnlimited" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    fallback = fallback with { IsUnlimited = value.GetBoolean() };
                    break;
                case "usageLimit" when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var limit) && double.IsFinite(limit):
                    fallback = fallback with { UsageLimit = limit };
                    break;
                case "value" when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
                    && double.IsInteger(number) && number is >= int.MinValue and <= int.MaxValue:
                    fallback = fallback with { Value = (int)number };
                    break;
                case "enumValues" when value.ValueKind == JsonValueKind.Array
                    && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String):
                    fallback = fallback with { EnumValues = [.. value.EnumerateArray().Select(v => v.GetString()!)] };
                    break;
                case "hasAccess" or "isUnlimited":
                    expected = "true or false";
                    break;
                case "usageLimit":
                    expected = "a number";
                    break;
                case "value":
                    expected = "a whole number of 32 bits";
                    break;
                case "enumValues":
                    expected = "a list of strings";
                    break;
            }

            if (expected is not null)
                return $"'{field.Name}' is {Excerpt.Of(value.GetRawText())}, expected {expected}";
        }

        if (hasAccess is null)
            return "'hasAccess' is missing";

        fallback = fallback with { HasAccess = hasAccess.Value };
        return null;
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };
}
