using System.Buffers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sidecar.Emulator.Api;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Updates;

/// <summary>One client, from its upgrade to its end.</summary>
internal sealed class UpdateSocket
{
    private const int MostMessageBytes = 1024 * 1024;
    private const int BufferBytes = 16 * 1024;
    private static readonly TimeSpan PatienceWithClose = TimeSpan.FromSeconds(10);

    private readonly HttpContext _context;
    private readonly WebSocket _webSocket;
    private readonly EmulatorControl _control;
    private readonly TimeProvider _time;
    private readonly SocketOutput _output;
    private readonly SocketSubscriptions _subscriptions;
    private readonly int _number;
    private volatile bool _initialized;
    private bool _acknowledged;

    public UpdateSocket(HttpContext context, WebSocket webSocket, EmulatorControl control, TimeProvider time)
    {
        (_context, _webSocket, _control, _time) = (context, webSocket, control, time);
        Gate = context.Features.GetRequiredFeature<SocketGate>();
        _number = Counts.Opened();
        _output = new SocketOutput(webSocket, control.Updates, Overflowed);
        _subscriptions = new SocketSubscriptions(_number, _output, Counts);
    }

    public SocketGate Gate { get; }

    private UpdateFaults Faults => _control.Updates.Faults;

    private UpdateCounters Counts => _control.Updates.Counts;

    /// <inheritdoc cref="SocketSubscriptions.Deliver"/>
    public int Deliver(Update update) => _subscriptions.Deliver(update);

    /// <inheritdoc cref="SocketSubscriptions.EndAll"/>
    public int EndSubscriptions(Func<string, ReadOnlyMemory<byte>> last) => _subscriptions.EndAll(last);

    /// <inheritdoc cref="SocketOutput.Send"/>
    public bool Send(ReadOnlyMemory<byte> text) => _output.Send(text);

    /// <inheritdoc cref="SocketOutput.Close"/>
    public bool Close(CloseFrame close)
    {
        var closes = _output.Close(close);
        _subscriptions.Clear();
        return closes;
    }

    /// <summary>Resets the connection.</summary>
    public void Cut()
    {
        try
        {
            AnswerDelivery.Reset(_context);
        }
        catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Serves the client until it has gone.</summary>
    /// <param name="inProtocol">Whether the client speaks the one protocol.</param>
    /// <param name="stopping">The emulator stops.</param>
    public async Task RunAsync(bool inProtocol, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted, stopping);
        await using var patience = _time.CreateTimer(
            _ => LoseNoInit(), state: null, _control.Updates.InitTimeout, Timeout.InfiniteTimeSpan);
        if (!inProtocol)
            Close(CloseFrame.WrongProtocol);
        var reading = ReadAsync(ended.Token);
        var writing = _output.WriteAsync(ended.Token);
        try
        {
            await await Task.WhenAny(reading, writing);
            await Task.WhenAll(reading, writing).WaitAsync(PatienceWithClose, _time, ended.Token);
        }
        catch (Exception over) when (over is WebSocketException or IOException or OperationCanceledException or TimeoutException
            or ObjectDisposedException or ConnectionAbortedException)
        {
            _context.Abort();
        }
        finally
        {
            _output.End();
            await ended.CancelAsync();
            await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _subscriptions.Clear();
        }
    }

    /// <summary>Counts the connection as gone.</summary>
    public void Gone() => Counts.Closed(_number);

    private void LoseNoInit()
    {
        if (!_initialized)
            Close(CloseFrame.NoInit);
    }

    private void Overflowed()
    {
        Counts.Overflowed();
        Cut();
    }

    private async Task ReadAsync(CancellationToken ended)
    {
        var buffer = new byte[BufferBytes];
        var message = new ArrayBufferWriter<byte>();
        while (true)
        {
            var part = await _webSocket.ReceiveAsync(buffer.AsMemory(), ended);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                Close(CloseFrame.Usual);
                return;
            }
            // Behind a close of ours only the client's own is still of interest.
            if (_output.IsEnded)
                continue;
            message.Write(buffer.AsSpan(0, part.Count));
            if (message.WrittenCount > MostMessageBytes)
                Close(CloseFrame.TooBig);
            else if (part.EndOfMessage)
            {
                await TakeAsync(part.MessageType, message.WrittenMemory, ended);
                message.ResetWrittenCount();
            }
        }
    }

    private async Task TakeAsync(WebSocketMessageType type, ReadOnlyMemory<byte> utf8, CancellationToken ended)
    {
        try
        {
            if (type is not WebSocketMessageType.Text)
                throw new ApiRefusalException("a message is a text");
            await TakeAsync(ClientMessage.Parse(utf8.Span), ended);
        }
        catch (ApiRefusalException wrong)
        {
            Close(CloseFrame.BadMessage(wrong.Message));
        }
    }

    private async Task TakeAsync(ClientMessage message, CancellationToken ended)
    {
        switch (message)
        {
            case ClientMessage.Init when _initialized:
                Close(CloseFrame.TooManyInits);
                break;
            case ClientMessage.Init init:
                Initialize(init.Payload);
                break;
            case ClientMessage.Ping ping:
                Counts.PingSeen();
                if (Faults.AnswersPings)
                    Answer(ServerMessage.Pong(ping.Payload), ended);
                break;
            case ClientMessage.Pong:
                Counts.PongSeen();
                break;
            case not null when !_acknowledged:
                Close(CloseFrame.Unauthorized);
                break;
            case ClientMessage.Subscribe subscribe:
                if (!await _subscriptions.AddAsync(subscribe, ended))
                    Close(CloseFrame.IdInUse(subscribe.Id));
                break;
            case ClientMessage.Complete complete:
                _subscriptions.Remove(complete.Id);
                break;
        }
    }

    private void Initialize(JsonElement? payload)
    {
        _initialized = true;
        var headers = Headers(payload);
        var rightKey = SenderHeaders.HasKey(headers, _control.ApiKey);
        var faults = SenderHeaders.Updates.Faults(headers);
        Counts.InitSeen(new SeenInit(_number, _time.GetUtcNow(), SenderHeaders.Updates.Sent(headers), faults, rightKey));
        if (Faults.TakeRefusal(atInit: true)?.Close is { } refused)
            Close(refused);
        else if (!rightKey)
            Close(CloseFrame.Of(_control.Updates.InvalidKeyCode, CloseFrame.InvalidKey.Reason));
        else if (!faults.IsEmpty)
            Close(CloseFrame.BadMessage($"absent or unfit: {string.Join(", ", faults)}"));
        else if (Faults.Acknowledges)
        {
            _acknowledged = true;
            Counts.Acknowledged(_number);
            Send(ServerMessage.Ack);
        }
    }

    private static HeaderDictionary Headers(JsonElement? payload)
    {
        var headers = new HeaderDictionary();
        if (payload is not { } given || !given.TryGetProperty("headers", out var all))
            return headers;
        if (all.ValueKind is not JsonValueKind.Object)
            throw new ApiRefusalException("headers must be an object");
        foreach (var header in all.EnumerateObject())
            headers[header.Name] = header.Value.ValueKind is JsonValueKind.String
                ? StringValues.Concat(headers[header.Name], header.Value.GetString())
                : throw new ApiRefusalException("a header must be a text");
        return headers;
    }

    private void Answer(ReadOnlyMemory<byte> pong, CancellationToken ended)
    {
        if (Faults.PongDelay is var delay && delay > TimeSpan.Zero)
            _ = SendLaterAsync(pong, delay, ended);
        else
            Send(pong);
    }

    private async Task SendLaterAsync(ReadOnlyMemory<byte> text, TimeSpan delay, CancellationToken ended)
    {
        await Task.Delay(delay, _time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Send(text);
    }
}
