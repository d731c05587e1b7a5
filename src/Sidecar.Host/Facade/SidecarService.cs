using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Sidecar.Actors;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Reports;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>
/// The gRPC service: maps a request to a question, asks, maps the answer back. What memory holds is answered on the calling thread.
/// A report is answered when what the cloud makes of it is known, and in force here.
/// </summary>
/// <param name="customers">The actors' front desk.</param>
/// <param name="reports">Their front desk for reports.</param>
/// <param name="clock">The present.</param>
/// <param name="fallbacks">The global fallbacks in force.</param>
/// <param name="metrics">Counts the answers.</param>
public sealed class SidecarService(
    Customers customers, ReportDesk reports, ProcessClock clock, GlobalFallbacks fallbacks, AnswerMetrics metrics)
    : Stigg.Sidecar.V1.SidecarService.SidecarServiceBase
{
    private delegate TReply Map<out TReply>(in Answer answer, in EntitlementQuery query);

    /// <inheritdoc/>
    public override Task<GetEntitlementResponse> GetEntitlement(GetEntitlementRequest request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetEntitlement, Requests.Query(request), context, Replies.Any);

    /// <inheritdoc/>
    public override Task<GetEntitlementV2Response> GetEntitlementV2(GetEntitlementV2Request request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetEntitlementV2, Requests.Query(request), context, Replies.AnyV2);

    /// <inheritdoc/>
    public override Task<GetBooleanEntitlementResponse> GetBooleanEntitlement(
        GetBooleanEntitlementRequest request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetBooleanEntitlement, Requests.Query(request), context, Replies.Boolean);

    /// <inheritdoc/>
    public override Task<GetNumericEntitlementResponse> GetNumericEntitlement(
        GetNumericEntitlementRequest request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetNumericEntitlement, Requests.Query(request), context, Replies.Numeric);

    /// <inheritdoc/>
    public override Task<GetMeteredEntitlementResponse> GetMeteredEntitlement(
        GetMeteredEntitlementRequest request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetMeteredEntitlement, Requests.Query(request), context, Replies.Metered);

    /// <inheritdoc/>
    public override Task<GetEnumEntitlementResponse> GetEnumEntitlement(GetEnumEntitlementRequest request, ServerCallContext context) =>
        AnswerAsync(AnswerCall.GetEnumEntitlement, Requests.Query(request), context, Replies.Enum);

    /// <inheritdoc/>
    public override async Task<GetEntitlementsResponse> GetEntitlements(GetEntitlementsRequest request, ServerCallContext context)
    {
        var start = clock.Uptime;
        var key = Requests.Entry(request);
        var found = await FindAsync(key, context);
        var reply = new GetEntitlementsResponse();
        foreach (var answer in ListOf(found))
        {
            if (Replies.Listed(answer) is { } entitlement)
                reply.Entitlements.Add(entitlement);
        }

        if (ReasonOf(found) is { } reason)
            reply.AccessDeniedReason = reason;
        Listed(AnswerCall.GetEntitlements, found, start);
        Explain(context, SourceOfList(found), key);
        return reply;
    }

    /// <inheritdoc/>
    public override async Task<GetEntitlementsStateV2Response> GetEntitlementsStateV2(
        GetEntitlementsStateV2Request request, ServerCallContext context)
    {
        var start = clock.Uptime;
        var key = Requests.Entry(request);
        var found = await FindAsync(key, context);
        var reply = new GetEntitlementsStateV2Response();
        foreach (var answer in ListOf(found))
            reply.Entitlements.Add(Replies.EntitlementV2Of(answer));
        if (ReasonOf(found) is { } reason)
            reply.AccessDeniedReason = reason;
        Listed(AnswerCall.GetEntitlementsStateV2, found, start);
        Explain(context, SourceOfList(found), key);
        return reply;
    }

    /// <inheritdoc/>
    public override async Task<ReloadEntitlementsResponse> ReloadEntitlements(ReloadEntitlementsRequest request, ServerCallContext context)
    {
        var key = Requests.Entry(request.CustomerId, request.ResourceId);
        return new ReloadEntitlementsResponse { EntitledEntityExists = await UntilGoneAsync(customers.ReloadAsync, key, context) };
    }

    /// <inheritdoc/>
    public override async Task<ReportUsageResponse> ReportUsage(ReportUsageRequest request, ServerCallContext context) =>
        ReportCalls.Reply((await ReportAsync(ReportCalls.Report(request, context), context)).Usages[0]);

    /// <inheritdoc/>
    public override async Task<ReportUsageBulkResponse> ReportUsageBulk(ReportUsageBulkRequest request, ServerCallContext context)
    {
        var result = await ReportAsync(ReportCalls.Report(request, context), context);
        return new ReportUsageBulkResponse { Usages = { result.Usages.Select(ReportCalls.Reply) } };
    }

    /// <inheritdoc/>
    public override async Task<Empty> ReportEvents(ReportEventsRequest request, ServerCallContext context)
    {
        await ReportAsync(ReportCalls.Report(request), context);
        return new Empty();
    }

    /// <summary>Answers a question where memory can; where it can't, it has not been asked yet.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="query">The question.</param>
    /// <param name="answer">The answer.</param>
    internal bool TryAnswer(AnswerCall call, in EntitlementQuery query, out Answer answer)
    {
        var now = clock.Now;
        if (!customers.TryFindAtHand(query.Key, now, out var found))
        {
            answer = default;
            return false;
        }

        answer = Decide(query, found, now.Utc);
        Answered(call, found, answer, now.Uptime);
        return true;
    }

    /// <summary>Finds what a list shows where memory has it; where it has not, nobody has asked yet.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="key">The entry.</param>
    /// <param name="state">What is known of it.</param>
    /// <param name="customer">The customer's own state, where a resource was asked about.</param>
    /// <param name="now">The present.</param>
    internal bool TryList(
        AnswerCall call, EntryKey key, [NotNullWhen(true)] out EntitlementState? state, out EntitlementState? customer, out DateTimeOffset now)
    {
        var moment = clock.Now;
        var isKnown = customers.TryFindAtHand(key, moment, out var found);
        (state, customer, now) = (found.State, found.Customer, moment.Utc);
        if (!isKnown || state is null)
            return false;
        Listed(call, found, moment.Uptime);
        return true;
    }

    private async Task<ReportResult> ReportAsync(Report report, ServerCallContext context)
    {
        if (reports.IsOffline)
            return ReportCalls.Acknowledged(report);
        var result = await UntilGoneAsync(reports.ReportAsync, report, context);
        return result.End == ReportEnd.Acknowledged ? result : throw ReportCalls.Error(result);
    }

    private Task<TReply> AnswerAsync<TReply>(AnswerCall call, in EntitlementQuery query, ServerCallContext context, Map<TReply> map)
    {
        var now = clock.Now;
        return customers.TryFind(query.Key, now, out var found)
            ? Task.FromResult(Reply(call, query, found, now.Utc, now.Uptime, context, map))
            : AskAsync(call, query, context, now.Uptime, map);
    }

    // On its own, so that an answer at hand costs no closure.
    private async Task<TReply> AskAsync<TReply>(
        AnswerCall call, EntitlementQuery query, ServerCallContext context, TimeSpan start, Map<TReply> map)
    {
        var found = await UntilGoneAsync(customers.AskAsync, query.Key, context);
        return Reply(call, query, found, clock.Now.Utc, start, context, map);
    }

    private TReply Reply<TReply>(
        AnswerCall call, in EntitlementQuery query, in Found found, DateTimeOffset now, TimeSpan start, ServerCallContext context, Map<TReply> map)
    {
        var answer = Decide(query, found, now);
        var reply = map(answer, query);
        Answered(call, found, answer, start);
        Explain(context, SourceOf(found, answer), query.Key);
        return reply;
    }

    private void Answered(AnswerCall call, in Found found, in Answer answer, TimeSpan start) =>
        metrics.Answered(call, SourceOf(found, answer), clock.Uptime - start);

    private static AnswerSource SourceOf(in Found found, in Answer answer) =>
        answer.FallbackSource == AnswerSource.Memory ? found.Source : answer.FallbackSource;

    private void Explain(ServerCallContext context, AnswerSource source, EntryKey key)
    {
        if (ExplainTrailers.AreAskedFor(context))
            ExplainTrailers.Add(context, source, customers.FactsOf(key, clock.Now));
    }

    private Answer Decide(in EntitlementQuery query, in Found found, DateTimeOffset now)
    {
        var fallback = fallbacks.Table.Find(query.Id);
        return found.State is null
            ? EntitlementEvaluator.FromFallback(query, fallback)
            : EntitlementEvaluator.Answer(found.State, found.Customer, query, fallback, now);
    }

    private async Task<Found> FindAsync(EntryKey key, ServerCallContext context) =>
        customers.TryFind(key, clock.Now, out var found) ? found : await UntilGoneAsync(customers.AskAsync, key, context);

    private static async Task<T> UntilGoneAsync<TAsked, T>(
        Func<TAsked, CancellationToken, Task<T>> ask, TAsked asked, ServerCallContext context)
    {
        try
        {
            return await ask(asked, context.CancellationToken);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // Nobody reads this; without it each caller that gives up would leave an error in the log.
            throw new RpcException(new Status(StatusCode.Cancelled, "the caller has gone"));
        }
    }

    private void Listed(AnswerCall call, in Found found, TimeSpan start) => metrics.Answered(call, SourceOfList(found), clock.Uptime - start);

    private AnswerSource SourceOfList(in Found found) =>
        found.State is not null ? found.Source : fallbacks.Table.FeatureIds.Count > 0 ? AnswerSource.GlobalFallback : AnswerSource.Default;

    private IEnumerable<Answer> ListOf(Found found)
    {
        var now = clock.Now.Utc;
        if (found.State is { } state)
            return Enumerable.Range(0, state.Count).Select(index => EntitlementEvaluator.Show(state, index, found.Customer, now));
        var table = fallbacks.Table;
        return table.FeatureIds.Select(id => EntitlementEvaluator.ShowFallback(id, table.Find(id)!.Value));
    }

    // Where nothing is known and no fallback lists anything, the empty list says that it is not the customer's.
    private AccessDeniedReason? ReasonOf(in Found found) => found.State is { } state
        ? state.AccessDeniedReason
        : fallbacks.Table.FeatureIds.Count == 0 ? AccessDeniedReason.Unknown : null;
}
