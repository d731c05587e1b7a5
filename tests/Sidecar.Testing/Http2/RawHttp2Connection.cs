using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;

namespace Sidecar.Testing.Http2;

/// <summary>A GOAWAY.</summary>
/// <param name="LastStream">The last stream that the server answers; 2^31-1 where it only gives notice.</param>
/// <param name="ErrorCode">Its error code; 0 for none.</param>
/// <param name="Timestamp">When it was read.</param>
public sealed record GoAway(int LastStream, int ErrorCode, long Timestamp);

/// <summary>An answer.</summary>
/// <param name="Headers">The fields before its body.</param>
/// <param name="Body">Its body.</param>
/// <param name="Trailers">The fields after its body; those before it where it has none.</param>
/// <param name="Timestamp">When it ended.</param>
public sealed record Http2Response(
    IReadOnlyDictionary<string, string> Headers, byte[] Body, IReadOnlyDictionary<string, string> Trailers, long Timestamp)
{
    private const int MessageHeader = 5;

    /// <summary>HTTP's status.</summary>
    public string Status => Headers[":status"];

    /// <summary>gRPC's status, or null.</summary>
    public string? GrpcStatus => Trailers.GetValueOrDefault("grpc-status");

    /// <summary>The one message of a gRPC answer.</summary>
    public ReadOnlySpan<byte> Message => Body.AsSpan(MessageHeader);
}

/// <summary>An answer that did not come: the stream was reset or the connection has ended.</summary>
/// <param name="message">What happened.</param>
public sealed class Http2LostException(string message) : IOException(message);

/// <summary>
/// A connection that speaks HTTP/2 frame by frame, for specs that look at the wire: any header may be sent, each GOAWAY is seen, and nothing
/// is tried again behind the spec's back.
/// </summary>
public sealed class RawHttp2Connection : IAsyncDisposable
{
    private const int LargestWindow = int.MaxValue;
    private const int DefaultWindow = 65_535;
    private const int HeaderTableSize = 1;
    private const int InitialWindowSize = 4;
    private const int Cancel = 8;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, Exchange> _exchanges = new();
    private readonly ConcurrentQueue<GoAway> _goAways = new();
    private readonly TaskCompletionSource<GoAway> _firstGoAway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private int _lastStream = -1;

    private RawHttp2Connection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <summary>The first GOAWAY; fails where the connection ends without one.</summary>
    public Task<GoAway> FirstGoAway => _firstGoAway.Task;

    /// <summary>Each GOAWAY so far.</summary>
    public IReadOnlyCollection<GoAway> GoAways => _goAways;

    /// <summary>Ends with the connection, whoever ended it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Called with each GOAWAY, before anything after it is read.</summary>
    public Action<GoAway>? OnGoAway { get; set; }

    /// <summary>Connects and exchanges the settings.</summary>
    /// <param name="address">Where.</param>
    /// <param name="tls">How to speak TLS; null for plaintext.</param>
    /// <param name="reads">Whether it reads what the server says; one that does not gets no answer.</param>
    public static Task<RawHttp2Connection> ConnectAsync(Uri address, SslClientAuthenticationOptions? tls = null, bool reads = true) => ConnectAsync(
        new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, socket => socket.ConnectAsync(address.Host, address.Port), tls, reads);

    /// <summary>Connects to a Unix socket and exchanges the settings.</summary>
    public static Task<RawHttp2Connection> ConnectAsync(string path) => ConnectAsync(
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        socket => socket.ConnectAsync(new UnixDomainSocketEndPoint(path)),
        tls: null);

    private static async Task<RawHttp2Connection> ConnectAsync(
        Socket socket, Func<Socket, Task> connect, SslClientAuthenticationOptions? tls, bool reads = true)
    {
        try
        {
            await connect(socket);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is not null)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsClientAsync(tls);
                stream = secure;
            }

            var connection = new RawHttp2Connection(socket, stream);
            await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
            await connection.WriteAsync(new(Http2FrameType.Settings, 0, 0, [.. Setting(HeaderTableSize, 0), .. Setting(InitialWindowSize, LargestWindow)]));
            await connection.WriteAsync(new(Http2FrameType.WindowUpdate, 0, 0, Http2Frame.Numbers(LargestWindow - DefaultWindow)));
            connection._reading = reads ? connection.ReadAsync() : Task.CompletedTask;
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a gRPC call with one message.</summary>
    /// <param name="path">The method's path.</param>
    /// <param name="message">The message.</param>
    /// <param name="more">Further header fields.</param>
    public Task<Http2Response> CallAsync(string path, byte[] message, params (string Name, string Value)[] more) =>
        SendAsync([.. FieldsOf(path), .. more], Framed(message));

    /// <summary>Begins a call and goes no further: its header fields, and none of its message. Nobody waits for its answer.</summary>
    /// <param name="path">The method's path.</param>
    /// <returns>Its stream.</returns>
    public Task<int> OpenAsync(string path) => BeginAsync(FieldsOf(path), null, isWhole: false, exchange: null);

    /// <summary>Makes a call, and does not wait for its answer.</summary>
    /// <param name="path">The method's path.</param>
    /// <param name="message">The message.</param>
    /// <returns>Its stream.</returns>
    public Task<int> PostAsync(string path, byte[] message) => BeginAsync(FieldsOf(path), Framed(message), isWhole: true, exchange: null);

    /// <summary>Makes a call and resets it at once.</summary>
    /// <param name="path">The method's path.</param>
    /// <param name="message">The message.</param>
    public async Task CallAndResetAsync(string path, byte[] message)
    {
        var stream = await PostAsync(path, message);
        await WriteAsync(new(Http2FrameType.Reset, 0, stream, Http2Frame.Numbers(Cancel)));
    }

    /// <summary>Sends a request.</summary>
    /// <param name="fields">All its header fields.</param>
    /// <param name="body">Its body, or null for none.</param>
    public async Task<Http2Response> SendAsync(IEnumerable<(string Name, string Value)> fields, byte[]? body = null)
    {
        var exchange = new Exchange();
        await BeginAsync(fields, body, isWhole: true, exchange);
        return await exchange.Response.Task;
    }

    // Not compressed, and its length.
    private static byte[] Framed(byte[] message)
    {
        byte[] body = [0, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        return body;
    }

    private (string Name, string Value)[] FieldsOf(string path) =>
    [
        (":method", "POST"), (":scheme", _stream is SslStream ? "https" : "http"), (":path", path), (":authority", "localhost"),
        ("te", "trailers"), ("content-type", "application/grpc"),
    ];

    private async Task<int> BeginAsync(IEnumerable<(string Name, string Value)> fields, byte[]? body, bool isWhole, Exchange? exchange)
    {
        var block = HeaderBlock.Write(fields);
        await _writing.WaitAsync();
        try
        {
            var stream = _lastStream += 2;
            if (exchange is not null)
                _exchanges[stream] = exchange;
            // One write for both, as a client does that knows the whole request.
            byte[] bytes =
            [
                .. new Http2Frame(Http2FrameType.Headers, (byte)(Http2Frame.EndHeaders | (isWhole && body is null ? Http2Frame.EndStream : 0)), stream, block)
                    .ToBytes(),
                .. body is null ? [] : new Http2Frame(Http2FrameType.Data, Http2Frame.EndStream, stream, body).ToBytes(),
            ];
            if (_ended.Task.IsCompleted)
                throw new Http2LostException("the connection has ended");
            await _stream.WriteAsync(bytes);
            return stream;
        }
        catch (Exception e) when (e is IOException and not Http2LostException or ObjectDisposedException)
        {
            throw new Http2LostException(e.Message);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Drops the connection, calls and all.</summary>
    public void Drop() => _socket.Close();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Drop();
        await _reading;
        await _stream.DisposeAsync();
        _writing.Dispose();
    }

    private static byte[] Setting(int id, int value)
    {
        var bytes = new byte[6];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)id);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(2), value);
        return bytes;
    }

    private async Task WriteAsync(Http2Frame frame)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(frame.ToBytes());
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        var why = "the connection has ended";
        try
        {
            while (await Http2Frame.ReadAsync(_stream) is { } frame)
                await OnFrameAsync(frame);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            why = e.Message;
        }

        _firstGoAway.TrySetException(new Http2LostException("the connection ended without GOAWAY"));
        _ = _firstGoAway.Task.Exception;
        _ended.TrySetResult();
        // A request that is being written sees the end itself, or is found here.
        await _writing.WaitAsync();
        _writing.Release();
        foreach (var exchange in _exchanges.Values)
            exchange.Lose(why);
        _stream.Close();
    }

    private async Task OnFrameAsync(Http2Frame frame)
    {
        switch (frame.Type)
        {
            case Http2FrameType.Settings when !frame.IsLast:
                await WriteAsync(new(Http2FrameType.Settings, Http2Frame.EndStream, 0, []));
                break;
            case Http2FrameType.Ping when !frame.IsLast:
                await WriteAsync(frame with { Flags = Http2Frame.EndStream });
                break;
            case Http2FrameType.GoAway:
                var goAway = new GoAway(frame.Number(), frame.Number(sizeof(int)), Stopwatch.GetTimestamp());
                _goAways.Enqueue(goAway);
                OnGoAway?.Invoke(goAway);
                _firstGoAway.TrySetResult(goAway);
                foreach (var (stream, exchange) in _exchanges.Where(pair => pair.Key > goAway.LastStream))
                    exchange.Lose($"stream {stream} is beyond the last one that is answered");
                break;
            case Http2FrameType.Headers or Http2FrameType.Data or Http2FrameType.Reset when _exchanges.TryGetValue(frame.Stream, out var exchange):
                if (exchange.Take(frame))
                    _exchanges.TryRemove(frame.Stream, out _);
                break;
        }
    }

    private sealed class Exchange
    {
        private readonly Dictionary<string, string> _trailers = new(StringComparer.Ordinal);
        private readonly ArrayBufferWriter<byte> _body = new();
        private Dictionary<string, string>? _headers;

        public TaskCompletionSource<Http2Response> Response { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Take(Http2Frame frame)
        {
            switch (frame.Type)
            {
                case Http2FrameType.Reset:
                    Lose($"the stream was reset with {frame.Number()}");
                    return true;
                case Http2FrameType.Data:
                    _body.Write(frame.Payload);
                    break;
                default:
                    var fields = _headers is null ? _headers = new(StringComparer.Ordinal) : _trailers;
                    foreach (var (name, value) in HeaderBlock.Read(frame.Payload))
                        fields[name] = value;
                    break;
            }

            if (frame.IsLast)
            {
                var isWhole = _trailers.Count == 0 && _body.WrittenCount == 0;
                Response.TrySetResult(new(_headers!, _body.WrittenSpan.ToArray(), isWhole ? _headers! : _trailers, Stopwatch.GetTimestamp()));
            }

            return frame.IsLast;
        }

        public void Lose(string why)
        {
            Response.TrySetException(new Http2LostException(why));
            // Nobody may be waiting for it.
            _ = Response.Task.Exception;
        }
    }
}
