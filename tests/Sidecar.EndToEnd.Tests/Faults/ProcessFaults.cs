using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What can happen to the process itself and to what it stands on, each from the begin of the fault to its end.</summary>
internal static class ProcessFaults
{
    /// <summary>A client opens connections until the process can open no more files.</summary>
    public static async Task NoDescriptorsAsync(UnderFault it)
    {
        const int left = 40;
        var former = await NoFileLimitAsync(it, limit: null);
        await NoFileLimitAsync(it, (OpenFiles(it) + left).ToString(CultureInfo.InvariantCulture));
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 5 * left; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(it.It.Service.GrpcAddress.Host, it.It.Service.GrpcAddress.Port);
            }

            // Reads of customers that nobody knows need new connections to the cloud.
            it.Cloud.Cut();
            await it.AsksAsync(800);
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
            await NoFileLimitAsync(it, former);
        }
    }

    /// <summary>The clock is put forward by an hour, back by two, and right again.</summary>
    public static async Task JumpingClockAsync(UnderFault it, string file)
    {
        foreach (var offset in (string[])["+3600", "-3600", "+0"])
        {
            await FakeClock.SetAsync(file, offset);
            await it.AsksAsync(500);
        }
    }

    /// <summary>How many files the process has open.</summary>
    public static int OpenFiles(UnderFault it) => Directory.EnumerateFileSystemEntries($"/proc/{it.It.Service.Id}/fd").Count();

    // Sets the soft limit, or tells it.
    private static async Task<string> NoFileLimitAsync(UnderFault it, string? limit)
    {
        using var prlimit = Process.Start(new ProcessStartInfo(
            "prlimit",
            [$"--pid={it.It.Service.Id}", limit is null ? "--nofile" : $"--nofile={limit}:", .. limit is null ? (string[])["--output=SOFT", "--noheadings"] : []])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var text = await prlimit.StandardOutput.ReadToEndAsync();
        await prlimit.WaitForExitAsync();
        return prlimit.ExitCode == 0 ? text.Trim() : throw new InvalidOperationException($"prlimit ended with exit code {prlimit.ExitCode}");
    }
}
