using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Support;

/// <summary>A socket whose other side is a spec. Its one buffer is overwritten with each message, as that of a real one.</summary>
internal sealed class FakeUpdateSocket : IUpdateSocket
{
    private readonly Channel<byte[]> _coming = Channel.CreateUnbounded<byte[]>();
    private readonly ConcurrentQueue<string> _sent = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[1024];
    private int _taken;
    private int _sending;
    private int _mostSending;
    private volatile bool _isWaiting;

    /// <summary>Whether the other side takes nothing.</summary>
    public bool TakesNothing { get; set; }

    /// <summary>What was sent.</summary>
    public IReadOnlyList<string> Sent => [.. _sent];

    /// <summary>Messages that were received.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Sends that were under way at once, at most.</summary>
    public int MostSending => _mostSending;

    /// <summary>Whether a receive waits for a message.</summary>
    public bool IsWaiting => _isWaiting;

    public bool IsAborted => _aborted.Task.IsCompleted;

    public bool IsDisposed { get; private set; }

    /// <summary>Lets the connection stand.</summary>
    public void Open() => _connected.TrySetResult();

    /// <summary>Lets it not come to a connection.</summary>
    public void Refuse(Exception why) => _connected.TrySetException(why);

    public void Refuse(UpdateSocketFault fault) => Refuse(new UpdateSocketException(fault, $"refused: {fault}"));

    /// <summary>Says something.</summary>
    public void Say(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
            _coming.Writer.TryWrite(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Ends the connection, after what was said.</summary>
    public void Drop(UpdateSocketFault fault = UpdateSocketFault.Network) =>
        _coming.Writer.TryComplete(new UpdateSocketException(fault, $"dropped: {fault}"));

    /// <summary>Ends the connection as the cloud does, after what was said.</summary>
    public void Close() =>
        _coming.Writer.TryComplete(new UpdateSocketException(UpdateSocketFault.Closed, "closed") { IsByCloud = true });

    public Task ConnectAsync(CancellationToken cancellation) => _connected.Task.WaitAsync(cancellation);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        _mostSending = Math.Max(_mostSending, Interlocked.Increment(ref _sending));
        await Task.Yield();
        _sent.Enqueue(Encoding.UTF8.GetString(message.Span));
        if (TakesNothing)
            await _aborted.Task.WaitAsync(cancellation);
        Interlocked.Decrement(ref _sending);
        if (IsAborted)
            throw new UpdateSocketException(UpdateSocketFault.Network, "aborted");
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellation)
    {
        Array.Fill(_buffer, (byte)'?');
        _isWaiting = true;
        byte[] message;
        try
        {
            message = await _coming.Reader.ReadAsync(cancellation);
        }
        catch (ChannelClosedException e)
        {
            throw e.InnerException!;
        }

        _isWaiting = false;
        Interlocked.Increment(ref _taken);
        message.CopyTo(_buffer, 0);
        return _buffer.AsMemory(0, message.Length);
    }

    public void Abort()
    {
        if (_aborted.TrySetResult())
            _coming.Writer.TryComplete(new UpdateSocketException(UpdateSocketFault.Network, "aborted"));
    }

    public void Dispose() => IsDisposed = true;
}

/// <summary>Takes news in as a spec says.</summary>
internal sealed class FakeNewsDesk : INewsDesk
{
    private readonly ConcurrentQueue<(News News, TaskCompletionSource<NewsOutcome> Applied)> _brought = new();

    /// <summary>Whether news is applied at once.</summary>
    public bool AppliesAtOnce { get; set; } = true;

    /// <summary>What was brought, as <see cref="FakeUpdates.Read"/> names it.</summary>
    public IReadOnlyList<string> Brought => [.. _brought.Select(b => b.News is EntryNews news ? news.Key.CustomerId : "all")];

    /// <summary>Whether bringing throws.</summary>
    public bool IsBroken { get; set; }

    public Task<NewsOutcome> BringAsync(News news)
    {
        if (IsBroken)
            throw new InvalidOperationException("the desk is broken");
        var applied = new TaskCompletionSource<NewsOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _brought.Enqueue((news, applied));
        if (AppliesAtOnce)
            applied.SetResult(NewsOutcome.Applied);
        return applied.Task;
    }

    /// <summary>Ends the applying of the n-th news.</summary>
    public void Apply(int index) => _brought.ElementAt(index).Applied.TrySetResult(NewsOutcome.Applied);
}

/// <summary>The cloud's side of the stream of updates, in words of one line instead of JSON.</summary>
internal sealed class FakeUpdates
{
    private readonly ConcurrentQueue<FakeUpdateSocket> _sockets = new();

    /// <summary>Who takes the news in.</summary>
    public FakeNewsDesk Desk { get; } = new();

    /// <summary>What is done to each socket that is made.</summary>
    public Action<FakeUpdateSocket> OnSocket { get; set; } = socket => socket.Open();

    /// <summary>The sockets that were made.</summary>
    public IReadOnlyList<FakeUpdateSocket> Sockets => [.. _sockets];

    /// <summary>What the actors get.</summary>
    public UpdateStreamServices Services => new()
    {
        Settings = new UpdateSettings { Url = new Uri("ws://api.test"), Identity = TestCloud.Identity },
        Socket = () =>
        {
            var socket = new FakeUpdateSocket();
            OnSocket(socket);
            _sockets.Enqueue(socket);
            return socket;
        },
        Desk = () => Desk,
        Decode = Read,
    };

    /// <summary>Reads the words: ack, ping, pong, news of a customer, bad (of a customer), ended (with a code), crash.</summary>
    public static StreamMessage Read(ReadOnlySpan<byte> utf8)
    {
        var words = Encoding.UTF8.GetString(utf8).Split(' ');
        return (words[0], words.ElementAtOrDefault(1)) switch
        {
            ("ack", _) => new StreamMessage.Acknowledged(),
            ("ping", _) => new StreamMessage.Ping(),
            ("pong", _) => new StreamMessage.Pong(),
            ("news", { } customer) => new StreamMessage.Told(new EntryChanged(new EntryKey(customer), NewsKind.Usage)),
            ("bad", null) => new StreamMessage.Unreadable("no type"),
            ("bad", { } customer) => new StreamMessage.Unreadable(
                "no date", NewsKind.Usage, new EntryChanged(new EntryKey(customer), NewsKind.Usage)),
            ("ended", var code) => new StreamMessage.Ended("OnSomething", code is null ? null : new CloudError("text", code)),
            _ => throw new InvalidOperationException("the decoder is broken"),
        };
    }
}
