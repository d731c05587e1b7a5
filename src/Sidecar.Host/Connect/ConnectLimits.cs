using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Sidecar.Host.Connect;

/// <summary>What a call over HTTP may take.</summary>
internal static class ConnectLimits
{
    /// <summary>The longest message, compressed and not, as over gRPC.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    // The server counts what stands around each chunk, too: a chunk of one byte takes six. The content has its own bound.
    private const int MaxChunkedBytes = 8 * MaxMessageBytes;

    private const int MostTimeoutDigits = 10;
    private const int BodyBytesPerSecond = 240;
    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(5);

    // Longer than any call takes, and as long as a timer takes.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    /// <summary>Has the server bound a request's body: its length, and how slowly it may come.</summary>
    public static void Apply(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = context.Request.ContentLength is null ? MaxChunkedBytes : MaxMessageBytes;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = new MinDataRate(BodyBytesPerSecond, BodyGrace);
    }

    /// <summary>How long a caller waits, as its header says; null where there is none.</summary>
    /// <exception cref="RpcException">The header makes no sense.</exception>
    public static TimeSpan? TimeoutOf(string header)
    {
        if (header.Length == 0)
            return null;
        if (header.Length > MostTimeoutDigits || !long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            throw new RpcException(new Status(
                StatusCode.InvalidArgument, $"{ConnectHeaders.TimeoutMs} is '{Protocol.Excerpt.Of(header)}', expected a number of up to {MostTimeoutDigits} digits"));
        }

        var timeout = TimeSpan.FromMilliseconds(milliseconds);
        return timeout < LongestTimeout ? timeout : LongestTimeout;
    }
}
