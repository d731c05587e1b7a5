using System.Text.Json;

namespace Sidecar.Protocol.Cloud;

/// <summary>What is sent over the stream of updates.</summary>
public static class StreamRequests
{
    /// <summary>A sign of life that asks for one.</summary>
    public static ReadOnlyMemory<byte> Ping { get; } = """{"type":"ping"}"""u8.ToArray();

    /// <summary>The answer to a ping.</summary>
    public static ReadOnlyMemory<byte> Pong { get; } = """{"type":"pong"}"""u8.ToArray();

    /// <summary>The three subscriptions.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Subscribes { get; } =
    [
        """{"type":"subscribe","id":"1"}"""u8.ToArray(),
        """{"type":"subscribe","id":"2"}"""u8.ToArray(),
        """{"type":"subscribe","id":"3"}"""u8.ToArray(),
    ];

    /// <summary>The first message.</summary>
    public static ReadOnlyMemory<byte> ConnectionInit(string apiKey, ClientIdentity identity) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type = "connection_init", key = apiKey, instance = identity.InstanceId });
}

/// <summary>Reads what the cloud says over the stream of updates.</summary>
public static class StreamReader
{
    /// <summary>Reads one message.</summary>
    public static StreamMessage Read(ReadOnlySpan<byte> utf8) =>
        utf8.IndexOf("connection_ack"u8) >= 0 ? new StreamMessage.Acknowledged()
        : utf8.IndexOf("pong"u8) >= 0 ? new StreamMessage.Pong()
        : utf8.IndexOf("ping"u8) >= 0 ? new StreamMessage.Ping()
        : new StreamMessage.Unreadable("unknown");
}
