using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Edge;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Api;

/// <summary>The cloud's GraphQL API over HTTP: <c>POST /graphql</c>.</summary>
/// <remarks>
/// Stricter than the cloud, so that whoever asks badly is told: with status 400 where a header of the sender or the operation's
/// name is missing, and where the document or its variables don't fit the schema. A wrong key is told with status 200 and the
/// code <c>Unauthenticated</c>, and so are reports that can't be counted, with the code that says why. Of a bulk report one bad
/// usage refuses the whole, since the answer is one list; the message begins with its place, such as <c>usages[3]</c>.
/// </remarks>
internal sealed class ApiEndpoints(EmulatorControl control, TimeProvider time)
{
    /// <summary>The most that a request's body may hold: room for a large batch of events.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    private static readonly ImmutableDictionary<string, RequestTarget> Operations = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create("GetEntitlementsState", RequestTarget.ApiState),
            KeyValuePair.Create("GetSdkConfiguration", RequestTarget.ApiConfig),
            KeyValuePair.Create("ReportUsage", RequestTarget.ApiUsage),
            KeyValuePair.Create("ReportUsageBulk", RequestTarget.ApiUsageBulk),
            KeyValuePair.Create("ReportEvent", RequestTarget.ApiEvents),
        ]);

    private const string Path = "/graphql";
    private const string BadInput = "BadUserInput";

    /// <summary>Whether a request target means this API.</summary>
    public static bool Serves(string rawTarget) => EdgeRequest.WithoutAuthority(rawTarget).Split('?')[0] == Path;

    /// <summary>What a request whose body is not read yet says that it is for, by the name of its operation.</summary>
    public static RequestTarget? Announced(HttpContext context) =>
        context.Request.Headers[SenderHeaders.OperationName] is [{ } name] && Operations.TryGetValue(name, out var target) ? target : null;

    /// <summary>Reads a request to its end.</summary>
    public async ValueTask<CloudRequest> ReadAsync(HttpContext context, string rawTarget, CancellationToken cancellationToken)
    {
        var headers = context.Request.Headers;
        ApiBody? body = null;
        try
        {
            RefuseOtherForms(context.Request, rawTarget);
            body = ApiBody.Parse(await ReadBytesAsync(context, cancellationToken));
            var expected = SenderHeaders.Api(body.OperationName);
            var faults = expected.Faults(headers);
            if (!faults.IsEmpty)
                return Refused([.. faults.Select(name => $"the header {name} is absent or unfit")], StatusCodes.Status400BadRequest) with
                {
                    HeaderFaults = faults,
                };
            var operation = await ApiOperation.ReadAsync(body, Tell, cancellationToken);
            return new CloudRequest.Served
            {
                Subject = operation.Subject,
                Operation = body.OperationName,
                Headers = expected.Sent(headers),
                // GraphQL has its failures in the body.
                UnauthorizedStatus = StatusCodes.Status200OK,
                IsReport = operation.Report is not null,
                Compose = ended => AnswerAsync(operation, ended),
            };
        }
        catch (ApiRefusalException wrong)
        {
            return Refused(wrong.Problems, StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException wrong)
        {
            return Refused([wrong.Message], wrong.StatusCode);
        }

        CloudRequest.Malformed Refused(ImmutableArray<string> problems, int status) =>
            new(CloudAnswer.Errors(status, problems, BadInput))
            {
                Operation = body?.OperationName,
                Headers = SenderHeaders.Api(body?.OperationName).Sent(headers),
            };
    }

    private static void RefuseOtherForms(HttpRequest request, string rawTarget)
    {
        if (!HttpMethods.IsPost(request.Method))
            throw new ApiRefusalException("the only method is POST");
        if (rawTarget.Contains('?', StringComparison.Ordinal))
            throw new ApiRefusalException("this path takes no query");
        if (!request.HasJsonContentType())
            throw new ApiRefusalException("the only content type is application/json");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBodyBytes;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private ValueTask<CloudAnswer> AnswerAsync(ApiOperation operation, CancellationToken cancellationToken)
    {
        var subject = operation.Subject;
        return subject is { Target: RequestTarget.ApiState, CustomerId: { } customerId }
            && control.RawState(customerId, subject.ResourceId) is { } raw
            ? ValueTask.FromResult(CloudAnswer.Json(raw))
            : operation.AnswerAsync(cancellationToken);
    }

    /// <summary>What Edge tells of the same, or what becomes of a report.</summary>
    private JsonElement Tell(ApiOperation operation)
    {
        if (operation.Report is { } report)
            return control.Report(report.Read());
        var body = operation.Subject is { Target: RequestTarget.ApiState, CustomerId: { } customerId }
            ? StateWriter.Body(StateComposer.Compose(control.Data, customerId, operation.Subject.ResourceId, time.GetUtcNow()))
            : EdgeEndpoints.Configuration;
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("data").Clone();
    }
}
