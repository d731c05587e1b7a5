using System.Text;

namespace Sidecar.Host.Metrics;

/// <summary><c>GET /metrics</c>: what the library shows, and after it the histograms that it can't.</summary>
public static class MetricsEndpoint
{
    private const string Path = "/metrics";

    // The end of a scrape in the OpenMetrics format, and of none in the other one.
    private const string EndMark = "# EOF\n";

    /// <summary>Answers the path.</summary>
    public static IApplicationBuilder UseMetricsEndpoint(this IApplicationBuilder app)
    {
        var metrics = app.ApplicationServices.GetRequiredService<SidecarMetrics>();
        return app
            .UseWhen(context => context.Request.Path == Path, scrape => scrape.Use((context, next) => AppendAsync(context, next, metrics)))
            .UseOpenTelemetryPrometheusScrapingEndpoint(Path);
    }

    private static async Task AppendAsync(HttpContext context, RequestDelegate next, SidecarMetrics metrics)
    {
        // Compressed, the text could not be added to.
        context.Request.Headers.AcceptEncoding = default;
        var body = context.Response.Body;
        using var scraped = new MemoryStream();
        context.Response.Body = scraped;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }

        if (context.Response.StatusCode != StatusCodes.Status200OK)
        {
            await body.WriteAsync(scraped.GetBuffer().AsMemory(0, (int)scraped.Length), context.RequestAborted);
            return;
        }

        var text = new StringBuilder(Encoding.UTF8.GetString(scraped.GetBuffer(), 0, (int)scraped.Length));
        var isOpenMetrics = context.Response.ContentType?.StartsWith("application/openmetrics-text", StringComparison.Ordinal) ?? false;
        if (isOpenMetrics && text.ToString().EndsWith(EndMark, StringComparison.Ordinal))
            text.Length -= EndMark.Length;
        metrics.AppendHistograms(text);
        if (isOpenMetrics)
            text.Append(EndMark);
        context.Response.ContentLength = null;
        await body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), context.RequestAborted);
    }
}
