using Grpc.Core;
using Microsoft.Extensions.Primitives;
using Sidecar.Host.Facade;
using Sidecar.Host.Shutdown;
using Sidecar.Protocol;

namespace Sidecar.Host.Connect;

/// <summary>
/// Answers unary calls of the Connect protocol: a POST with a message in protobuf's JSON, or in its binary form. They go to the same
/// methods as calls over gRPC.
/// </summary>
/// <param name="methods">The methods.</param>
/// <param name="budget">What messages may take together.</param>
/// <param name="time">The source of time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ConnectCalls(ConnectMethods methods, MessageBudget budget, TimeProvider time, ILogger<ConnectCalls> logger)
{
    private const string Version = "1";

    /// <summary>Answers a request.</summary>
    public async Task RunAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (Refusal(context, methods.Find(path), path) is { } refusal)
        {
            await ConnectAnswers.WriteErrorAsync(context, refusal.Status, refusal.HttpStatus);
            return;
        }

        var method = methods.Find(path)!;
        var codec = ConnectCodec.Of(context.Request.ContentType)!;
        try
        {
            ConnectLimits.Apply(context);
            var isCompressed = ConnectBody.IsCompressed(context.Request);
            CheckVersion(context.Request.Headers[ConnectHeaders.ProtocolVersion]);
            var timeout = ConnectLimits.TimeoutOf(context.Request.Headers[ConnectHeaders.TimeoutMs].ToString());
            await AnswerAsync(context, method, path, codec, isCompressed, timeout);
        }
        catch (RpcException e)
        {
            await ConnectAnswers.WriteErrorAsync(context, e.Status);
        }
        catch (BadHttpRequestException e)
        {
            // Too slow, or not to its end: the caller's fault, which the server would take for one of this service.
            var code = e.StatusCode == StatusCodes.Status408RequestTimeout ? StatusCode.DeadlineExceeded : StatusCode.InvalidArgument;
            await ConnectAnswers.WriteErrorAsync(context, new Status(code, $"the body did not come as a whole: {e.Message}"), e.StatusCode);
        }
        catch (IOException)
        {
            // The connection broke.
        }
    }

    private async Task AnswerAsync(HttpContext context, ConnectMethod method, string path, ConnectCodec codec, bool isCompressed, TimeSpan? timeout)
    {
        using var deadline = timeout is { } patience ? new CancellationTokenSource(patience, time) : null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline?.Token ?? CancellationToken.None);
        var call = new ConnectCallContext(
            context, path, timeout is { } limit ? (time.GetUtcNow() + limit).UtcDateTime : DateTime.MaxValue, end.Token);
        using var room = new MessageRoom(budget, context.Features.Get<ClientConnection>());
        try
        {
            var request = codec.Read(await ConnectBody.ReadAsync(context.Request, isCompressed, room, end.Token), method.Descriptor.InputType);
            var answer = await method.CallAsync(request, call);
            await ConnectAnswers.WriteAsync(context, codec, codec.Write(answer), call.ResponseTrailers);
        }
        catch (Exception e) when (deadline is { IsCancellationRequested: true } && IsCancelled(e))
        {
            throw new RpcException(new Status(
                StatusCode.DeadlineExceeded, $"there was no answer within the {timeout!.Value.TotalMilliseconds:0} ms of {ConnectHeaders.TimeoutMs}"));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone, and nobody reads an answer.
            context.Items[typeof(StatusCode)] = StatusCode.Cancelled;
        }
        catch (Exception e) when (e is not (RpcException or OperationCanceledException or IOException))
        {
            // A fault of this service.
            Log.Failed(logger, method.Descriptor.Name, e);
            throw new RpcException(new Status(StatusCode.Unknown, "the call failed; the service's log says why"));
        }
    }

    private static bool IsCancelled(Exception e) => e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private static (Status Status, int HttpStatus)? Refusal(HttpContext context, ConnectMethod? method, string path)
    {
        var request = context.Request;
        if (method is null)
        {
            return (new Status(StatusCode.Unimplemented, $"there is nothing at '{Excerpt.Of(path)}', expected /{Stigg.Sidecar.V1.SidecarService.Descriptor.FullName}/ and a method's name"),
                StatusCodes.Status404NotFound);
        }

        // A page in somebody's browser is no client, whatever name it has reached this port by.
        if (request.Headers.Origin.Count > 0)
            return (new Status(StatusCode.PermissionDenied, "requests of web pages (with the header Origin) are refused"), StatusCodes.Status403Forbidden);
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return (new Status(StatusCode.Unimplemented, "expected a POST"), StatusCodes.Status405MethodNotAllowed);
        }

        if (ConnectCodec.Of(request.ContentType) is not null)
            return null;
        context.Response.Headers[ConnectHeaders.AcceptPost] = $"{ConnectHeaders.Json}, {ConnectHeaders.Proto}";
        return (new Status(
            StatusCode.InvalidArgument, $"Content-Type is '{Excerpt.Of(request.ContentType ?? "")}', expected {ConnectHeaders.Json} or {ConnectHeaders.Proto}"),
            StatusCodes.Status415UnsupportedMediaType);
    }

    private static void CheckVersion(StringValues version)
    {
        if (version.Count > 0 && version.ToString() != Version)
        {
            throw new RpcException(new Status(
                StatusCode.InvalidArgument, $"{ConnectHeaders.ProtocolVersion} is '{Excerpt.Of(version.ToString())}', expected {Version}"));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "a call of {Method} over HTTP failed")]
        public static partial void Failed(ILogger logger, string method, Exception e);
    }
}
