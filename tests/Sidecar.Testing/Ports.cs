using System.Net;
using System.Net.Sockets;

namespace Sidecar.Testing;

/// <summary>Ports of this machine's own addresses.</summary>
public static class Ports
{
    // Below those that the system gives away by itself.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    /// <summary>One that is free now on some addresses, and the next one as well.</summary>
    /// <param name="addresses">The addresses.</param>
    public static int FreePair(params IReadOnlyList<IPAddress> addresses)
    {
        while (true)
        {
            var port = Random.Shared.Next(Lowest, Highest);
            if (addresses.All(address => IsFree(address, port) && IsFree(address, port + 1)))
                return port;
        }
    }

    /// <summary>One of 127.0.0.1 that is free now; whoever takes it in between makes the start fail, which says so.</summary>
    public static int Free()
    {
        using var listener = Listen(IPAddress.Loopback);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Listens on one that is free. Whoever stops, and listens there again later, finds it free still: the system gives it to nobody.</summary>
    /// <param name="address">The address.</param>
    public static TcpListener Listen(IPAddress address)
    {
        while (true)
        {
            var listener = new TcpListener(address, Random.Shared.Next(Lowest, Highest));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                listener.Dispose();
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
