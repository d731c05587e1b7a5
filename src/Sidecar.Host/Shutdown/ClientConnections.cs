using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sidecar.Host.Shutdown;

/// <summary>The open connections of the listeners that serve clients, each with the calls under way on it.</summary>
internal sealed class ClientConnections
{
    private readonly List<ListenOptions> _listeners = [];
    private readonly ConcurrentDictionary<ClientConnection, bool> _open = new();

    /// <summary>Where these listeners listen, once they do.</summary>
    public IReadOnlyCollection<EndPoint> EndPoints => _listeners.ConvertAll(listen => listen.EndPoint);

    /// <summary>The open connections.</summary>
    public IEnumerable<ClientConnection> Open => _open.Select(pair => pair.Key);

    /// <summary>Whether none is open.</summary>
    public bool IsEmpty => _open.IsEmpty;

    /// <summary>What closes them when they are old, or null.</summary>
    public ConnectionAging? Aging { get; set; }

    /// <summary>Follows the connections of a listener.</summary>
    /// <param name="listen">The listener.</param>
    /// <param name="isSequential">
    /// Whether calls come one after another, as over HTTP/1.1. The last answer says then that the connection is closed; one that stayed open for the
    /// client to close it first (see <see cref="LingeringTransport"/>) would be taken for one that can be used.
    /// </param>
    public void Follow(ListenOptions listen, bool isSequential = false)
    {
        _listeners.Add(listen);
        listen.Use(next => async connection =>
        {
            var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>()
                ?? throw new InvalidOperationException("the server's connections can be asked to close");
            var record = new ClientConnection(
                lifetime.RequestClose, () => connection.Abort(new ConnectionAbortedException("the service has ended the connection")), Aging?.NextDue())
            {
                IsSequential = isSequential,
            };
            connection.Features.Set(record);
            var transport = isSequential ? null : new LingeringTransport(connection.Transport);
            connection.Transport = transport ?? connection.Transport;
            Add(record);
            try
            {
                await next(connection);
                if (record.IsCloseRequested && transport is not null)
                    await transport.WaitForClientAsync(connection.ConnectionClosed);
            }
            finally
            {
                Remove(record);
            }
        });
    }

    /// <summary>Adds a connection.</summary>
    public void Add(ClientConnection connection) => _open.TryAdd(connection, value: true);

    /// <summary>Takes a connection out.</summary>
    public void Remove(ClientConnection connection) => _open.TryRemove(connection, out _);
}
