using System.Text.Json;
using GraphQL;
using Sidecar.Emulator.Api;

namespace Sidecar.Emulator.Updates;

/// <summary>What a client may say in the protocol <c>graphql-transport-ws</c>.</summary>
internal abstract record ClientMessage
{
    private ClientMessage()
    {
    }

    /// <summary><c>connection_init</c>.</summary>
    public sealed record Init(JsonElement? Payload) : ClientMessage;

    /// <summary><c>ping</c>.</summary>
    public sealed record Ping(JsonElement? Payload) : ClientMessage;

    /// <summary><c>pong</c>.</summary>
    public sealed record Pong : ClientMessage;

    /// <summary><c>subscribe</c>.</summary>
    public sealed record Subscribe(string Id, string? OperationName, string Query, Inputs Variables) : ClientMessage;

    /// <summary><c>complete</c>.</summary>
    public sealed record Complete(string Id) : ClientMessage;

    /// <summary>Reads a message.</summary>
    /// <exception cref="ApiRefusalException">It is none.</exception>
    public static ClientMessage Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Read(JsonElement.Parse(utf8));
        }
        catch (JsonException)
        {
            throw new ApiRefusalException("not JSON");
        }
        catch (InvalidOperationException)
        {
            // What the reader says of a text that is no UTF-8, or holds half of a surrogate pair.
            throw new ApiRefusalException("not Unicode");
        }
    }

    private static ClientMessage Read(JsonElement message)
    {
        if (message.ValueKind is not JsonValueKind.Object)
            throw new ApiRefusalException("not a JSON object");
        return Text(message, "type") switch
        {
            "connection_init" => new Init(Object(message, "payload")),
            "ping" => new Ping(Object(message, "payload")),
            "pong" => Object(message, "payload") is var _ ? new Pong() : null!,
            "subscribe" => ReadSubscribe(Text(message, "id"), Object(message, "payload")),
            "complete" => new Complete(Text(message, "id")),
            var other => throw new ApiRefusalException($"a client has no message of the type {other}"),
        };
    }

    private static Subscribe ReadSubscribe(string id, JsonElement? payload)
    {
        if (payload is not { } asked)
            throw new ApiRefusalException("payload must be given");
        _ = Object(asked, "extensions");
        var named = asked.TryGetProperty("operationName", out var name) && name.ValueKind is not JsonValueKind.Null;
        return new Subscribe(id, named ? Text(asked, "operationName") : null, Text(asked, "query"), ApiBody.ReadVariables(asked));
    }

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new ApiRefusalException($"{name} must be given, as a text");

    private static JsonElement? Object(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null ? null
        : value.ValueKind is JsonValueKind.Object ? value
        : throw new ApiRefusalException($"{name} must be an object");
}
