using System.Text.Json;
using Grpc.Core;
using Sidecar.Protocol.Reports;

namespace Sidecar.Host.Connect;

/// <summary>Writes answers and errors.</summary>
internal static class ConnectAnswers
{
    /// <summary>Writes the answer to a call.</summary>
    public static Task WriteAsync(HttpContext context, ConnectCodec codec, byte[] message, Metadata trailers)
    {
        var response = context.Response;
        foreach (var trailer in trailers.Where(trailer => !trailer.IsBinary))
            response.Headers.Append(ConnectHeaders.TrailerPrefix + trailer.Key, trailer.Value);
        return WriteAsync(context, codec.MediaType, message);
    }

    /// <summary>Writes an error.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">What went wrong.</param>
    /// <param name="httpStatus">The HTTP status; null for the one that goes with the code.</param>
    public static Task WriteErrorAsync(HttpContext context, Status status, int? httpStatus = null)
    {
        var (name, usual) = ConnectCodes.Of(status.StatusCode);
        context.Response.StatusCode = httpStatus ?? usual;
        // For whoever looks at how the call ended.
        context.Items[typeof(StatusCode)] = status.StatusCode;
        return WriteAsync(
            context, ConnectHeaders.Json, JsonSerializer.SerializeToUtf8Bytes(new { code = name, message = StatusMessage.Cut(status.Detail) }));
    }

    /// <summary>Writes a body; to a caller that has gone it is written as well, which does no harm.</summary>
    public static async Task WriteAsync(HttpContext context, string mediaType, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, CancellationToken.None);
    }
}
