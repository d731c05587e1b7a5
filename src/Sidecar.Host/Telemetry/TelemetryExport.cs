using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
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
    private readonly List<string> _faults = [];
    private readonly LoggerProvider? _logs;
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

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
        _logs = Made<LoggerProvider>("logs");
        LogProvider = _logs is null ? NullLoggerProvider.Instance : Made<ILoggerProvider>("logs") ?? NullLoggerProvider.Instance;
    }

    /// <summary>What takes log lines; nothing does where logs are not exported.</summary>
    public ILoggerProvider LogProvider { get; }

    /// <summary>What could not be set up, and is not exported: one line a signal.</summary>
    public IReadOnlyList<string> Faults => _faults;

    private static string Version =>
        typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Made here, they begin.
        _traces = Made<TracerProvider>("traces");
        _metrics = Made<MeterProvider>("metrics");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)LastExport.TotalMilliseconds;
        Task last = Task.WhenAll(
            Task.Run(() => _traces?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => _metrics?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => _logs?.Shutdown(limit), CancellationToken.None));
        await last.WaitAsync(LastExport, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // A slip in a variable that the library alone reads is not to cost the service. What it says of it may hold a header's value.
    private T? Made<T>(string signal)
        where T : class
    {
        try
        {
            return _services.GetService<T>();
        }
        catch (Exception e)
        {
            _faults.Add($"the export of {signal} can't be set up ({e.GetType().Name}), expected OTEL_ variables that the library takes; no {signal} are exported");
            return null;
        }
    }
}
