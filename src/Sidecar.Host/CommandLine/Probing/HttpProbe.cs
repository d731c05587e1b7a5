using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Host.CommandLine.Probing;

/// <summary>
/// Asks an endpoint once, over a bare socket: a client of the framework would take longer to load than everything else that a health check
/// does.
/// </summary>
internal static class HttpProbe
{
    /// <summary>The largest answer that is read.</summary>
    internal const int MaxAnswerBytes = 64 * 1024;

    /// <summary>Asks.</summary>
    /// <param name="addresses">The addresses to try, one after the other until one takes the connection.</param>
    /// <param name="port">The port.</param>
    /// <param name="path">The path, with its slash.</param>
    /// <param name="patience">How long all of it may take.</param>
    /// <returns>What is wrong, or null where the service says that it is up.</returns>
    public static string? Ask(IReadOnlyList<IPAddress> addresses, int port, string path, TimeSpan patience)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        string? fault = null;
        foreach (var address in addresses)
        {
            var place = new IPEndPoint(address, port);
            try
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                // On Linux the bound of sending is that of connecting too.
                socket.SendTimeout = Remaining(deadline);
                socket.Connect(place);
                return Exchange(socket, place, path, deadline);
            }
            catch (SocketException e)
            {
                // The first address is the one that people expect.
                fault ??= $"no answer from {place}: {(IsTimeout(e) ? "it took too long" : $"{e.SocketErrorCode}")}";
                if (!IsClosed(e))
                    return fault;
            }
        }

        return fault;
    }

    private static string? Exchange(Socket socket, IPEndPoint place, string path, long deadline)
    {
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
        for (var sent = 0; sent < request.Length;)
        {
            socket.SendTimeout = Remaining(deadline);
            sent += socket.Send(request.AsSpan(sent));
        }

        var buffer = new byte[MaxAnswerBytes];
        var count = 0;
        while (true)
        {
            socket.ReceiveTimeout = Remaining(deadline);
            var received = socket.Receive(buffer.AsSpan(count));
            count += received;
            var answer = HttpAnswer.Read(buffer.AsSpan(0, count), isEnd: received == 0);
            if (answer.IsComplete)
                return answer.Fault is { } fault ? $"{place} gave no sound answer: {fault}" : ProbeVerdict.Of(answer.Status, answer.Body.Span, place, path);
            if (count == buffer.Length)
                return $"{place} gave no sound answer: it is larger than {MaxAnswerBytes} bytes";
        }
    }

    // 0 would be no bound at all.
    private static int Remaining(long deadline) => Environment.TickCount64 < deadline
        ? (int)(deadline - Environment.TickCount64)
        : throw new SocketException((int)SocketError.TimedOut);

    private static bool IsTimeout(SocketException e) => e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock;

    // Nobody listens there, or this machine has no such family.
    private static bool IsClosed(SocketException e) => e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressFamilyNotSupported
        or SocketError.AddressNotAvailable or SocketError.NetworkUnreachable or SocketError.HostUnreachable;
}
