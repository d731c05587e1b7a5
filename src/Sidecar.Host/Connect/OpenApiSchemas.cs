using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Sidecar.Host.Connect;

/// <summary>JSON schemas of messages and enums, as protobuf's JSON writes them; each that is asked for brings those it needs.</summary>
internal sealed class OpenApiSchemas
{
    private const string OwnTypes = "google.protobuf";
    private readonly SortedDictionary<string, JsonObject> _all = new(StringComparer.Ordinal);

    /// <summary>All that were needed, by their names.</summary>
    public JsonObject ToJson() => new(_all.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    /// <summary>A message's schema: a reference, or for one of protobuf's own what it is written as.</summary>
    public JsonObject Of(MessageDescriptor message)
    {
        if (message.File.Package == OwnTypes)
            return OwnType(message);
        if (!_all.ContainsKey(message.Name))
        {
            // Before its fields, which may be of the same type.
            _all[message.Name] = [];
            _all[message.Name] = Describe(message);
        }

        return Reference(message.Name);
    }

    private JsonObject Describe(MessageDescriptor message)
    {
        var properties = new JsonObject();
        foreach (var field in message.Fields.InDeclarationOrder())
            properties[field.JsonName] = Describe(field);
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        var choices = message.Oneofs.Where(one => !one.IsSynthetic).ToList();
        if (choices.Count == 0)
            return schema;
        schema["description"] = string.Join(
            " ", choices.Select(choice => $"At most one of these is there: {string.Join(", ", choice.Fields.Select(field => field.JsonName))}."));
        schema["allOf"] = new JsonArray([.. choices.Select(AtMostOne)]);
        return schema;
    }

    private static JsonNode AtMostOne(OneofDescriptor choice)
    {
        var none = new JsonObject { ["not"] = new JsonObject { ["anyOf"] = new JsonArray([.. choice.Fields.Select(Required)]) } };
        return new JsonObject { ["oneOf"] = new JsonArray([.. choice.Fields.Select(Required), none]) };
    }

    private static JsonNode Required(FieldDescriptor field) => new JsonObject { ["required"] = new JsonArray(field.JsonName) };

    private JsonObject Describe(FieldDescriptor field)
    {
        var schema = field.IsMap ? new JsonObject { ["type"] = "object", ["additionalProperties"] = One(field.MessageType.FindFieldByNumber(2)) }
            : field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = One(field) }
            : One(field);
        if (field.GetOptions()?.Deprecated == true)
            schema["deprecated"] = true;
        return schema;
    }

    private JsonObject One(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => Of(field.MessageType),
        FieldType.Enum => Of(field.EnumType),
        FieldType.String => Plain("string"),
        FieldType.Bool => Plain("boolean"),
        FieldType.Double => Plain("number", "double"),
        FieldType.Float => Plain("number", "float"),
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        // What a number of JSON does not hold to the last digit is text there.
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Plain("string", "int64"),
        FieldType.UInt64 or FieldType.Fixed64 => Plain("string", "uint64"),
        FieldType.UInt32 or FieldType.Fixed32 => Plain("integer", "uint32"),
        _ => Plain("integer", "int32"),
    };

    private JsonObject Of(EnumDescriptor type)
    {
        _all.TryAdd(type.Name, new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. type.Values.Select(value => (JsonNode)value.Name)]),
        });
        return Reference(type.Name);
    }

    private static JsonObject OwnType(MessageDescriptor message) => message.Name switch
    {
        "Timestamp" => Plain("string", "date-time"),
        "Struct" or "Empty" => Plain("object"),
        _ => [],
    };

    private static JsonObject Plain(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        return schema;
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };
}
