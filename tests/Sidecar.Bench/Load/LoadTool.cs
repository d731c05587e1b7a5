using System.ComponentModel;
using System.Diagnostics;
using Sidecar.Bench.Servers;

namespace Sidecar.Bench.Load;

/// <summary>h2load, which asks one and the same question over and over.</summary>
/// <param name="folder">Where its files may stand.</param>
/// <param name="seconds">How long one load takes.</param>
internal sealed class LoadTool(string folder, int seconds)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string FrameFile => Path.Combine(folder, "request.bin");

    private string LogFile => Path.Combine(folder, "h2load.log");

    /// <summary>Loads a server.</summary>
    /// <param name="server">Which.</param>
    /// <param name="question">What it is asked.</param>
    /// <param name="reply">The gRPC frame that each answer has to bring.</param>
    /// <param name="cancellation">Ends the load.</param>
    public async Task<LoadResult> RunAsync(IBenchServer server, Question question, byte[] reply, CancellationToken cancellation)
    {
        var call = Call.All[question.Call];
        var frame = new byte[call.Length];
        call.Write(question.Customer, frame);
        await File.WriteAllBytesAsync(FrameFile, frame, cancellation);
        File.Delete(LogFile);
        var output = await RunAsync(
            [
                $"-c{Generator.Connections}", $"-m{Generator.StreamsPerConnection}", "-t1", $"-D{seconds}", $"--log-file={LogFile}", $"-d{FrameFile}",
                "-Hcontent-type: application/grpc", "-Hte: trailers", new Uri(server.Address, call.Path).ToString(),
            ],
            cancellation);
        var summary = LoadSummary.Parse(output);
        // A failed call has no body. Whatever is still on its way at the end is counted on one side and not on the other.
        var expected = summary.Done * reply.LongLength;
        var slack = Generator.Connections * Generator.StreamsPerConnection * reply.LongLength;
        if (summary.Done is 0 || summary.Succeeded < summary.Done || Math.Abs(summary.DataBytes - expected) > slack)
            throw new BenchException($"{server.Name} did not answer right: expected {expected} bytes of replies, but:\n{output}");
        return new LoadResult(summary.Done, summary.Seconds, LoadLog.Latencies(File.ReadLines(LogFile)));
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
