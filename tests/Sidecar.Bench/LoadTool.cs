using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using Google.Protobuf;

namespace Sidecar.Bench;

/// <summary>h2load, with the one load that every server gets.</summary>
/// <param name="folder">Where its files may stand.</param>
/// <param name="request">The message to ask with.</param>
/// <param name="seconds">How long one load takes.</param>
internal sealed class LoadTool(string folder, IMessage request, int seconds)
{
    private const int Connections = 4;
    private const int StreamsPerConnection = 50;
    private const string Path = "/stigg.sidecar.v1.SidecarService/GetMeteredEntitlement";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string FrameFile => System.IO.Path.Combine(folder, "request.bin");

    private string LogFile => System.IO.Path.Combine(folder, "h2load.log");

    /// <summary>A message as gRPC frames it: not compressed, its length, itself.</summary>
    public static byte[] Frame(IMessage message)
    {
        var bytes = message.ToByteArray();
        var frame = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>Loads a server.</summary>
    /// <param name="server">Which.</param>
    /// <param name="reply">What each answer has to bring.</param>
    /// <param name="cancellation">Ends the load.</param>
    public async Task<Measurement> RunAsync(IBenchServer server, IMessage reply, CancellationToken cancellation)
    {
        await File.WriteAllBytesAsync(FrameFile, Frame(request), cancellation);
        File.Delete(LogFile);
        var before = ProcessFigures.CpuTime(server.ProcessId);
        var output = await RunAsync(
            [
                $"-c{Connections}", $"-m{StreamsPerConnection}", "-t1", $"-D{seconds}", $"--log-file={LogFile}", $"-d{FrameFile}",
                "-Hcontent-type: application/grpc", "-Hte: trailers", new Uri(server.Address, Path).ToString(),
            ],
            cancellation);
        var cpu = ProcessFigures.CpuTime(server.ProcessId) - before;
        var summary = LoadSummary.Parse(output);
        // A failed call has no body. Whatever is still on its way at the end is counted on one side and not on the other.
        var expected = summary.Done * Frame(reply).LongLength;
        var slack = Connections * StreamsPerConnection * Frame(reply).LongLength;
        if (summary.Done is 0 || summary.Succeeded < summary.Done || Math.Abs(summary.DataBytes - expected) > slack)
            throw new BenchException($"{server.Name} did not answer right: expected {expected} bytes of replies, but:\n{output}");
        var latencies = LoadLog.Latencies(File.ReadLines(LogFile));
        return new Measurement(
            server.Name,
            summary.RequestsPerSecond,
            Statistics.Percentile(latencies, 0.5),
            Statistics.Percentile(latencies, 0.99),
            cpu.TotalMicroseconds / summary.Done,
            ProcessFigures.ResidentBytes(server.ProcessId));
    }

    private async Task<string> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("h2load", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            throw new BenchException($"h2load can't be started: {missing.Message}");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds) + Patience);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output + await errors;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new BenchException("h2load did not come to its end");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
