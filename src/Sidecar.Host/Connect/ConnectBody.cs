using System.IO.Compression;
using Grpc.Core;
using Sidecar.Host.Facade;

namespace Sidecar.Host.Connect;

/// <summary>Reads a request's body, no more than a message may have, compressed or not.</summary>
internal static class ConnectBody
{
    private const int PartBytes = 16 * 1024;
    private const string Gzip = "gzip";
    private const string Identity = "identity";

    /// <summary>Refuses what a body can't be read from, before any of it is.</summary>
    public static bool IsCompressed(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim();
        if (encoding.Length == 0 || encoding.Equals(Identity, StringComparison.OrdinalIgnoreCase))
            return false;
        return encoding.Equals(Gzip, StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new RpcException(new Status(
                StatusCode.Unimplemented, $"Content-Encoding is '{Protocol.Excerpt.Of(encoding)}', expected {Gzip} or {Identity}"));
    }

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isCompressed">Whether by gzip.</param>
    /// <param name="room">What it takes of the memory for messages.</param>
    /// <param name="cancellation">Ends the wait for it.</param>
    /// <exception cref="RpcException">It is too long, there is no room for it, or it is no gzip.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, bool isCompressed, MessageRoom room, CancellationToken cancellation)
    {
        try
        {
            var sent = await ReadAsync(request.Body, besides: 0, room, cancellation);
            if (!isCompressed)
                return sent.AsMemory();
            await using var unpacked = new GZipStream(new MemoryStream(sent.Array!, sent.Offset, sent.Count), CompressionMode.Decompress);
            return await ReadAsync(unpacked, besides: sent.Count, room, cancellation);
        }
        catch (InvalidDataException)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the body is not {Gzip}, which Content-Encoding says it is"));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLong();
        }
    }

    private static async Task<ArraySegment<byte>> ReadAsync(Stream body, long besides, MessageRoom room, CancellationToken cancellation)
    {
        var whole = new MemoryStream();
        var part = new byte[PartBytes];
        while (await body.ReadAsync(part, cancellation) is var read and > 0)
        {
            if (whole.Length + read > ConnectLimits.MaxMessageBytes)
                throw TooLong();
            if (!room.TryHold(besides + whole.Length + read))
                throw new RpcException(new Status(StatusCode.ResourceExhausted, MessageBudget.Refusal));
            whole.Write(part, 0, read);
        }

        return new ArraySegment<byte>(whole.GetBuffer(), 0, (int)whole.Length);
    }

    private static RpcException TooLong() => new(new Status(
        StatusCode.ResourceExhausted, $"the message is longer than {ConnectLimits.MaxMessageBytes} bytes, the most that is accepted"));
}
