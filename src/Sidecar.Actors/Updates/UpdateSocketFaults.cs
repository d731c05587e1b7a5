using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>
/// Why a connection to the stream of updates ended or did not come to be: each way in which it can, in one place. No text holds more of
/// what the cloud said than a short reason.
/// </summary>
public static class UpdateSocketFaults
{
    /// <summary>The longest reason that is told, in characters.</summary>
    public const int MaxReasonLength = 200;

    // What the cloud writes into a close frame (the upstream contract).
    private const string InvalidKeyReason = "Invalid API key";
    private const string ThrottledReason = "ThrottlerException";

    // The codes that servers of the protocol close with.
    private const int CloseUnauthorized = 4401;
    private const int CloseForbidden = 4403;
    private const int CloseTooManyRequests = 4429;

    /// <summary>A close frame.</summary>
    /// <param name="code">Its code, or null where it has none.</param>
    /// <param name="reason">Its reason, or null.</param>
    public static UpdateSocketException OfClose(int? code, string? reason)
    {
        reason ??= "";
        // The words are the cloud's own and say more than a code that any of its parts may have chosen.
        var fault = reason.Contains(InvalidKeyReason, StringComparison.OrdinalIgnoreCase) ? UpdateSocketFault.InvalidKey
            : reason.Contains(ThrottledReason, StringComparison.OrdinalIgnoreCase) ? UpdateSocketFault.Throttled
            : code is CloseUnauthorized or CloseForbidden ? UpdateSocketFault.InvalidKey
            : code is CloseTooManyRequests ? UpdateSocketFault.Throttled
            : UpdateSocketFault.Closed;
        var toldCode = code?.ToString(CultureInfo.InvariantCulture) ?? "none";
        var toldReason = Printable(reason) is { Length: > 0 } told ? $"reason '{told}'" : "no reason";
        return new UpdateSocketException(fault, $"the cloud closed the connection, code {toldCode}, {toldReason}") { IsByCloud = true };
    }

    /// <summary>The HTTP status with which the cloud refused to make a WebSocket of the connection.</summary>
    public static UpdateSocketException OfStatus(HttpStatusCode status) => new(
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => UpdateSocketFault.InvalidKey,
            HttpStatusCode.TooManyRequests => UpdateSocketFault.Throttled,
            _ => UpdateSocketFault.Closed,
        },
        $"the cloud answered {(int)status} instead of opening a WebSocket");

    /// <summary>A connection for which the cloud did not agree to the protocol.</summary>
    public static UpdateSocketException OfSubprotocol() => new(
        UpdateSocketFault.Closed, $"the cloud does not agree to the subprotocol {StreamRequests.Subprotocol}");

    /// <summary>A message that is no text.</summary>
    public static UpdateSocketException OfBinaryMessage() => new(
        UpdateSocketFault.Closed, "the cloud sent a binary message where only text is expected");

    /// <summary>A message larger than any may be.</summary>
    /// <param name="limit">The most bytes that a message may have.</param>
    public static UpdateSocketException OfSize(int limit) => new(
        UpdateSocketFault.TooLarge, $"the cloud sent a message of more than {limit} bytes");

    /// <summary>A connection that was ended from this side.</summary>
    public static UpdateSocketException OfAbort(Exception? exception = null) => new(
        UpdateSocketFault.Network, "the connection was ended from this side", exception);

    /// <summary>An exception that a try to connect ended with.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="status">The HTTP status of the answer, or null where none came.</param>
    public static UpdateSocketException OfConnect(Exception exception, HttpStatusCode? status) => (exception, status) switch
    {
        (WebSocketException { WebSocketErrorCode: WebSocketError.UnsupportedProtocol }, _) => OfSubprotocol(),
        (_, null) => Of(exception),
        (_, HttpStatusCode.SwitchingProtocols) => new UpdateSocketException(
            UpdateSocketFault.Closed, $"the cloud's answer opens no WebSocket: {Printable(Told(exception))}", exception),
        (_, { } refusal) => OfStatus(refusal),
    };

    /// <summary>An exception that a connection broke with.</summary>
    public static UpdateSocketException Of(Exception exception) => IsTimeout(exception)
        ? new UpdateSocketException(UpdateSocketFault.Timeout, "the cloud gave no sign of life in time", exception)
        : new UpdateSocketException(UpdateSocketFault.Network, Printable(Told(exception)), exception) { IsByCloud = IsEndOfStream(exception) };

    // A connection that is not up in time is given up by the transport as if it had been cancelled.
    private static bool IsTimeout(Exception exception) => Chain(exception).Any(e => e is TimeoutException or OperationCanceledException);

    private static bool IsEndOfStream(Exception exception) => Chain(exception).Any(e =>
        e is WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely }
            or SocketException { SocketErrorCode: SocketError.ConnectionReset });

    // What an outer exception says of an inner one is mostly that there is one.
    private static string Told(Exception exception)
    {
        var chain = Chain(exception).ToArray();
        if (Array.Find(chain, e => e is HttpRequestException) is { } request)
            return CloudFailure.Of(request).Detail;
        return (Array.FindLast(chain, e => e is not WebSocketException) ?? chain[^1]).Message;
    }

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            yield return e;
    }

    // One line, and not too long.
    private static string Printable(string text)
    {
        text = string.Concat(Credentials.Removed(text).Where(c => !char.IsControl(c)));
        if (text.Length <= MaxReasonLength)
            return text;
        var length = char.IsHighSurrogate(text[MaxReasonLength - 1]) ? MaxReasonLength - 1 : MaxReasonLength;
        return text[..length];
    }
}
