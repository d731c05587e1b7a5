using System.Net;
using System.Net.Sockets;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A way to a server that can stand still: nothing comes through then, and no connection ends for that.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Uri _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins.</summary>
    /// <param name="address">Where it listens, on any free port.</param>
    /// <param name="server">Where it leads.</param>
    public TcpRelay(IPAddress address, Uri server)
    {
        _listener = new TcpListener(address, 0);
        _server = server;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Holds everything back from now on.</summary>
    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets all of it through.</summary>
    public void Thaw() => _open.TrySetResult();

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
                under.RemoveAll(static one => one.IsCompletedSuccessfully);
                under.Add(JoinAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(under);
        }
    }

    private async Task JoinAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                (client.NoDelay, server.NoDelay) = (true, true);
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
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
            await _open.Task.WaitAsync(_stop.Token);
            for (var sent = 0; sent < count;)
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
        }

        await _open.Task.WaitAsync(_stop.Token);
        to.Shutdown(SocketShutdown.Send);
    }
}
