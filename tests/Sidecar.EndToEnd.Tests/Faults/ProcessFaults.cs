using System.Globalization;
using System.Net.Sockets;
using Sidecar.EndToEnd.Tests.Support;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What can happen to the process itself and to what it stands on, each from the begin of the fault to its end.</summary>
internal static class ProcessFaults
{
    /// <summary>A limit that a client's connections reach.</summary>
    public const int FilesAtMost = 1_200;

    /// <summary>A client opens more connections than the process may have files open.</summary>
    public static async Task NoDescriptorsAsync(UnderFault it)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < FilesAtMost + 200; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await ConnectAsync(socket, it.It.Service.GrpcAddress);
            }

            // Reads and reports need new connections to the cloud now.
            it.Cloud.Cut();
            it.Stream.Cut();
            await it.AsksAsync(800);
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
    }

    /// <summary>The clock is put forward by an hour, back by two, and right again.</summary>
    public static async Task JumpingClockAsync(UnderFault it, string file)
    {
        foreach (var offset in (string[])["+3600", "-3600", "+0"])
        {
            await FakeClock.SetAsync(file, offset);
            await Eventually.HoldsAsync(async () => Math.Abs(await ClockAsync(it) - double.Parse(offset, CultureInfo.InvariantCulture)) < 60);
            await it.AsksAsync(500);
        }
    }

    // By how many seconds the service's clock is wrong, as the date of what the stream told last shows.
    private static async Task<double> ClockAsync(UnderFault it) =>
        await it.It.Service.CounterAsync("sidecar_stream_last_message_timestamp_seconds") - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    // One that is closed at once may be so before this side knows that it was open.
    private static async Task ConnectAsync(Socket socket, Uri address)
    {
        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            // It is.
        }
    }
}
