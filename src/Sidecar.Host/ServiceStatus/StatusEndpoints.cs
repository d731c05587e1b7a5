using Sidecar.Host.Configuration;

namespace Sidecar.Host.ServiceStatus;

/// <summary><c>GET /status</c> for people, and <c>GET /status/data</c>, from which the page renews itself.</summary>
internal static class StatusEndpoints
{
    /// <summary>Path of the page.</summary>
    public const string PagePath = "/status";

    /// <summary>Path of its numbers.</summary>
    public const string DataPath = "/status/data";

    // The numbers need no more than to be read by the page itself.
    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Answers both paths, unless <c>STATUS_PAGE</c> is off.</summary>
    /// <param name="app">The requests.</param>
    /// <param name="options">What is in force.</param>
    public static IApplicationBuilder UseStatusPage(this IApplicationBuilder app, SidecarOptions options)
    {
        if (!options.IsStatusPageOn)
            return app;
        var reader = app.ApplicationServices.GetRequiredService<StatusReader>();
        var history = app.ApplicationServices.GetRequiredService<StatusHistory>();
        return app.Use((context, next) =>
        {
            var isPage = context.Request.Path == PagePath;
            if (!isPage && context.Request.Path != DataPath)
                return next(context);
            var headers = context.Response.Headers;
            headers.CacheControl = "no-store";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                headers.Allow = "GET, HEAD";
                return Task.CompletedTask;
            }

            if (isPage)
            {
                headers.ContentSecurityPolicy = StatusPage.Instance.Policy;
                headers.XFrameOptions = "DENY";
                context.Response.ContentType = "text/html; charset=utf-8";
                return context.Response.WriteAsync(StatusPage.Instance.Render(reader.Look()), context.RequestAborted);
            }

            headers.ContentSecurityPolicy = DataPolicy;
            context.Response.ContentType = "application/json";
            return context.Response.Body.WriteAsync(StatusJson.Write(reader.Look(), history.Samples()), context.RequestAborted).AsTask();
        });
    }
}
