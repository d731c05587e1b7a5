using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Actors.Tracing;
using Sidecar.Host.Connect;

namespace Sidecar.Host.Telemetry;

/// <summary>
/// A span of each call, below the one that the caller names, and its duration. Of a call nothing is told but its method and how it ended.
/// </summary>
internal sealed class CallTracing
{
    /// <summary>Calls over gRPC.</summary>
    public const string Grpc = "grpc";

    /// <summary>Calls over HTTP.</summary>
    public const string Connect = "connect_rpc";

    private const string System = "rpc.system";
    private const string Service = "rpc.service";
    private const string Method = "rpc.method";
    private const string GrpcStatusCode = "rpc.grpc.status_code";
    private const string ConnectErrorCode = "rpc.connect_rpc.error_code";
    private const string GrpcStatus = "grpc-status";

    private static readonly FrozenDictionary<string, string> Methods = Stigg.Sidecar.V1.SidecarService.Descriptor.Methods
        .ToFrozenDictionary(ConnectMethod.PathOf, method => method.Name, StringComparer.Ordinal);

    private readonly UpstreamTracing _tracing;
    private readonly string _system;
    private readonly Histogram<double> _durations;

    /// <summary>Makes it.</summary>
    /// <param name="tracing">The source of spans.</param>
    /// <param name="system">The protocol of the calls.</param>
    public CallTracing(UpstreamTracing tracing, string system)
    {
        _tracing = tracing;
        _system = system;
        // The same for both protocols: the meter knows what it has made.
        _durations = tracing.Meter.CreateHistogram(
            "rpc.server.call.duration", "s", "Duration of calls.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = UpstreamTracing.Bounds });
    }

    /// <summary>Makes spans of the calls to this service; others, such as those that last, have none.</summary>
    public IApplicationBuilder Use(IApplicationBuilder app) => app.Use(next => context =>
        Methods.TryGetValue(context.Request.Path.Value ?? "", out var method) ? RunAsync(context, next, method) : next(context));

    private async Task RunAsync(HttpContext context, RequestDelegate next, string method)
    {
        var start = Stopwatch.GetTimestamp();
        var tags = new TagList { { System, _system }, { Service, Stigg.Sidecar.V1.SidecarService.Descriptor.FullName }, { Method, method } };
        using var span = _tracing.Source.HasListeners()
            ? _tracing.Source.StartActivity(
                ActivityKind.Server, CallerOf(context.Request.Headers), tags, name: $"{Stigg.Sidecar.V1.SidecarService.Descriptor.FullName}/{method}")
            : null;
        try
        {
            await next(context);
        }
        finally
        {
            var (name, value, isFault) = _system == Grpc ? GrpcEnd(context) : ConnectEnd(context);
            if (value is not null)
            {
                tags.Add(name, value);
                span?.SetTag(name, value);
            }

            if (isFault)
                span?.SetStatus(ActivityStatusCode.Error);
            _durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        }
    }

    // One that makes no sense is none: the call begins a trace of its own.
    private static ActivityContext CallerOf(IHeaderDictionary headers) =>
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var caller) ? caller : default;

    private static (string Name, object? Value, bool IsFault) GrpcEnd(HttpContext context)
    {
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue(GrpcStatus, out var told) ? told : context.Response.Headers[GrpcStatus];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            code = (int)(context.RequestAborted.IsCancellationRequested ? StatusCode.Cancelled : StatusCode.Unknown);
        return (GrpcStatusCode, code, IsFault((StatusCode)code));
    }

    private static (string Name, object? Value, bool IsFault) ConnectEnd(HttpContext context) => context.Items[typeof(StatusCode)] is StatusCode code
        ? (ConnectErrorCode, ConnectCodes.Of(code).Name, IsFault(code))
        : (ConnectErrorCode, null, false);

    // The others are the caller's.
    private static bool IsFault(StatusCode code) => code is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented
        or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss;
}
