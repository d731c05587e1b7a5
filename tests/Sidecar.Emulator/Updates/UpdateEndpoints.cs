using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Sidecar.Emulator.Api;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Updates;

/// <summary>The cloud's real-time updates: a WebSocket at <c>/graphql</c> in the protocol <c>graphql-transport-ws</c>.</summary>
/// <remarks>
/// Stricter than the cloud where that tells a bad client of it: a <c>connection_init</c> that does not name its sender, and
/// anything that no client should say, closes the socket. The upgrade is no request of the API and is not counted as one.
/// </remarks>
internal sealed class UpdateEndpoints(EmulatorControl control, TimeProvider time, CancellationToken stopping)
{
    private const string Protocol = "graphql-transport-ws";

    /// <summary>Whether a request means this.</summary>
    public static bool Serves(HttpContext context, string rawTarget) =>
        context.WebSockets.IsWebSocketRequest && ApiEndpoints.Serves(rawTarget);

    /// <summary>Serves one client to its end.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (control.Updates.Faults.TakeRefusal(atInit: false) is { } refusal)
        {
            control.Updates.Counts.ConnectRefused();
            if (refusal.Status is { } status)
                context.Response.StatusCode = status;
            else
                AnswerDelivery.Reset(context);
            return;
        }

        // A frozen socket is as slow as a client can be.
        context.Features.GetRequiredFeature<IHttpMinRequestBodyDataRateFeature>().MinDataRate = null;
        context.Features.GetRequiredFeature<IHttpMinResponseDataRateFeature>().MinDataRate = null;
        var inProtocol = context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol, StringComparer.Ordinal);
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(inProtocol ? Protocol : null);
        var socket = new UpdateSocket(context, webSocket, control, time);
        control.Updates.Hub.Add(socket);
        try
        {
            await socket.RunAsync(inProtocol, stopping);
        }
        finally
        {
            control.Updates.Hub.Remove(socket);
            socket.Gone();
        }
    }
}
