using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tracing;

/// <summary>
/// Spans of requests to the cloud, below those of the calls that caused them. There is one only where telemetry is exported. A call's context
/// does not go through the actors: who asks notes it down here, and who sends the request finds it by what was asked for.
/// </summary>
public sealed class UpstreamTracing : IDisposable
{
    /// <summary>The name of the source of all spans of this service.</summary>
    public const string SourceName = "Sidecar";

    /// <summary>The name of the meter of what is measured for export alone.</summary>
    public const string MeterName = "Sidecar.Calls";

    /// <summary>Bounds of durations, in seconds.</summary>
    public static readonly double[] Bounds = [0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // Each entry belongs to a call that waits, and those are bounded by the front desks.
    private readonly ConcurrentDictionary<EntryKey, ActivityContext> _reads = new();
    private readonly ConcurrentDictionary<Report, ActivityContext> _reports = new(ReferenceEqualityComparer.Instance);
    private readonly Histogram<double> _durations;

    /// <summary>Makes it.</summary>
    public UpstreamTracing() => _durations = Meter.CreateHistogram(
        "http.client.request.duration", "s", "Duration of requests to the cloud.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });

    /// <summary>The source of all spans of this service.</summary>
    public ActivitySource Source { get; } = new(SourceName);

    /// <summary>The meter of what is measured for export alone.</summary>
    public Meter Meter { get; } = new(MeterName);

    /// <summary>Notes down that an entry is asked for on behalf of the present call, until the end of what is returned.</summary>
    public IDisposable? Asks(EntryKey key) => Activity.Current is { } call && _reads.TryAdd(key, call.Context) ? new Note(() => _reads.TryRemove(key, out _)) : null;

    /// <summary>The same of a report.</summary>
    public IDisposable? Asks(Report report) =>
        Activity.Current is { } call && _reports.TryAdd(report, call.Context) ? new Note(() => _reports.TryRemove(report, out _)) : null;

    /// <summary>The call that an entry is read for; none where nobody waits for it.</summary>
    public ActivityContext CauseOf(EntryKey key) => _reads.GetValueOrDefault(key);

    /// <summary>The call that a report is sent for.</summary>
    public ActivityContext CauseOf(Report report) => _reports.GetValueOrDefault(report);

    /// <summary>Begins a request, and has it carry its span's context.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">The way.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="cause">The call that it is for.</param>
    public UpstreamSpan Begin(HttpRequestMessage request, CloudPath path, string operation, ActivityContext cause) =>
        new(Source, _durations, request, path, operation, cause);

    /// <inheritdoc/>
    public void Dispose()
    {
        Source.Dispose();
        Meter.Dispose();
    }

    private sealed class Note(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
