using System.Net;
using System.Net.Sockets;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>
/// One address in front of some services, as a Service of Kubernetes is: each new connection goes to the next of those that are known, and
/// stays there. It knows nothing of HTTP.
/// </summary>
internal sealed class TcpBalancer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile Uri[] _backends;
    private int _connections;

    /// <summary>Begins.</summary>
    public TcpBalancer(params Uri[] backends)
    {
        _backends = backends;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>How many have connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Whom new connections go to from now on.</summary>
    public void Use(params Uri[] backends) => _backends = backends;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var under = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                var backends = _backends;
                under.Add(JoinAsync(client, backends[(Interlocked.Increment(ref _connections) - 1) % backends.Length]));
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
        using (client)
        {
            try
            {
                (client.NoDelay, server.NoDelay) = (true, true);
                await server.ConnectAsync(backend.Host, backend.Port, _stop.Token);
                await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One side is gone; both are closed.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
        {
            for (var sent = 0; sent < count;)
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
