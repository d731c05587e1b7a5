using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sidecar.Interop.Tests;

/// <summary>
/// Compares an answer with what it has to hold, both as JSON. An object has to hold the expected fields, and may hold others; an array
/// the expected elements in their order, and may have others between them. <c>"*"</c> stands for anything that is there, and null for
/// nothing. Clients leave default values out, or not: <c>false</c>, 0 and <c>""</c> match what is absent.
/// </summary>
internal static class Expectation
{
    /// <summary>Where the answer differs, or null where it does not.</summary>
    public static string? Difference(JsonNode? expected, JsonNode? actual, string path = "answer") => expected switch
    {
        null => actual is null ? null : $"{path} is {Shown(actual)}, expected none",
        JsonObject fields => fields
            .Select(field => Difference(field.Value, (actual as JsonObject)?[field.Key], $"{path}.{field.Key}"))
            .FirstOrDefault(difference => difference is not null),
        JsonArray elements => Difference(elements, actual as JsonArray ?? [], path),
        _ => Matches(expected, actual) ? null : $"{path} is {Shown(actual)}, expected {expected.ToJsonString()}",
    };

    private static string? Difference(JsonArray expected, JsonArray actual, string path)
    {
        var next = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            var difference = "there is no further element";
            var found = false;
            while (!found && next < actual.Count)
            {
                var here = Difference(expected[i], actual[next++], $"{path}[{i}]");
                found = here is null;
                difference = here ?? difference;
            }
            if (!found)
                return $"{path} lacks {Shown(expected[i])}: {difference}";
        }
        return null;
    }

    private static bool Matches(JsonNode expected, JsonNode? actual) => expected.GetValueKind() switch
    {
        JsonValueKind.String when expected.GetValue<string>() is "*" =>
            actual is not null && actual.ToJsonString() is not ("\"\"" or "{}" or "[]"),
        JsonValueKind.String when expected.GetValue<string>() is "" => actual is null || actual.ToJsonString() is "\"\"",
        JsonValueKind.String => actual?.GetValueKind() is JsonValueKind.String && actual.GetValue<string>() == expected.GetValue<string>(),
        JsonValueKind.False => actual is null || actual.GetValueKind() is JsonValueKind.False,
        JsonValueKind.Number when Number(expected) is 0 => actual is null || Number(actual) is 0,
        JsonValueKind.Number => Number(actual) == Number(expected),
        _ => JsonNode.DeepEquals(expected, actual),
    };

    private static double? Number(JsonNode? node) =>
        node?.GetValueKind() is JsonValueKind.Number ? node.AsValue().Deserialize<double>() : null;

    private static string Shown(JsonNode? node) => node?.ToJsonString() ?? "absent";
}
