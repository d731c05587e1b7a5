using System.Text.Json;
using GraphQL;
using GraphQL.SystemTextJson;

namespace Sidecar.Emulator.Api;

/// <summary>The body of a GraphQL request.</summary>
internal sealed record ApiBody(string OperationName, string Query, Inputs Variables)
{
    private static readonly GraphQLSerializer Serializer = new();

    /// <summary>Reads a body.</summary>
    /// <exception cref="ApiRefusalException">It is not the JSON that it should be.</exception>
    public static ApiBody Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8);
            return json.RootElement.ValueKind is JsonValueKind.Object
                ? new ApiBody(Text(json.RootElement, "operationName"), Text(json.RootElement, "query"), ReadVariables(json.RootElement))
                : throw new ApiRefusalException("the body is not a JSON object");
        }
        catch (JsonException wrong)
        {
            throw new ApiRefusalException($"the body is not JSON: {wrong.Message}");
        }
    }

    /// <summary>The variables beside an operation.</summary>
    /// <exception cref="ApiRefusalException">They are no object.</exception>
    public static Inputs ReadVariables(JsonElement body) =>
        !body.TryGetProperty("variables", out var value) || value.ValueKind is JsonValueKind.Null ? Inputs.Empty
        : value.ValueKind is JsonValueKind.Object ? Serializer.ReadNode<Inputs>(value) ?? Inputs.Empty
        : throw new ApiRefusalException("variables must be an object");

    private static string Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new ApiRefusalException($"{name} must be given, as a text");
}
