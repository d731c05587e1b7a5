using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>A bare client of real-time updates.</summary>
public sealed class StreamClient : IDisposable
{
    public const string Protocol = "graphql-transport-ws";

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationToken _inTime;

    public StreamClient(string? protocol, CancellationToken inTime)
    {
        _inTime = inTime;
        _socket.Options.Proxy = null;
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.CollectHttpResponseDetails = true;
        if (protocol is not null)
            _socket.Options.AddSubProtocol(protocol);
    }

    /// <summary>The protocol that the server chose.</summary>
    public string? Chosen => _socket.SubProtocol;

    /// <summary>How the upgrade was answered.</summary>
    public HttpStatusCode Status => _socket.HttpStatusCode;

    /// <summary>In how many frames the latest message came.</summary>
    public int Frames { get; private set; }

    public Task ConnectAsync(Uri address, string target = "/graphql") =>
        _socket.ConnectAsync(new UriBuilder(new Uri(address, target)) { Scheme = "ws" }.Uri, _inTime);

    public Task SendAsync(object message) => SendTextAsync(JsonSerializer.Serialize(message));

    public Task SendTextAsync(string text) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, _inTime);

    public Task SendBytesAsync(byte[] bytes) => _socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, _inTime);

    /// <summary>Sends one message byte by byte.</summary>
    public async Task SendInFramesAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
            await _socket.SendAsync(bytes.AsMemory(i, 1), WebSocketMessageType.Text, endOfMessage: i + 1 == bytes.Length, _inTime);
    }

    /// <summary>The next message.</summary>
    public async Task<JsonElement> ReceiveAsync() => JsonElement.Parse(await ReceiveTextAsync());

    public async Task<string> ReceiveTextAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        Frames = 0;
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), _inTime);
            if (part.MessageType is WebSocketMessageType.Close)
                throw new InvalidOperationException($"closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            message.Write(buffer.AsSpan(0, part.Count));
            Frames++;
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(message.ToArray());
        }
    }

    /// <summary>Skips messages until the server closes the socket, and says how it did.</summary>
    public async Task<(int Code, string? Reason)> ClosedAsync()
    {
        var buffer = new byte[64 * 1024];
        while ((await _socket.ReceiveAsync(buffer.AsMemory(), _inTime)).MessageType is not WebSocketMessageType.Close)
        {
        }
        var closed = ((int)_socket.CloseStatus!.Value, _socket.CloseStatusDescription);
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, _inTime);
        return closed;
    }

    /// <summary>Closes the socket and waits for the server to do so too.</summary>
    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", _inTime);

    public void Dispose() => _socket.Dispose();
}
