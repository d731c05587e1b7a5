using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Requests;

/// <summary>
/// The way of every request to the cloud. It is counted, waits where it is held or delayed, and is then answered from the
/// data of that moment, or as a fault has it.
/// </summary>
internal sealed class RequestPath(EmulatorControl control, TimeProvider time, CancellationToken stopping)
{
    /// <summary>Sees a request through.</summary>
    /// <param name="context">The request.</param>
    /// <param name="announced">What its headers say that it is for.</param>
    /// <param name="read">Reads what it asks for; it has arrived when this is done.</param>
    public async Task HandleAsync(
        HttpContext context, RequestTarget? announced, Func<HttpContext, string, CancellationToken, ValueTask<CloudRequest>> read)
    {
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            if (control.Faults.TakeUnread(announced) is { } rule)
            {
                await WaitAsync(rule, ended.Token);
                await AnswerDelivery.DeliverAsync(context, CloudAnswer.None, rule, ended.Token);
                return;
            }
            var request = await read(context, rawTarget, ended.Token);
            await CountAndAnswerAsync(context, request, rawTarget, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private async Task CountAndAnswerAsync(HttpContext context, CloudRequest request, string rawTarget, CancellationToken ended)
    {
        control.Requests.Arrived(request, rawTarget);
        try
        {
            await AnswerAsync(context, request, ended);
        }
        finally
        {
            control.Requests.Ended();
        }
    }

    private Task AnswerAsync(HttpContext context, CloudRequest request, CancellationToken ended)
    {
        switch (request)
        {
            case CloudRequest.Served served:
                return AnswerAsync(context, served, ended);
            case CloudRequest.Malformed malformed:
                control.Requests.WasBad();
                return AnswerDelivery.SendAsync(context, malformed.Answer, ended);
            default:
                control.Requests.WasNotFound();
                return AnswerDelivery.SendAsync(
                    context, CloudAnswer.Errors(StatusCodes.Status404NotFound, "There is nothing here", "BadUserInput"), ended);
        }
    }

    private async Task AnswerAsync(HttpContext context, CloudRequest.Served request, CancellationToken ended)
    {
        // Taken on arrival, so that "the next request fails" means the next to arrive.
        var rule = control.Faults.Take(request.Subject);
        var isLate = rule?.Moment is FaultMoment.Processed;
        // A report that was read is counted: nobody can take it back by leaving.
        var waiting = request.IsReport ? stopping : ended;
        if (!isLate)
            await WaitAsync(rule, waiting);
        await control.PassHoldsAsync(request.Subject, HoldPoint.BeforeReading, waiting);
        var answer = rule is { IsProcessed: false }
            ? CloudAnswer.None
            : await ComposeAsync(context.Request.Headers, request, counted: rule?.Kind is null or FaultKind.Delay, ended);
        await control.PassHoldsAsync(request.Subject, HoldPoint.AfterReading, ended);
        if (isLate)
            await WaitAsync(rule, ended);
        await AnswerDelivery.DeliverAsync(context, rule is null ? answer : CloudAnswer.Faulty(rule, answer), rule, ended);
    }

    private Task WaitAsync(FaultRule? rule, CancellationToken ended) =>
        rule?.DelayMs is { } delay ? Task.Delay(TimeSpan.FromMilliseconds(delay), time, ended) : Task.CompletedTask;

    private ValueTask<CloudAnswer> ComposeAsync(IHeaderDictionary headers, CloudRequest.Served request, bool counted, CancellationToken ended)
    {
        if (SenderHeaders.HasKey(headers, control.ApiKey))
            return request.Compose(ended);
        // Under a fault the client never learns that its key was wrong.
        if (counted)
            control.Requests.WasUnauthorized();
        return ValueTask.FromResult(CloudAnswer.Errors(request.UnauthorizedStatus, "Unauthenticated", "Unauthenticated"));
    }
}
