using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Host.Facade;
using Sidecar.Host.Health;

namespace Sidecar.Host.Shutdown;

/// <summary>Counts the calls under way on each connection.</summary>
internal static class CallCounting
{
    private const string ReflectionPath = "/grpc.reflection.";

    /// <summary>Counts what passes, which is what came in by a way for clients; anything else finds nothing.</summary>
    public static IApplicationBuilder UseCallCounting(this IApplicationBuilder app, QuickAnswers quick) => app.Use(next => context =>
    {
        var features = context.Features;
        var connection = (ClientConnection?)features[typeof(ClientConnection)];
        if (connection is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // A CONNECT has no path.
        if (LastsAsItsConnection(features.Of<IHttpRequestFeature>().Path ?? ""))
            return RunLastingAsync(context, next, connection);
        var isHandover = connection.CallStarted();
        if (!isHandover && TryAnswer(quick, context, connection))
        {
            // Not before its reply is written: a connection whose calls have all ended may be closed.
            var sending = features.Of<IHttpResponseBodyFeature>().CompleteAsync();
            if (sending.IsCompleted)
                connection.CallFinished();
            else
                sending.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(connection.OnWritten);
            return sending;
        }

        context.Response.OnCompleted(
            static connection =>
            {
                ((ClientConnection)connection).CallFinished();
                return Task.CompletedTask;
            },
            connection);
        return isHandover ? Handover.RunAsync(context, next, connection) : next(context);
    });

    // A fault must not leave the call counted for ever.
    private static bool TryAnswer(QuickAnswers quick, HttpContext context, ClientConnection connection)
    {
        try
        {
            return quick.TryAnswer(context);
        }
        catch
        {
            connection.CallFinished();
            throw;
        }
    }

    // Such calls would keep their connection busy for ever, and nobody waits for what they bring.
    private static bool LastsAsItsConnection(string path) =>
        path.StartsWith("/grpc.", StringComparison.Ordinal)
        && (path.StartsWith(ReflectionPath, StringComparison.Ordinal) || path == GrpcHealth.WatchPath);

    private static async Task RunLastingAsync(HttpContext context, RequestDelegate next, ClientConnection connection)
    {
        // The health service ends its stream by itself, with a status; reflection does not know of its connection's end.
        var closing = context.Request.Path.StartsWithSegments(GrpcHealth.WatchPath, StringComparison.Ordinal)
            ? CancellationToken.None
            : context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var ending = closing.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context);
        connection.LastingCallStarted();
        try
        {
            await next(context);
        }
        finally
        {
            connection.LastingCallFinished();
        }
    }
}
