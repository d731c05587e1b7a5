using System.Text.Json;

namespace Sidecar.Protocol.Entitlements;

/// <summary>Reads the value of <c>ENTITLEMENTS_FALLBACK</c>.</summary>
public static class FallbackParser
{
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
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            // The exception's text names what is wrong, the line and the byte in it.
            return (FallbackTable.Empty, [$"is not valid JSON: {e.Message}"]);
        }
        catch (InvalidOperationException e)
        {
            // A string that is no text, such as half of a surrogate pair.
            return (FallbackTable.Empty, [$"is not valid JSON: {e.Message}"]);
        }
    }

    private static (FallbackTable Table, IReadOnlyList<string> Faults) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (FallbackTable.Empty,
                [$"is a JSON {Name(root.ValueKind)}, but an object is expected that maps feature ids to fallbacks"]);
        }

        var entries = new Dictionary<string, Fallback>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var entry in root.EnumerateObject())
        {
            // Of a feature named twice the last one counts, and a bad last one leaves nothing.
            entries.Remove(entry.Name);
            if (ReadEntry(entry.Value, out var fallback) is { } fault)
                faults.Add($"entry '{entry.Name}' is left out: {fault}");
            else
                entries[entry.Name] = fallback;
        }

        return (new FallbackTable(entries), faults);
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
                return $"'{field.Name}' is {value.GetRawText()}, expected {expected}";
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
