using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Edge;

/// <summary>
/// The cloud's read side. A request is counted, waits where it is held or delayed, and is then answered from the data of
/// that moment, or as a fault has it.
/// </summary>
internal sealed class EdgeEndpoints(EmulatorControl control, TimeProvider time, CancellationToken stopping)
{
    public async Task HandleAsync(HttpContext context)
    {
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = EdgeRequest.Parse(rawTarget);
        if (request is EdgeRequest.Config or EdgeRequest.State && !HttpMethods.IsGet(context.Request.Method))
            request = new EdgeRequest.Malformed("the only method is GET");

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        control.Requests.Arrived(request, rawTarget, context.Request.Headers);
        try
        {
            await AnswerAsync(context, request, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            context.Abort();
        }
        finally
        {
            control.Requests.Ended();
        }
    }

    private Task AnswerAsync(HttpContext context, EdgeRequest request, CancellationToken ended)
    {
        switch (request)
        {
            case EdgeRequest.Config:
                return AnswerAsync(context, RequestTarget.Config, state: null, ended);
            case EdgeRequest.State state:
                return AnswerAsync(context, RequestTarget.State, state, ended);
            case EdgeRequest.Malformed malformed:
                control.Requests.WasBad();
                return AnswerDelivery.SendAsync(
                    context, EdgeAnswer.Errors(StatusCodes.Status400BadRequest, malformed.Problem, "BadUserInput"), ended);
            default:
                control.Requests.WasNotFound();
                return AnswerDelivery.SendAsync(
                    context, EdgeAnswer.Errors(StatusCodes.Status404NotFound, "There is nothing here", "BadUserInput"), ended);
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestTarget target, EdgeRequest.State? state, CancellationToken ended)
    {
        // Taken on arrival, so that "the next request fails" means the next to arrive.
        var rule = control.Faults.Take(target, state?.CustomerId, state?.ResourceId);
        if (rule?.DelayMs is { } delay)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), time, ended);
        if (state is not null)
            await control.PassHoldsAsync(state.CustomerId, state.ResourceId, HoldPoint.BeforeReading, ended);
        var answer = Compose(context.Request.Headers, state, counted: rule?.Kind is null or FaultKind.Delay);
        if (state is not null)
            await control.PassHoldsAsync(state.CustomerId, state.ResourceId, HoldPoint.AfterReading, ended);
        await AnswerDelivery.DeliverAsync(context, rule is null ? answer : EdgeAnswer.Faulty(rule, answer), rule, ended);
    }

    private EdgeAnswer Compose(IHeaderDictionary headers, EdgeRequest.State? state, bool counted)
    {
        if (!EdgeHeaders.HasKey(headers, control.ApiKey))
        {
            // Under a fault the client never learns that its key was wrong.
            if (counted)
                control.Requests.WasUnauthorized();
            return EdgeAnswer.Errors(StatusCodes.Status401Unauthorized, "Unauthenticated", "Unauthenticated");
        }
        if (state is null)
            // The form of the configuration in the cloud's API; nobody uses what it says.
            return EdgeAnswer.Json("""{"data":{"sdkConfiguration":{"sentryDsn":null,"isWidgetWatermarkEnabled":false}}}""");
        return EdgeAnswer.Json(
            control.RawState(state.CustomerId, state.ResourceId)
            ?? StateWriter.Body(StateComposer.Compose(control.Data, state.CustomerId, state.ResourceId, time.GetUtcNow())));
    }
}
