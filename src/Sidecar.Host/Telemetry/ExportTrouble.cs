using System.Diagnostics.Tracing;
using System.Globalization;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Logging;
using Sidecar.Protocol;

namespace Sidecar.Host.Telemetry;

/// <summary>
/// Tells in the log what could not be set up, and that the collector does not take what is exported: the library says so to nobody. One line a
/// minute.
/// </summary>
internal sealed partial class ExportTrouble : EventListener, IHostedService
{
    private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const int LongestReason = 300;
    private readonly Lock _lock = new();
    private readonly ILogger _logger;
    private readonly TelemetryExport _export;
    private readonly SidecarCounters _counters;
    private readonly LineBudget _budget;

    /// <summary>Makes it.</summary>
    /// <param name="logger">The log.</param>
    /// <param name="export">What is exported.</param>
    /// <param name="counters">Where errors of the start are counted.</param>
    /// <param name="time">The source of time.</param>
    public ExportTrouble(ILogger<ExportTrouble> logger, TelemetryExport export, SidecarCounters counters, TimeProvider time)
    {
        _logger = logger;
        _export = export;
        _counters = counters;
        _budget = new LineBudget(1, TimeSpan.FromMinutes(1), time);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // It has started before.
        foreach (var fault in _export.Faults)
        {
            Log.NotSetUp(_logger, fault);
            _counters.InitializationErrors.Increment();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        ArgumentNullException.ThrowIfNull(eventSource);
        if (eventSource.Name == Source)
            EnableEvents(eventSource, EventLevel.Warning);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        ArgumentNullException.ThrowIfNull(eventData);
        // The base class may call this before the constructor has run.
        if (_budget is null || eventData.Level > EventLevel.Warning)
            return;
        int? leftOut;
        lock (_lock)
            leftOut = _budget.Take(Source, LogLevel.Warning);
        if (leftOut is { } count)
            Log.NotExported(_logger, ReasonIn(eventData), count);
    }

    private static string ReasonIn(EventWrittenEventArgs told)
    {
        var parts = told.Payload?.ToArray() ?? [];
        var text = told.Message is { } format ? string.Format(CultureInfo.InvariantCulture, format, parts) : string.Join(' ', parts);
        // The first line of an exception says what is wrong, and the rest where it was found.
        return Excerpt.Of(text.Split('\n')[0].TrimEnd('\r'), LongestReason);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "telemetry can't be exported: {Reason}; what can't be delivered is dropped ({LeftOut} such lines left out since the last one)")]
        public static partial void NotExported(ILogger logger, string reason, int leftOut);

        [LoggerMessage(2, LogLevel.Error, "telemetry: {Fault}")]
        public static partial void NotSetUp(ILogger logger, string fault);
    }
}
