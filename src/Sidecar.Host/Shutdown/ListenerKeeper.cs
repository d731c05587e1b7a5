using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Sidecar.Host.Shutdown;

/// <summary>
/// Opens the server's sockets and keeps them, so that some can be closed while the connections behind them go on: with an open listener
/// each client that is sent away comes straight back.
/// </summary>
/// <param name="sockets">The transport.</param>
/// <param name="unixSocket">The Unix socket, or null.</param>
internal sealed class ListenerKeeper(SocketTransportFactory sockets, GrpcSocket? unixSocket) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ConcurrentBag<IConnectionListener> _listeners = [];

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await sockets.BindAsync(endpoint, cancellationToken);
        _listeners.Add(listener);
        return listener;
    }

    /// <summary>Closes the listeners at some endpoints; the server closes them once more at its own end, which does no harm.</summary>
    public async Task UnbindAsync(IReadOnlyCollection<EndPoint> endpoints)
    {
        foreach (var listener in _listeners.Where(listener => endpoints.Contains(listener.EndPoint)))
            await listener.UnbindAsync();
        unixSocket?.Remove();
    }
}
