using System.Net;
using System.Net.Sockets;

namespace Sidecar.Host;

/// <summary>Tries out whether a port can be opened.</summary>
internal static class PortProbe
{
    /// <summary>Why a port can't be opened, or null.</summary>
    public static string? WhyClosed(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressFamilyNotSupported)
        {
            // A host without IPv6: the listener takes the other family by itself.
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }
}
