using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Sidecar.Host;

/// <summary>
/// Ports that the service can do without: opened before the server starts, and held until it takes them. One that was only tried out could be
/// taken in between by another process, and the server's failure to open it would be the end of this one.
/// </summary>
internal sealed class HeldPorts : IDisposable
{
    // What the server sets in its place when it takes the port.
    private const int Backlog = 512;

    private readonly Dictionary<IPEndPoint, Socket> _held = [];

    /// <summary>Why a port can't be opened, or null.</summary>
    public static string? WhyClosed(IPAddress address, int port)
    {
        var reason = TryOpen(new IPEndPoint(address, port), out var socket);
        socket?.Dispose();
        return reason;
    }

    /// <summary>Opens a port.</summary>
    /// <returns>Why it can't be opened, or null.</returns>
    public string? TryHold(IPAddress address, int port)
    {
        var place = new IPEndPoint(address, port);
        var reason = TryOpen(place, out var socket);
        if (socket is not null)
            _held.Add(place, socket);
        return reason;
    }

    /// <summary>Hands a port over; null for one that is not held.</summary>
    public Socket? Take(EndPoint place) => place is IPEndPoint address && _held.Remove(address, out var socket) ? socket : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _held.Values)
            socket.Dispose();
        _held.Clear();
    }

    private static string? TryOpen(IPEndPoint place, out Socket? socket)
    {
        socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(place);
            // Two sockets may be bound to one port as long as neither listens.
            socket.Listen(Backlog);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressFamilyNotSupported)
        {
            // A host without IPv6: the listener takes the other family by itself.
            return null;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            socket = null;
            return e.Message;
        }
    }
}
