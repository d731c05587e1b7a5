using System.Net;
using System.Net.Sockets;

namespace Sidecar.Testing;

/// <summary>Ports of 127.0.0.1.</summary>
public static class Ports
{
    /// <summary>One that is free now; whoever takes it in between makes the start fail, which says so.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
