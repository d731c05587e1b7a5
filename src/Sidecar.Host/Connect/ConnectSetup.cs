using Microsoft.AspNetCore.Http.Features;
using Sidecar.Host.Shutdown;

namespace Sidecar.Host.Connect;

/// <summary>Wiring of the HTTP port (<c>HTTP_PORT</c>).</summary>
internal static class ConnectSetup
{
    private const string OpenApiPath = "/openapi.json";

    /// <summary>Adds what answers there; nothing of it is made before the first request.</summary>
    public static IServiceCollection AddConnect(this IServiceCollection services) => services
        .AddSingleton<ConnectMethods>()
        .AddSingleton<ConnectCalls>();

    /// <summary>Answers what came in by that port.</summary>
    public static IApplicationBuilder UseConnect(this IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var calls = new Lazy<ConnectCalls>(services.GetRequiredService<ConnectCalls>);
        app.Use(next => context =>
        {
            // A client that asks one thing after another sees from its answer that the connection is closed: nothing is to be held back.
            var connection = context.Features.GetRequiredFeature<ClientConnection>();
            connection.CallStarted();
            context.Response.OnCompleted(
                static connection =>
                {
                    ((ClientConnection)connection).CallFinished();
                    return Task.CompletedTask;
                },
                connection);
            return next(context);
        });
        app.Run(context => context.Request.Path == OpenApiPath ? OpenApiDocument.RunAsync(context) : calls.Value.RunAsync(context));
        return app;
    }
}
