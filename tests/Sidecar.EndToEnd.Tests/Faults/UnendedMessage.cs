using System.Net;
using System.Net.Http.Headers;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A gRPC message that announces the longest that is taken, and comes but for its last part.</summary>
internal sealed class UnendedMessage : HttpContent
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>Makes one.</summary>
    public UnendedMessage() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        const int announced = 4 * 1024 * 1024;
        await stream.WriteAsync(new byte[] { 0, 0, 0x40, 0, 0 }, cancellationToken);
        for (var sent = 0; sent < announced - PieceBytes; sent += PieceBytes)
            await stream.WriteAsync(new byte[PieceBytes], cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
