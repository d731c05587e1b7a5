using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sidecar.Emulator.Updates;

/// <summary>What the server says in the protocol <c>graphql-transport-ws</c>.</summary>
internal static class ServerMessage
{
    private const string PaddedHead = """{"type":"ping","payload":{"padding":""";
    private const string PaddedTail = "\"}}";

    // As servers write it: what is no ASCII goes out as it is.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The least that <see cref="OfSize"/> can make.</summary>
    public static int LeastSize { get; } = PaddedHead.Length + 1 + PaddedTail.Length;

    public static ReadOnlyMemory<byte> Ack { get; } = """{"type":"connection_ack"}"""u8.ToArray();

    public static ReadOnlyMemory<byte> Ping { get; } = """{"type":"ping"}"""u8.ToArray();

    /// <summary>The answer to a ping, with what came in it.</summary>
    public static ReadOnlyMemory<byte> Pong(JsonElement? payload) => Write("pong", id: null, json =>
    {
        if (payload is { } given)
        {
            json.WritePropertyName("payload");
            given.WriteTo(json);
        }
    });

    /// <summary>A ping that is so many bytes long.</summary>
    public static ReadOnlyMemory<byte> OfSize(int bytes) =>
        Encoding.ASCII.GetBytes($"{PaddedHead}\"{new string('x', bytes - LeastSize)}{PaddedTail}");

    public static ReadOnlyMemory<byte> Complete(string id) => Write("complete", id, _ => { });

    public static ReadOnlyMemory<byte> Error(string id, IEnumerable<string> problems) => Write("error", id, json =>
    {
        json.WriteStartArray("payload");
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteString("message", problem);
            json.WriteStartObject("extensions");
            json.WriteString("code", "BadUserInput");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static ReadOnlyMemory<byte> Next(string id, Selection selection, Update update) => Write("next", id, json =>
    {
        json.WritePropertyName("payload");
        if (update.Verbatim is { } text)
        {
            json.WriteRawValue(text, skipInputValidation: true);
            return;
        }
        json.WriteStartObject();
        json.WritePropertyName("data");
        selection.Write(json, update.Source);
        json.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Write(string type, string? id, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            if (id is not null)
                json.WriteString("id", id);
            json.WriteString("type", type);
            writeRest(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
