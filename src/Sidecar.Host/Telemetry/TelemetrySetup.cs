using Sidecar.Actors.Tracing;

namespace Sidecar.Host.Telemetry;

/// <summary>
/// Wiring of what is exported by OpenTelemetry's protocol. Where nothing is, nothing of it is there: no listener, no middleware, and its
/// assembly is not loaded.
/// </summary>
internal static class TelemetrySetup
{
    /// <summary>Adds the export, where there is one.</summary>
    public static void AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        if (options.IsOn)
            TurnOn(services, options);
    }

    /// <summary>Makes spans of calls, where they are exported.</summary>
    /// <param name="app">The calls.</param>
    /// <param name="system">The protocol that they are made by.</param>
    public static IApplicationBuilder UseCallTracing(this IApplicationBuilder app, string system) =>
        app.ApplicationServices.GetService<UpstreamTracing>() is { } tracing ? new CallTracing(tracing, system).Use(app) : app;

    private static void TurnOn(IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton<UpstreamTracing>();
        services.AddSingleton(provider => new TelemetryExport(options, provider.GetRequiredService<TimeProvider>()));
        // First in, so last out: what the end itself has to say is exported too.
        services.AddHostedService(provider => provider.GetRequiredService<TelemetryExport>());
        services.AddHostedService<ExportTrouble>();
        if (options.ExportsLogs)
            services.AddSingleton<ILoggerProvider>(provider => new ExportedLog(provider.GetRequiredService<TelemetryExport>().LogProvider));
    }
}
