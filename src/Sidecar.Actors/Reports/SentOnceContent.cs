using System.Net;
using System.Net.Http.Headers;

namespace Sidecar.Actors.Reports;

/// <summary>
/// A body that goes onto a connection at most once, and tells whether it has. The platform sends a request again by itself when it finds a
/// pooled connection closed; it is meant to do so only before the body. Here it can't do it after that: a second time is refused, whatever
/// asks for it. So as long as <see cref="HasStarted"/> is false, it is certain that nobody can have acted on the request.
/// </summary>
internal sealed class SentOnceContent : HttpContent
{
    private const int NotStarted = 0;
    private const int Started = 1;
    private const int Forbidden = 2;
    private readonly ReadOnlyMemory<byte> _body;
    private int _state;

    /// <summary>Makes a body.</summary>
    /// <param name="body">UTF-8 JSON.</param>
    public SentOnceContent(ReadOnlyMemory<byte> body)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
        Headers.ContentLength = body.Length;
    }

    /// <summary>Whether a part of it may have gone out.</summary>
    public bool HasStarted => Volatile.Read(ref _state) == Started;

    /// <summary>Forbids that it goes out from now on.</summary>
    /// <returns>False where it may have gone out already.</returns>
    public bool TryForbid() => Interlocked.CompareExchange(ref _state, Forbidden, NotStarted) != Started;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Interlocked.CompareExchange(ref _state, Started, NotStarted) == NotStarted
            ? stream.WriteAsync(_body, cancellationToken).AsTask()
            : Task.FromException(new HttpRequestException("a report is sent once at most"));

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
