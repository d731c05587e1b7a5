using System.Net.WebSockets;
using System.Threading.Channels;

namespace Sidecar.Emulator.Updates;

/// <summary>What goes out to one client: a queue with a bound, and the one who writes it in order. Safe for many threads.</summary>
/// <param name="webSocket">Where to write.</param>
/// <param name="stream">How to write, and where to count.</param>
/// <param name="overflowed">The client reads too slowly. It is called once at most, and nothing is sent behind it.</param>
internal sealed class SocketOutput(WebSocket webSocket, UpdateStream stream, Action overflowed)
{
    private readonly Lock _lock = new();
    private readonly Channel<Item> _items =
        Channel.CreateBounded<Item>(new BoundedChannelOptions(UpdateStream.MostQueued) { SingleReader = true });

    private bool _ended;

    /// <summary>Whether nothing more can be sent.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_lock)
                return _ended;
        }
    }

    /// <summary>Puts a message behind the others; false where it can't be sent any more.</summary>
    public bool Send(ReadOnlyMemory<byte> text) => Add(new Item(text, Close: null), last: false);

    /// <summary>Closes the socket behind all that waits already.</summary>
    public bool Close(CloseFrame close) => Add(new Item(default, close), last: true);

    /// <summary>Sends no more than what waits already.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _items.Writer.TryComplete();
        }
    }

    /// <summary>Writes until the end.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in _items.Reader.ReadAllAsync(cancellationToken))
            if (item.Close is { } close)
                await webSocket.CloseOutputAsync((WebSocketCloseStatus)close.Code, close.Reason, cancellationToken);
            else
            {
                await WriteAsync(item.Text, cancellationToken);
                stream.Counts.MessageSent();
            }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var most = stream.Faults.FrameBytes is > 0 and var bytes ? bytes : int.MaxValue;
        while (text.Length > most)
        {
            await webSocket.SendAsync(text[..most], WebSocketMessageType.Text, endOfMessage: false, cancellationToken);
            text = text[most..];
        }
        await webSocket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
    }

    private bool Add(Item item, bool last)
    {
        lock (_lock)
        {
            if (_ended)
                return false;
            var fits = _items.Writer.TryWrite(item);
            if (last || !fits)
                End();
            if (!fits)
                overflowed();
            return fits;
        }
    }

    private readonly record struct Item(ReadOnlyMemory<byte> Text, CloseFrame? Close);
}
