using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Sidecar.Protocol;

namespace Sidecar.Host.Connect;

/// <summary>Says where in a JSON text a message can't be read: protobuf's reader itself does not.</summary>
internal static class JsonFaults
{
    // Deeper than the reader goes, so that this is not what is wrong.
    private const int MaxDepth = 200;
    private const string OwnTypes = "google.protobuf";

    /// <summary>Reads a message.</summary>
    /// <param name="parser">The reader.</param>
    /// <param name="text">The text.</param>
    /// <param name="type">What it is to be.</param>
    /// <param name="fault">What is wrong with it, and where.</param>
    /// <returns>Null where it can't be read.</returns>
    public static IMessage? TryParse(JsonParser parser, string text, MessageDescriptor type, out string? fault)
    {
        if (TryParse(parser, text, type) is { } message)
        {
            fault = null;
            return message;
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            fault = Find(parser, json.RootElement, type, "") ?? "the body can't be read as a whole: it is nested too deeply, or has two fields of which one alone may be there";
        }
        catch (JsonException e)
        {
            fault = $"the body can't be read as JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
        }
        catch (InvalidOperationException)
        {
            fault = "the body holds half of a surrogate pair, which is no text";
        }

        return null;
    }

    private static IMessage? TryParse(JsonParser parser, string text, MessageDescriptor type)
    {
        try
        {
            return parser.Parse(text, type);
        }
        // The reader's own failures are of the first kind.
        catch (Exception e) when (e is IOException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static string? Find(JsonParser parser, JsonElement element, MessageDescriptor type, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return $"{(path.Length == 0 ? "the body" : path)} is {NameOf(element)}, expected an object";
        foreach (var property in element.EnumerateObject())
        {
            var field = type.Fields.InDeclarationOrder().FirstOrDefault(field => property.NameEquals(field.JsonName) || property.NameEquals(field.Name));
            if (field is not null && !IsReadable(parser, field.JsonName, property.Value.GetRawText(), type))
                return FindIn(parser, property.Value, field, path.Length == 0 ? property.Name : $"{path}.{property.Name}");
        }

        return null;
    }

    private static string? FindIn(JsonParser parser, JsonElement value, FieldDescriptor field, string path)
    {
        if (field.IsMap)
        {
            if (value.ValueKind != JsonValueKind.Object)
                return $"{path} is {NameOf(value)}, expected an object";
            var valueField = field.MessageType.FindFieldByNumber(2);
            foreach (var entry in value.EnumerateObject().Where(entry => !IsReadable(parser, field.JsonName, $"{{\"k\":{entry.Value.GetRawText()}}}", field.ContainingType)))
                return FindOne(parser, entry.Value, valueField, $"{path}['{Excerpt.Of(entry.Name)}']");
        }
        else if (field.IsRepeated)
        {
            if (value.ValueKind != JsonValueKind.Array)
                return $"{path} is {NameOf(value)}, expected a list";
            foreach (var (index, item) in value.EnumerateArray().Index())
            {
                if (!IsReadable(parser, field.JsonName, $"[{item.GetRawText()}]", field.ContainingType))
                    return FindOne(parser, item, field, $"{path}[{index}]");
            }
        }

        return FindOne(parser, value, field, path);
    }

    private static string? FindOne(JsonParser parser, JsonElement value, FieldDescriptor field, string path) =>
        field.FieldType == FieldType.Message && field.MessageType.File.Package != OwnTypes
            ? Find(parser, value, field.MessageType, path)
            : $"{path} is {NameOf(value)}, expected {ExpectedOf(field)}";

    private static bool IsReadable(JsonParser parser, string name, string value, MessageDescriptor type) =>
        TryParse(parser, $"{{\"{name}\":{value}}}", type) is not null;

    private static string NameOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => Excerpt.Of(value.GetRawText()),
    };

    private static string ExpectedOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => "true or false",
        FieldType.String => "a string",
        FieldType.Bytes => "a string in base64",
        FieldType.Enum => $"one of {string.Join(", ", field.EnumType.Values.Select(value => value.Name))}",
        FieldType.Double or FieldType.Float => "a number",
        FieldType.Message when field.MessageType.Name == "Timestamp" => "a time such as \"2026-01-31T12:00:00Z\"",
        FieldType.Message => "an object",
        _ => "a whole number within its range",
    };
}
