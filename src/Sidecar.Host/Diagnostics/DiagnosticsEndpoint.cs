using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Actors.Diagnostics;
using Sidecar.Host.Logging;

namespace Sidecar.Host.Diagnostics;

/// <summary>The diagnostics over HTTP: JSON out, every refusal with its reason.</summary>
internal sealed class DiagnosticsEndpoint
{
    /// <summary>The largest body that is taken; nothing in it is looked at.</summary>
    public const int MaxBodyBytes = 1024;

    // With what stands around each chunk.
    private const int MaxFramedBytes = 16 * MaxBodyBytes;
    private const int RefusalLines = 10;
    private static readonly TimeSpan BodyPatience = TimeSpan.FromSeconds(5);

    // A little longer than the actor takes at most.
    private static readonly TimeSpan Patience = DiagnosticsActor.Patience + TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Json = new(DiagnosticsJson.Default.Options)
    {
        // It is no part of a page, and people read it.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = DiagnosticsJson.Default,
    };

    private readonly RequestGate _gate;
    private readonly Func<CancellationToken, Task<IActorRef>> _actor;
    private readonly LogLevelOperation _levels;
    private readonly ILogger _log;
    private readonly LineBudget _refusals;
    private readonly Lock _lock = new();

    public DiagnosticsEndpoint(
        RequestGate gate, Func<CancellationToken, Task<IActorRef>> actor, LogLevelOperation levels, TimeProvider time, ILogger log)
    {
        _gate = gate;
        _actor = actor;
        _levels = levels;
        _log = log;
        _refusals = new LineBudget(RefusalLines, TimeSpan.FromMinutes(1), time);
    }

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (RequestGate.WhyForeign(request) is { } foreign)
        {
            await RefuseAsync(context, foreign);
            return;
        }

        if (DiagnosticsRoute.Find(request.Path.Value) is not { } route)
        {
            await WriteErrorAsync(
                context, StatusCodes.Status404NotFound, $"there is no such path, expected one of {string.Join(", ", DiagnosticsRoute.All.Select(one => one.Path))}");
            return;
        }

        if (request.Method != route.Method)
        {
            response.Headers.Allow = route.Method;
            await WriteErrorAsync(context, StatusCodes.Status405MethodNotAllowed, $"the method is not taken here, expected {route.Method}");
            return;
        }

        if (_gate.WhyRefused(request, route.NeedsToken(request.Query)) is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        if (!await IsBodySmallAsync(context))
        {
            await WriteErrorAsync(context, StatusCodes.Status413PayloadTooLarge, $"the body is too large, expected none, or {MaxBodyBytes} bytes at most");
            return;
        }

        try
        {
            await AnswerAsync(context, route);
        }
        catch (BadDiagnosticsException e)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private async Task AnswerAsync(HttpContext context, DiagnosticsRoute route)
    {
        var message = route.Read(new DiagnosticsQuery(context.Request.Query, route.Parameters));
        object answer;
        if (message is SetLogLevel level)
        {
            // First: the level that it asks for may hide the line.
            LogOperation("the log level", level);
            answer = _levels.Set(level.Level, level.Minutes);
        }
        else
        {
            if (route.Method == HttpMethods.Post)
                LogOperation(route.Path, message);
            answer = await AskAsync((IDiagnosticRequest)message, context.RequestAborted);
        }

        switch (answer)
        {
            case IDiagnosticReport report:
                await WriteAsync(context, StatusCodes.Status200OK, report);
                break;
            case Refused refused:
                await WriteErrorAsync(context, StatusOf(refused.Kind), refused.Why);
                break;
            default:
                await WriteErrorAsync(context, StatusCodes.Status500InternalServerError, "there was an answer that nobody expected");
                break;
        }
    }

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Busy => StatusCodes.Status503ServiceUnavailable,
        RefusalKind.Fault => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status409Conflict,
    };

    private async Task<object> AskAsync(IDiagnosticRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var actor = await _actor(limit.Token);
            return await actor.Ask<object>(request, Patience, limit.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is OperationCanceledException or AskTimeoutException)
        {
            return new Refused("the actor system did not answer in time", RefusalKind.Busy);
        }
    }

    // The customer is named at level debug alone.
    private void LogOperation(string operation, object message)
    {
        switch (message)
        {
            case Evict evict:
                DiagnosticsLog.Evict(_log);
                DiagnosticsLog.OfCustomer(_log, operation, evict.CustomerId);
                break;
            case Reread reread:
                DiagnosticsLog.Reread(_log);
                DiagnosticsLog.OfCustomer(_log, operation, reread.Key.ToString());
                break;
            case Reconnect:
                DiagnosticsLog.Reconnect(_log);
                break;
            case Isolate isolate:
                DiagnosticsLog.Isolate(_log, isolate.Length.TotalMinutes);
                break;
            case SetLogLevel level:
                DiagnosticsLog.Level(_log, level.Level, level.Minutes);
                break;
        }
    }

    private async Task RefuseAsync(HttpContext context, GateRefusal refusal)
    {
        lock (_lock)
        {
            if (_refusals.Take(nameof(GateRefusal), LogLevel.Warning) is { } leftOut)
                DiagnosticsLog.Refused(_log, refusal.Error, leftOut);
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await WriteErrorAsync(context, refusal.Status, refusal.Error);
    }

    private static async Task<bool> IsBodySmallAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxFramedBytes;
        if (context.Request.ContentLength is { } length)
            return length <= MaxBodyBytes;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
            return true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(BodyPatience);
        var buffer = new byte[MaxBodyBytes + 1];
        try
        {
            return await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, patience.Token) <= MaxBodyBytes;
        }
        catch (Exception e) when (e is BadHttpRequestException || (e is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            return false;
        }
    }

    private static Task WriteErrorAsync(HttpContext context, int status, string error) =>
        WriteAsync(context, status, writer => writer.WriteString("error", error));

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }

    private static Task WriteAsync(HttpContext context, int status, IDiagnosticReport report)
    {
        context.Response.StatusCode = status;
        JsonTypeInfo type = Json.GetTypeInfo(report.GetType());
        return context.Response.WriteAsJsonAsync(report, type, cancellationToken: context.RequestAborted);
    }
}
