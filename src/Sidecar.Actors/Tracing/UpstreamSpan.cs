using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Tracing;

/// <summary>
/// One request to the cloud, from its begin to its answer. Neither its path, in which a customer's id stands, nor a header is told.
/// </summary>
public sealed class UpstreamSpan : IDisposable
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";
    private const string Method = "http.request.method";
    private const string Address = "server.address";
    private const string Port = "server.port";
    private const string StatusCode = "http.response.status_code";
    private const string ErrorType = "error.type";
    private const string Target = "sidecar.target";
    private const string Operation = "sidecar.operation";

    // What a proxy of the cloud's would refuse is not passed on.
    private const int LongestState = 512;

    private readonly Histogram<double> _durations;
    private readonly Activity? _activity;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TagList _tags;

    internal UpstreamSpan(ActivitySource source, Histogram<double> durations, HttpRequestMessage request, CloudPath path, string operation, ActivityContext cause)
    {
        _durations = durations;
        _tags = new TagList
        {
            { Method, request.Method.Method },
            { Target, UpstreamMetrics.NameOf(path) },
            { Operation, operation },
            { Address, request.RequestUri?.Host },
            { Port, request.RequestUri?.Port },
        };
        _activity = source.HasListeners()
            ? source.StartActivity(ActivityKind.Client, cause, _tags, name: $"{request.Method.Method} {UpstreamMetrics.NameOf(path)}")
            : null;
        var context = _activity?.Context ?? cause;
        if (context == default)
            return;
        var isRecorded = context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        request.Headers.TryAddWithoutValidation(TraceParent, $"00-{context.TraceId}-{context.SpanId}-{(isRecorded ? "01" : "00")}");
        if (context.TraceState is { Length: > 0 and <= LongestState } state)
            request.Headers.TryAddWithoutValidation(TraceState, state);
    }

    /// <summary>Notes the answer's status.</summary>
    public void Answered(HttpStatusCode status)
    {
        _tags.Add(StatusCode, (int)status);
        _activity?.SetTag(StatusCode, (int)status);
        if ((int)status >= 400)
            Failed(((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Notes that it failed.</summary>
    /// <param name="kind">How, in a word of a list.</param>
    public void Failed(string kind)
    {
        _tags.Add(ErrorType, kind);
        _activity?.SetTag(ErrorType, kind);
        _activity?.SetStatus(ActivityStatusCode.Error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _durations.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, _tags);
        _activity?.Dispose();
    }
}
