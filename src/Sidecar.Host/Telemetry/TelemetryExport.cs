using System.Reflection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sidecar.Actors;
using Sidecar.Actors.Tracing;
using Sidecar.Host.Metrics;

namespace Sidecar.Host.Telemetry;

/// <summary>
/// Exports traces, metrics and logs. All of it waits in bounded queues, and goes out on threads of its own: a collector that is down or slow
/// costs what it does not take, and holds up no answer.
/// </summary>
internal sealed class TelemetryExport : IHostedService, IAsyncDisposable
{
    /// <summary>How long the last export may take.</summary>
    public static readonly TimeSpan LastExport = TimeSpan.FromSeconds(2);

    private readonly ServiceProvider _services;
    private readonly TimeProvider _time;

    /// <summary>Makes it; nothing is exported yet.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="time">The source of time.</param>
    public TelemetryExport(TelemetryOptions options, TimeProvider time)
    {
        _time = time;
        var services = new ServiceCollection();
        // Where the library reads its variables from.
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(options.Variables).Build());
        var telemetry = services.AddOpenTelemetry().ConfigureResource(static resource => resource
            .Clear()
            .AddTelemetrySdk()
            .AddService(SidecarActorSystem.Name, serviceVersion: Version, serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}")
            .AddEnvironmentVariableDetector());
        if (options.ExportsTraces)
            telemetry.WithTracing(static traces => traces.AddSource(UpstreamTracing.SourceName).AddOtlpExporter());
        if (options.ExportsMetrics)
        {
            telemetry.WithMetrics(static metrics => metrics
                .AddMeter(SidecarMetrics.MeterName, UpstreamTracing.MeterName)
                .AddRuntimeInstrumentation()
                .AddView(static _ => new MetricStreamConfiguration { CardinalityLimit = SidecarMetrics.MaxSeries })
                .AddOtlpExporter());
        }

        if (options.ExportsLogs)
            telemetry.WithLogging(static logs => logs.AddOtlpExporter(), static log => log.IncludeFormattedMessage = true);
        _services = services.BuildServiceProvider();
    }

    /// <summary>What takes log lines; it is there where logs are exported.</summary>
    public ILoggerProvider LogProvider => _services.GetRequiredService<ILoggerProvider>();

    private static string Version =>
        typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Made here, they begin.
        _services.GetService<TracerProvider>();
        _services.GetService<MeterProvider>();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)LastExport.TotalMilliseconds;
        Task last = Task.WhenAll(
            Task.Run(() => _services.GetService<TracerProvider>()?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => _services.GetService<MeterProvider>()?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => _services.GetService<LoggerProvider>()?.Shutdown(limit), CancellationToken.None));
        await last.WaitAsync(LastExport, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
