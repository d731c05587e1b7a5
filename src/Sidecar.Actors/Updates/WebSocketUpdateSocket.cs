using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.WebSockets;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>
/// A connection to the stream of updates over a WebSocket. The platform's variables count as for every request to the cloud:
/// <c>HTTPS_PROXY</c> for <c>wss</c>, <c>HTTP_PROXY</c> for <c>ws</c>, <c>NO_PROXY</c>, <c>SSL_CERT_FILE</c>. No secret goes out before a
/// connection stands: the key is part of the first message.
/// </summary>
public sealed class WebSocketUpdateSocket : IUpdateSocket
{
    /// <summary>
    /// A connection over which messages wait for so long to be received is given up: what comes behind them, such as the answer to a ping
    /// of the WebSocket's own, is not seen before they are taken. So this is far longer than anything may hold messages up, and
    /// that a cloud is dead is seen sooner by the pings of the protocol.
    /// </summary>
    public static readonly TimeSpan MaxHoldUp = TimeSpan.FromSeconds(60);

    // What is kept between two messages: most are far smaller, and one of the largest size must not stay in memory for ever.
    private const int SmallestBuffer = 16 * 1024;
    private const int LargestKept = 256 * 1024;

    // A close frame goes out in this time or not at all.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly Uri _address;
    private readonly HttpMessageInvoker _http;
    private readonly ClientWebSocket _socket = new();
    private byte[] _buffer = new byte[SmallestBuffer];
    private volatile bool _isAborted;

    /// <summary>Makes a connection that is still to be opened.</summary>
    /// <param name="settings">Where.</param>
    public WebSocketUpdateSocket(UpdateSettings settings)
        : this(settings, NewHandler(), UpdateSettings.PingInterval, MaxHoldUp)
    {
    }

    /// <summary>Makes a connection over a transport of the caller's.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="handler">The transport; it is disposed of with the connection.</param>
    /// <param name="pingInterval">Between two pings of the WebSocket's own.</param>
    /// <param name="pongTimeout">How long after such a ping a connection over which nothing comes is dead.</param>
    internal WebSocketUpdateSocket(UpdateSettings settings, HttpMessageHandler handler, TimeSpan pingInterval, TimeSpan pongTimeout)
    {
        _address = StreamRequests.Address(settings.Url);
        _http = new HttpMessageInvoker(handler);
        _socket.Options.AddSubProtocol(StreamRequests.Subprotocol);
        _socket.Options.CollectHttpResponseDetails = true;
        // The protocol's own pings show that the cloud is alive; these keep up what stands between.
        _socket.Options.KeepAliveInterval = pingInterval;
        _socket.Options.KeepAliveTimeout = pongTimeout;
    }

    /// <inheritdoc/>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await _socket.ConnectAsync(_address, _http, cancellation);
        }
        catch (Exception e) when (IsOfSocket(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw _isAborted ? UpdateSocketFaults.OfAbort(e) : UpdateSocketFaults.OfConnect(e, StatusOfAnswer());
        }

        if (_socket.SubProtocol != StreamRequests.Subprotocol)
            throw await EndAsync(WebSocketCloseStatus.ProtocolError, UpdateSocketFaults.OfSubprotocol());
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellation);
        }
        catch (Exception e) when (IsOfSocket(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw OfBroken(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellation)
    {
        if (_buffer.Length > LargestKept)
            _buffer = new byte[SmallestBuffer];
        var count = 0;
        while (true)
        {
            if (count == _buffer.Length)
                Grow();
            var received = await ReceiveFrameAsync(_buffer.AsMemory(count), cancellation);
            count += received.Count;
            if (received.MessageType == WebSocketMessageType.Close)
                throw await EndAsync(
                    WebSocketCloseStatus.NormalClosure,
                    UpdateSocketFaults.OfClose((int?)_socket.CloseStatus, _socket.CloseStatusDescription));
            if (received.MessageType == WebSocketMessageType.Binary)
                throw await EndAsync(WebSocketCloseStatus.InvalidMessageType, UpdateSocketFaults.OfBinaryMessage());
            if (count > UpdateSettings.MaxMessageBytes)
                throw await EndAsync(WebSocketCloseStatus.MessageTooBig, UpdateSocketFaults.OfSize(UpdateSettings.MaxMessageBytes));
            if (received.EndOfMessage)
                return _buffer.AsMemory(0, count);
        }
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _isAborted = true;
        _socket.Abort();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abort();
        _socket.Dispose();
        _http.Dispose();
    }

    // One byte more than a message may have: where that is filled the message is too large, and one that ends with an empty frame is not.
    private void Grow() => Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, UpdateSettings.MaxMessageBytes + 1));

    private async ValueTask<ValueWebSocketReceiveResult> ReceiveFrameAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, cancellation);
        }
        catch (Exception e) when (IsOfSocket(e))
        {
            cancellation.ThrowIfCancellationRequested();
            throw OfBroken(e);
        }
    }

    private HttpStatusCode? StatusOfAnswer() => _socket.HttpStatusCode == default ? null : _socket.HttpStatusCode;

    private UpdateSocketException OfBroken(Exception e) => _isAborted ? UpdateSocketFaults.OfAbort(e) : UpdateSocketFaults.Of(e);

    // Tells the other side why, where that is still possible, and waits for no answer.
    private async Task<UpdateSocketException> EndAsync(WebSocketCloseStatus status, UpdateSocketException why)
    {
        try
        {
            using var limit = new CancellationTokenSource(CloseTimeout);
            var isAnswer = _socket.State == WebSocketState.CloseReceived;
            var closing = _socket.CloseOutputAsync(status, null, limit.Token);
            // With both close frames out the platform would wait for the other side to hang up; that there are no more news is news itself.
            if (isAnswer)
                Abort();
            await closing;
        }
        catch (Exception e) when (IsOfSocket(e))
        {
            // It is gone already.
        }

        Abort();
        return why;
    }

    // A socket that was ended answers with any of these.
    private static bool IsOfSocket(Exception e) =>
        e is WebSocketException or OperationCanceledException or HttpRequestException or IOException or InvalidOperationException;

    [SuppressMessage("Reliability", "CA2000", Justification = "The invoker disposes of it.")]
    private static SocketsHttpHandler NewHandler() => new()
    {
        // The stream is where the settings say, and nowhere else.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = UpdateSettings.ConnectTimeout,
    };
}
