using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Requests;

/// <summary>Brings an answer to the client, whole or not.</summary>
/// <remarks>
/// The unwhole ones are written to the socket itself. The server's own response can't say how much of it has left when
/// the connection is aborted, and has no way to send what is not HTTP.
/// </remarks>
internal static class AnswerDelivery
{
    private static readonly TimeSpan PatienceWithClient = TimeSpan.FromSeconds(2);

    /// <param name="context">The request.</param>
    /// <param name="answer">What to answer.</param>
    /// <param name="rule">The fault that the request met, if any.</param>
    /// <param name="ended">The client has gone, or the emulator stops.</param>
    public static Task DeliverAsync(HttpContext context, CloudAnswer answer, FaultRule? rule, CancellationToken ended) => rule?.Kind switch
    {
        FaultKind.Cut when rule.AfterBytes is null => ResetAsync(context),
        FaultKind.Cut => SendPartAsync(context, answer, rule.AfterBytes.Value, ended),
        FaultKind.CutMidBody => SendPartAsync(context, answer, answer.Body.Length / 2, ended),
        FaultKind.Hang => HangAsync(context, answer, rule.AfterBytes, ended),
        FaultKind.GarbageHeaders => SendGarbageAsync(context, ended),
        _ => SendAsync(context, answer, ended),
    };

    /// <summary>The whole answer.</summary>
    public static async Task SendAsync(HttpContext context, CloudAnswer answer, CancellationToken ended)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
            return;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body, ended);
    }

    /// <summary>
    /// Ends the connection by a reset. Not by a plain end: before the first byte of an answer many clients take that for an
    /// idle connection that was closed, and silently ask again.
    /// </summary>
    public static void Reset(HttpContext context)
    {
        SocketOf(context).LingerState = new LingerOption(enable: true, seconds: 0);
        context.Abort();
    }

    /// <inheritdoc cref="Reset(HttpContext)"/>
    public static void Reset(ConnectionContext connection)
    {
        var socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        connection.Abort();
    }

    private static Task ResetAsync(HttpContext context)
    {
        Reset(context);
        return Task.CompletedTask;
    }

    private static async Task SendPartAsync(HttpContext context, CloudAnswer answer, int bytes, CancellationToken ended)
    {
        await SendRawAsync(context, Head(answer), ended);
        await SendRawAsync(context, answer.Body.AsMemory(0, Math.Min(bytes, answer.Body.Length)), ended);
        await EndAsync(context, ended);
    }

    private static async Task HangAsync(HttpContext context, CloudAnswer answer, int? bytes, CancellationToken ended)
    {
        if (bytes is { } some)
        {
            await SendRawAsync(context, Head(answer), ended);
            await SendRawAsync(context, answer.Body.AsMemory(0, Math.Min(some, answer.Body.Length)), ended);
        }
        await Task.Delay(Timeout.Infinite, ended);
    }

    private static async Task SendGarbageAsync(HttpContext context, CancellationToken ended)
    {
        await SendRawAsync(context, "\u0016\u0003\u0001 this is not HTTP\r\n\r\n"u8.ToArray(), ended);
        await EndAsync(context, ended);
    }

    /// <summary>A plain end, so that nothing that was sent is lost; the connection itself goes when the client has seen it.</summary>
    private static async Task EndAsync(HttpContext context, CancellationToken ended)
    {
        SocketOf(context).Shutdown(SocketShutdown.Send);
        try
        {
            await Task.Delay(PatienceWithClient, ended);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, which is what was waited for.
        }
        context.Abort();
    }

    private static byte[] Head(CloudAnswer answer) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {answer.Status} Answer\r\nContent-Type: {answer.ContentType}\r\nContent-Length: {answer.Body.Length}\r\n\r\n"));

    private static async Task SendRawAsync(HttpContext context, ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        var socket = SocketOf(context);
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, ended)..];
    }

    private static Socket SocketOf(HttpContext context) =>
        context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
}
