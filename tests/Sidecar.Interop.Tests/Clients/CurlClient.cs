using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Grpc.Core;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>curl, which knows HTTP/2 and nothing of gRPC: the frame round the message, and all headers, are made here by hand.</summary>
internal sealed class CurlClient : IInteropClient
{
    /// <summary>Its name.</summary>
    public const string Key = "curl";

    private const int FrameHead = 5;

    /// <inheritdoc/>
    public string Name => Key;

    /// <inheritdoc/>
    public string Title => "curl";

    /// <inheritdoc/>
    public string? Missing => InteropClients.MissingOf(("curl", "curl"));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepResult>> TakeAsync(Uri service, IReadOnlyList<PreparedStep> steps)
    {
        var folder = Directory.CreateTempSubdirectory("sidecar-interop-");
        try
        {
            var results = new List<StepResult>();
            foreach (var step in steps)
                results.Add(await TakeAsync(service, step, folder.FullName));
            return results;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<StepResult> TakeAsync(Uri service, PreparedStep prepared, string folder)
    {
        var (frame, head, body) = (Path.Combine(folder, "frame"), Path.Combine(folder, "head"), Path.Combine(folder, "body"));
        await File.WriteAllBytesAsync(frame, Framed(Codec.Request(prepared), prepared.Step.Compression));
        await File.WriteAllBytesAsync(body, []);
        List<string> arguments =
        [
            "--silent", "--show-error", "--http2-prior-knowledge", "--max-time", "60",
            "--header", "content-type: application/grpc", "--header", "te: trailers",
            "--data-binary", "@" + frame, "--dump-header", head, "--output", body,
        ];
        if (prepared.Step.Compression is { } compression)
            arguments.AddRange(["--header", $"grpc-encoding: {compression}"]);
        if (prepared.Step.TimeoutHeader is { } timeout)
            arguments.AddRange(["--header", $"grpc-timeout: {timeout}"]);
        await ChildProcess.SucceedAsync("curl", [.. arguments, new Uri(service, Codec.PathOf(prepared.Step.Call)).ToString()]);

        // Those at the end too, where the status is.
        var headers = await File.ReadAllLinesAsync(head);
        var code = (StatusCode)int.Parse(Header(headers, "grpc-status") ?? throw new InvalidOperationException(
            $"there is no grpc-status in:\n{string.Join('\n', headers)}"), CultureInfo.InvariantCulture);
        var message = Header(headers, "grpc-message") is { } text ? Uri.UnescapeDataString(text) : null;
        return new StepResult(
            code, message, code is StatusCode.OK ? Codec.Answer(prepared, Unframed(await File.ReadAllBytesAsync(body))) : null);
    }

    private static byte[] Framed(byte[] message, string? compression)
    {
        var body = compression is null ? message : Compressed(message, compression);
        var frame = new byte[FrameHead + body.Length];
        frame[0] = compression is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
        body.CopyTo(frame, FrameHead);
        return frame;
    }

    private static byte[] Compressed(byte[] message, string compression)
    {
        using var bytes = new MemoryStream();
        // What HTTP and gRPC call deflate is deflate in zlib's wrapping.
        using (Stream stream = compression is "gzip"
            ? new GZipStream(bytes, CompressionLevel.Fastest)
            : new ZLibStream(bytes, CompressionLevel.Fastest))
            stream.Write(message);
        return bytes.ToArray();
    }

    private static byte[] Unframed(byte[] frame)
    {
        if (frame.Length < FrameHead || frame[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(1)) != frame.Length - FrameHead)
            throw new InvalidOperationException($"the {frame.Length} bytes of the body are not one uncompressed message");
        return frame[FrameHead..];
    }

    private static string? Header(IEnumerable<string> headers, string name) => headers
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();
}
