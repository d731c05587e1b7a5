using System.Net;
using System.Net.Sockets;

namespace Sidecar.Testing;

/// <summary>Ports of this machine's own addresses.</summary>
public static class Ports
{
    // Below those that the system gives away by itself.
    private const int LowestPair = 20_000;
    private const int HighestPair = 32_000;

    /// <summary>One that is free now on some addresses, and the next one as well.</summary>
    /// <param name="addresses">The addresses.</param>
    public static int FreePair(params IReadOnlyList<IPAddress> addresses)
    {
        while (true)
        {
            var port = Random.Shared.Next(LowestPair, HighestPair);
            if (addresses.All(address => IsFree(address, port) && IsFree(address, port + 1)))
                return port;
        }
    }

    /// <summary>One of 127.0.0.1 that is free now; whoever takes it in between makes the start fail, which says so.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
