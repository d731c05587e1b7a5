using System.Globalization;
using Grpc.Core;

namespace Sidecar.Host.Connect;

/// <summary>What a method of the service sees of a call that came in over HTTP.</summary>
/// <param name="http">The request.</param>
/// <param name="method">The method's path.</param>
/// <param name="deadline">When its caller gives up.</param>
/// <param name="cancellation">Ends when the caller has gone, or the deadline is over.</param>
internal sealed class ConnectCallContext(HttpContext http, string method, DateTime deadline, CancellationToken cancellation) : ServerCallContext
{
    private const string BinarySuffix = "-bin";
    private Metadata? _requestHeaders;

    /// <summary>The request.</summary>
    public HttpContext Http => http;

    /// <inheritdoc/>
    protected override string MethodCore => method;

    /// <inheritdoc/>
    protected override string HostCore => http.Request.Host.Value ?? "";

    /// <inheritdoc/>
    protected override string PeerCore => string.Create(CultureInfo.InvariantCulture, $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}");

    /// <inheritdoc/>
    protected override DateTime DeadlineCore => deadline;

    /// <inheritdoc/>
    protected override Metadata RequestHeadersCore => _requestHeaders ??= HeadersOf(http.Request);

    /// <inheritdoc/>
    protected override CancellationToken CancellationTokenCore => cancellation;

    /// <inheritdoc/>
    protected override Metadata ResponseTrailersCore { get; } = [];

    /// <inheritdoc/>
    protected override Status StatusCore { get; set; }

    /// <inheritdoc/>
    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <inheritdoc/>
    protected override AuthContext AuthContextCore { get; } = new(peerIdentityPropertyName: null, []);

    /// <inheritdoc/>
    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("a call over HTTP has no token for further calls");

    /// <inheritdoc/>
    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        foreach (var header in responseHeaders.Where(header => !header.IsBinary))
            http.Response.Headers.Append(header.Key, header.Value);
        return Task.CompletedTask;
    }

    // As gRPC's metadata takes them: what it has no form for is left out.
    private static Metadata HeadersOf(HttpRequest request)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in request.Headers)
        {
            if (name.EndsWith(BinarySuffix, StringComparison.OrdinalIgnoreCase) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                continue;
            foreach (var value in values)
                metadata.Add(name, value ?? "");
        }

        return metadata;
    }
}
