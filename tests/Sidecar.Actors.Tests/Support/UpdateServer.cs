using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Tests.Support;

/// <summary>A server that accepts connections one at a time and leaves it to a spec what becomes of them.</summary>
internal sealed class UpdateServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    /// <summary>Starts a server.</summary>
    public UpdateServer() => _listener.Start();

    /// <summary>Its port on the loopback interface.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether somebody knocks whom nobody has let in.</summary>
    public bool IsCalled => _listener.Pending();

    /// <summary>The next connection.</summary>
    public async Task<UpdateServerPeer> AcceptAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        return new UpdateServerPeer(await _listener.AcceptTcpClientAsync(patience.Token));
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>The server's end of a connection, frame by frame (RFC 6455).</summary>
internal sealed class UpdateServerPeer(TcpClient client) : IUpdatePeer
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    private readonly CancellationTokenSource _patience = new(Eventually.Patience);
    private Stream _stream = client.GetStream();

    /// <summary>Reads the head of a request, up to the empty line.</summary>
    public async Task<string[]> ReadHeadAsync()
    {
        // A byte at a time: what follows the head is not to be touched.
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await _stream.ReadExactlyAsync(next, _patience.Token);
            head.Append((char)next[0]);
        }

        return head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Sends any text at all.</summary>
    public async Task AnswerAsync(string text)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")), _patience.Token);
        await _stream.FlushAsync(_patience.Token);
    }

    /// <summary>Goes on over TLS.</summary>
    public async Task StartTlsAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _patience.Token);
        _stream = tls;
    }

    /// <summary>Reads a request for a WebSocket and grants it.</summary>
    /// <param name="subprotocol">The subprotocol that is agreed to, or null for none.</param>
    /// <param name="proof">What proves that the request was understood; null for what does.</param>
    /// <returns>The request's head.</returns>
    public async Task<string[]> AgreeAsync(string? subprotocol = StreamRequests.Subprotocol, string? proof = null)
    {
        const string key = "Sec-WebSocket-Key:";
        var head = await ReadHeadAsync();
        var nonce = Array.Find(head, line => line.StartsWith(key, StringComparison.OrdinalIgnoreCase))![key.Length..].Trim();
#pragma warning disable CA5350 // RFC 6455 wants it so.
        proof ??= Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(nonce + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var agreed = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\n";
        await AnswerAsync(
            $"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: {proof}\n{agreed}\n");
        return head;
    }

    /// <summary>Sends one frame.</summary>
    public async Task SendFrameAsync(int opcode, ReadOnlyMemory<byte> payload, bool isLast = true)
    {
        var head = new byte[10];
        head[0] = (byte)(opcode | (isLast ? 0x80 : 0));
        var length = 2;
        if (payload.Length < 126)
        {
            head[1] = (byte)payload.Length;
        }
        else
        {
            head[1] = 127;
            BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2), payload.Length);
            length = 10;
        }

        await _stream.WriteAsync(head.AsMemory(0, length), _patience.Token);
        await _stream.WriteAsync(payload, _patience.Token);
        await _stream.FlushAsync(_patience.Token);
    }

    /// <summary>Reads one frame of fewer than 64 KiB.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReadFrameAsync()
    {
        var head = await ReadAsync(2);
        var length = head[1] & 0x7F;
        if (length == 126)
            length = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2));
        var mask = await ReadAsync(4);
        var payload = await ReadAsync(length);
        for (var i = 0; i < payload.Length; i++)
            payload[i] ^= mask[i % 4];
        return (head[0] & 0x0F, payload);
    }

    public Task SayAsync(string text) => SendFrameAsync(Text, Encoding.UTF8.GetBytes(text));

    public async Task<string> HearAsync()
    {
        while (true)
        {
            var (opcode, payload) = await ReadFrameAsync();
            if (opcode == Text)
                return Encoding.UTF8.GetString(payload);
        }
    }

    public Task CloseAsync(int code, string reason) => SendFrameAsync(
        Close, new byte[] { (byte)(code >> 8), (byte)code }.Concat(Encoding.UTF8.GetBytes(reason)).ToArray());

    public Task BreakAsync()
    {
        client.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Ends the connection by a reset.</summary>
    public void Reset()
    {
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Client.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        client.Dispose();
        _patience.Dispose();
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, _patience.Token);
        return bytes;
    }
}
