using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>
/// A way to one or some servers that can go wrong under open connections. It knows nothing of HTTP. With some servers it is like a Service of
/// Kubernetes: each new connection goes to the next one, and stays there.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    // A throttled way lets its share of this time through at once.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);
    private readonly IPAddress _address;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Lock _lock = new();
    private TcpListener _listener;
    private Task _accepting;
    private ProxyMode _mode = ProxyMode.Pass;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Uri[] _servers;
    private int _connections;

    /// <summary>Begins on a free port of 127.0.0.1.</summary>
    public FaultProxy(params Uri[] servers)
        : this(IPAddress.Loopback, servers)
    {
    }

    /// <summary>Begins.</summary>
    /// <param name="address">Where it listens, on any free port.</param>
    /// <param name="servers">Where it leads.</param>
    public FaultProxy(IPAddress address, params Uri[] servers)
    {
        _address = address;
        _servers = servers;
        _listener = Ports.Listen(address);
        Address = new($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; }

    /// <summary>How many have connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>What is done to bytes from now on, also on connections that are open, also to bytes that are held back or late.</summary>
    public ProxyMode Mode
    {
        get => Volatile.Read(ref _mode);
        set
        {
            TaskCompletionSource former;
            lock (_lock)
            {
                Volatile.Write(ref _mode, value);
                former = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            former.SetResult();
        }
    }

    /// <summary>Whom new connections go to from now on.</summary>
    public void Use(params Uri[] servers) => _servers = servers;

    /// <summary>Holds everything back from now on.</summary>
    public void Freeze() => Mode = ProxyMode.Frozen;

    /// <summary>Lets all of it through.</summary>
    public void Thaw() => Mode = ProxyMode.Pass;

    /// <summary>Resets all connections.</summary>
    public void Cut()
    {
        foreach (var (socket, _) in _open)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Close();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has ended by itself.
            }
        }
    }

    /// <summary>Refuses new connections from now on, and resets those that are open.</summary>
    public async Task RefuseAsync()
    {
        _listener.Stop();
        // One that was accepted just now may have missed the round.
        for (; !_accepting.IsCompleted; await Task.WhenAny(_accepting, Task.Delay(Slice)))
            Cut();
        await _accepting;
    }

    /// <summary>Accepts connections again, at the same address.</summary>
    public void Accept()
    {
        _listener = new TcpListener(_address, Address.Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        var under = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(_stop.Token);
                var servers = _servers;
                under.RemoveAll(static one => one.IsCompletedSuccessfully);
                under.Add(JoinAsync(client, servers[(Interlocked.Increment(ref _connections) - 1) % servers.Length]));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(under);
        }
    }

    private async Task JoinAsync(Socket client, Uri backend)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        (_open[client], _open[server]) = (true, true);
        using (client)
        {
            try
            {
                (client.NoDelay, server.NoDelay) = (true, true);
                await server.ConnectAsync(backend.Host, backend.Port, _stop.Token);
                await Task.WhenAll(PumpAsync(client, server, isAnswer: false), PumpAsync(server, client, isAnswer: true));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone; both are closed.
            }
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(server, out _);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
                await PassAsync(buffer.AsMemory(0, count), to, isAnswer);
            while (_changed.Task is var changed && Mode.Kind is ProxyKind.Frozen or ProxyKind.HalfOpen)
                await changed.WaitAsync(_stop.Token);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other way ends as well.
            from.Dispose();
            to.Dispose();
            throw;
        }
    }

    private async Task PassAsync(Memory<byte> bytes, Socket to, bool isAnswer)
    {
        while (bytes.Length > 0)
        {
            await ThawedAsync();
            var changed = _changed.Task;
            var mode = Mode;
            var count = mode.Kind is ProxyKind.Throttled
                ? Math.Min(bytes.Length, Math.Max(1, (int)(mode.BytesPerSecond * Slice.TotalSeconds)))
                : bytes.Length;
            switch (mode.Kind)
            {
                case ProxyKind.HalfOpen:
                    return;
                case ProxyKind.Garbage when isAnswer:
                    Random.Shared.NextBytes(bytes.Span);
                    break;
                case ProxyKind.Delayed:
                    await PauseAsync(mode.Delay, changed);
                    break;
                case ProxyKind.Throttled:
                    await PauseAsync(TimeSpan.FromSeconds((double)count / mode.BytesPerSecond), changed);
                    break;
            }

            await SendAsync(bytes[..count], to);
            bytes = bytes[count..];
        }
    }

    private async Task ThawedAsync()
    {
        while (_changed.Task is var changed && Mode.Kind is ProxyKind.Frozen)
            await changed.WaitAsync(_stop.Token);
    }

    // A pause ends with its mode: what was to be very late is not late any more when the way is well again.
    private async Task PauseAsync(TimeSpan time, Task changed)
    {
        await Task.WhenAny(Task.Delay(time, _stop.Token), changed);
        _stop.Token.ThrowIfCancellationRequested();
    }

    private async Task SendAsync(Memory<byte> bytes, Socket to)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await to.SendAsync(bytes[sent..], _stop.Token);
    }
}
