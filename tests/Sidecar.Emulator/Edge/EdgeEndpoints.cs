using Sidecar.Emulator.Control;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Edge;

/// <summary>The cloud's read side.</summary>
internal sealed class EdgeEndpoints(EmulatorControl control, TimeProvider time)
{
    /// <summary>The body of the configuration, in the form of the cloud's API; nobody uses what it says.</summary>
    public static byte[] Configuration { get; } =
        """{"data":{"sdkConfiguration":{"sentryDsn":null,"isWidgetWatermarkEnabled":false}}}"""u8.ToArray();

    /// <summary>Reads a request.</summary>
    public ValueTask<CloudRequest> ReadAsync(HttpContext context, string rawTarget, CancellationToken cancellationToken)
    {
        var request = EdgeRequest.Parse(rawTarget);
        if (request is EdgeRequest.Config or EdgeRequest.State && !HttpMethods.IsGet(context.Request.Method))
            request = new EdgeRequest.Malformed("the only method is GET");
        var headers = context.Request.Headers;
        var sent = SenderHeaders.Edge.Sent(headers);
        return ValueTask.FromResult<CloudRequest>(request switch
        {
            EdgeRequest.Config => Served(new RequestSubject(RequestTarget.Config), () => CloudAnswer.Json(Configuration)),
            EdgeRequest.State state => Served(
                new RequestSubject(RequestTarget.State, state.CustomerId, state.ResourceId), () => State(state)),
            EdgeRequest.Malformed malformed => Malformed(malformed.Problem),
            _ => new CloudRequest.Unknown { Headers = sent },
        });

        CloudRequest.Malformed Malformed(string problem) =>
            new(CloudAnswer.Errors(StatusCodes.Status400BadRequest, problem, "BadUserInput")) { Headers = sent };

        CloudRequest.Served Served(RequestSubject subject, Func<CloudAnswer> compose) => new()
        {
            Subject = subject,
            Headers = sent,
            HeaderFaults = SenderHeaders.Edge.Faults(headers),
            UnauthorizedStatus = StatusCodes.Status401Unauthorized,
            Compose = _ => ValueTask.FromResult(compose()),
        };
    }

    private CloudAnswer State(EdgeRequest.State state)
    {
        if (control.RawState(state.CustomerId, state.ResourceId) is { } raw)
            return CloudAnswer.Json(raw);
        var composed = StateComposer.Compose(control.Data, state.CustomerId, state.ResourceId, time.GetUtcNow());
        return CloudAnswer.Json(state.IsList ? StateWriter.List(composed) : StateWriter.Body(composed));
    }
}
