using Sidecar.Actors;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.Health;

/// <summary>The health and readiness endpoints (the operations contract, "Health").</summary>
public static class HealthEndpoints
{
    /// <summary>Answers both paths.</summary>
    public static IApplicationBuilder UseHealthEndpoints(this IApplicationBuilder app, SidecarOptions options)
    {
        var health = app.ApplicationServices.GetRequiredService<ActorHealth>();
        var readiness = app.ApplicationServices.GetRequiredService<Readiness>();
        return app.Use(async (context, next) =>
        {
            if (context.Request.Path == options.HealthPath)
            {
                var isAlive = await health.AnswersAsync(context.RequestAborted);
                await WriteAsync(
                    context, isAlive ? [] : [$"the actor system did not answer within {ActorHealth.Patience.TotalSeconds:0} s"]);
            }
            else if (context.Request.Path == options.ReadyPath)
            {
                await WriteAsync(context, readiness.Look().Reasons);
            }
            else
            {
                await next(context);
            }
        });
    }

    private static Task WriteAsync(HttpContext context, IReadOnlyList<string> reasons)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return reasons.Count == 0
            ? context.Response.WriteAsJsonAsync(new { status = "UP" })
            : context.Response.WriteAsJsonAsync(new { status = "DOWN", reasons });
    }
}
