using System.Net;
using System.Net.Sockets;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Stands before a redis-server and lets each command of a connection wait, one after the other.</summary>
internal sealed class SlowRedis : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _under = [];
    private readonly int _port;
    private readonly Task _accepting;
    private volatile int _delayMs;

    /// <summary>Begins, without any delay.</summary>
    /// <param name="port">The server's port.</param>
    public SlowRedis(int port)
    {
        _port = port;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long each command waits, in ms.</summary>
    public int DelayMs
    {
        get => _delayMs;
        set => _delayMs = value;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_under);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _under.Add(JoinAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (IsEnd(e))
        {
            // It is over.
        }
    }

    private async Task JoinAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
                await Task.WhenAny(PassAsync(client, server, areCommands: true), PassAsync(server, client, areCommands: false));
            }
            catch (Exception e) when (IsEnd(e))
            {
                // One of the two has gone.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool areCommands)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is var count && count > 0)
            {
                if (areCommands)
                    await Task.Delay(_delayMs * CommandsIn(buffer.AsSpan(0, count)), _stop.Token);
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of the two has gone.
        }
    }

    // A command begins with the number of its words; no text that is sent has an end of line in it.
    private static int CommandsIn(ReadOnlySpan<byte> sent) => sent.Count("\r\n*"u8) + (sent[0] == (byte)'*' ? 1 : 0);

    private static bool IsEnd(Exception e) => e is OperationCanceledException or SocketException or ObjectDisposedException;
}
