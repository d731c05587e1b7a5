using System.Collections.Immutable;
using System.Diagnostics;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Tracing;
using Sidecar.Protocol;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Sends reports to the API over HTTP (the upstream contract, "GraphQL over HTTP"). A report goes out at most once; only where it is
/// certain that its body has not left is it tried again. Events may be tried again after that too: by their keys the cloud drops repeats.
/// </summary>
public sealed class ReportSender : IReportSender
{
    // Of an upstream text, in characters. In a status message it may be cut off earlier, by what it takes there.
    private const int QuotedLength = 600;
    private const int InternalServerError = 500;

    private readonly HttpClient _http;
    private readonly CloudSettings _settings;
    private readonly SidecarCounters _counters;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly KeyValuePair<string, string>[] _identity;

    /// <summary>Makes a sender.</summary>
    /// <param name="settings">Where and with which key.</param>
    /// <param name="counters">Counts each request.</param>
    /// <param name="time">The source of time for limits and pauses.</param>
    /// <param name="jitter">0 up to 1, a new one a call.</param>
    /// <param name="handler">The transport; null for a pooled one of its own.</param>
    public ReportSender(
        CloudSettings settings, SidecarCounters counters, TimeProvider time, Func<double> jitter, HttpMessageHandler? handler = null)
    {
        _settings = settings;
        _identity = [.. settings.Identity.Headers()];
        _counters = counters;
        _time = time;
        _jitter = jitter;
        _http = new HttpClient(handler ?? NewHandler())
        {
            MaxResponseContentBufferSize = CloudSettings.MaxBodyBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <inheritdoc/>
    public async Task<ReportResult> SendAsync(Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, CancellationToken withdrawal)
    {
        ArgumentNullException.ThrowIfNull(report);
        var start = _time.GetTimestamp();
        Attempt? last = null;
        var cause = _settings.Tracing?.CauseOf(report) ?? default;
        // The first try after which it may have been counted: whatever a later one is refused for, that can't be taken back.
        Attempt? open = null;
        for (var number = 1; ; number++)
        {
            var attempt = await TryAsync(report, body, sendLimit - _time.GetElapsedTime(start), cause, withdrawal);
            // A try that did not go out says nothing of one before it that did.
            if (last is null || attempt.IsSent || !last.IsSent)
                last = attempt;
            if (attempt is { IsSent: true, Result.End: ReportEnd.Unclear or ReportEnd.TimedOut })
                open ??= attempt;
            if (number == ReportSettings.MaxAttempts || !IsWorthRetrying(report, attempt))
                return Conclusion(open, last);

            var pause = Backoff.ApiRetry.Delay(number, _jitter());
            if (_time.GetElapsedTime(start) + pause >= sendLimit)
                return Conclusion(open, last);
            try
            {
                await Task.Delay(pause, _time, withdrawal);
            }
            catch (OperationCanceledException)
            {
                return last.IsSent ? Conclusion(open, last) : ReportResult.Withdrawn;
            }

            _counters.Upstream.Retried(CloudPath.Api);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // Only an acknowledgement takes back that an earlier try may have been counted.
    private static ReportResult Conclusion(Attempt? open, Attempt last) =>
        open is null || open == last || last.Result.End == ReportEnd.Acknowledged
            ? last.Result
            : open.Result with
            {
                Detail = $"{open.Result.Detail}; the last try: {last.Cause}",
                IsQuoted = open.Result.IsQuoted || last.Result.IsQuoted,
            };

    // What was sent, of events alone, and only where the contract says that another try may help: not after 500.
    private static bool IsWorthRetrying(Report report, Attempt attempt)
    {
        var (result, isSent, _, status) = attempt;
        return isSent
            ? report.IsRepeatable
                && (result.End is ReportEnd.RateLimited or ReportEnd.TimedOut
                    || (result.End == ReportEnd.Unclear && !result.IsQuoted && status != InternalServerError))
            : result.End == ReportEnd.NotSent;
    }

    private async Task<Attempt> TryAsync(
        Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, ActivityContext cause, CancellationToken withdrawal)
    {
        // One key for the whole request, whatever takes its place meanwhile.
        if (_settings.ApiKey.Current is not { } key)
            return new Attempt(ReportResult.NoKey, IsSent: false);

        var start = _time.GetTimestamp();
        using var content = new SentOnceContent(body);
        using var forbidden = new CancellationTokenSource();
        using var answerLimit = new CancellationTokenSource(ReportSettings.AnswerLimit, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(forbidden.Token, answerLimit.Token);
        using var due = new CancellationTokenSource(sendLimit > TimeSpan.Zero ? sendLimit : TimeSpan.Zero, _time);
        await using var byCaller = withdrawal.UnsafeRegister(_ => Forbid(), null);
        await using var byTime = due.Token.UnsafeRegister(_ => Forbid(), null);
        UpstreamSpan? span = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, ApiRequests.Address(_settings.ApiUrl)) { Content = content };
            CloudTransport.AddHeaders(request, _identity, key);
            request.Headers.Add(CloudHeaders.OperationName, ReportRequests.OperationOf(report.Kind));
            span = _settings.Tracing?.Begin(request, CloudPath.Api, ReportRequests.OperationOf(report.Kind), cause);
            using var response = await _http.SendAsync(request, end.Token);
            span?.Answered(response.StatusCode);
            var answer = await response.Content.ReadAsByteArrayAsync(end.Token);
            var (attempt, kind) = Judge(report, (int)response.StatusCode, answer, key);
            Count(kind, start);
            return attempt;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException
            // A body whose compression is broken.
            or InvalidDataException or InvalidOperationException)
        {
            span?.Failed(e.GetType().Name);
            return Failed(content, e, key, start, withdrawal.IsCancellationRequested);
        }
        finally
        {
            span?.Dispose();
        }

        void Forbid()
        {
            if (content.TryForbid())
                forbidden.Cancel();
        }
    }

    private Attempt Failed(SentOnceContent content, Exception e, Secret key, long start, bool isWithdrawn)
    {
        var failure = CloudFailure.Of(e);
        var detail = key.MaskedIn(failure.Detail);
        if (content.HasStarted)
        {
            Count(failure.Kind, start);
            return failure.Kind == CloudFailureKind.Timeout
                ? Failed(ReportEnd.TimedOut, "the cloud did not answer in time")
                : Failed(ReportEnd.Unclear, $"the answer did not come ({Excerpt.Of(detail, QuotedLength)})");
        }

        if (isWithdrawn)
            return new Attempt(ReportResult.Withdrawn, IsSent: false);
        Count(failure.Kind == CloudFailureKind.Timeout ? CloudFailureKind.Timeout : CloudFailureKind.Network, start);
        var reason = failure.Kind == CloudFailureKind.Timeout ? "no connection in time" : Excerpt.Of(detail, QuotedLength);
        return Failed(ReportEnd.NotSent, $"the cloud is out of reach ({reason})") with { IsSent = false };
    }

    // A code decides whatever the status; a status only where there is no code.
    private static (Attempt Attempt, CloudFailureKind? Kind) Judge(Report report, int status, ReadOnlySpan<byte> body, Secret key)
    {
        var answer = ReportAnswerReader.Read(report, body);
        var ofStatus = ReportEnds.OfStatus(status);
        if (answer is { Usages: { } some, Missing: > 0 })
            return (Partial(report, answer, some, status, key), answer.Error is null ? CloudFailureKind.Unreadable : CloudFailureKind.ErrorInBody);
        if (answer.Error is { Code: { } code } error)
        {
            var end = ReportEnds.OfCode(code);
            if (end == ReportEnd.Unclear && ofStatus is { } told)
                end = told;
            return (Failed(end, $"the cloud {Quote(error, key)}", status, isQuoted: true), KindOf(end, status));
        }

        if (ofStatus is { } failed)
            return (Failed(failed, $"the cloud answered {status}", status), KindOf(failed, status));
        if (answer.Usages is { } usages)
            return (new Attempt(new ReportResult(ReportEnd.Acknowledged) { Usages = usages }, IsSent: true), null);
        return answer.Error is not null
            ? (Failed(ReportEnd.Unclear, $"the cloud {Quote(answer.Error, key)}", status, isQuoted: true), CloudFailureKind.ErrorInBody)
            : (Failed(ReportEnd.Unclear, answer.Fault ?? "", status), CloudFailureKind.Unreadable);
    }

    // Whether it was counted comes first: whatever is cut off of a long cause, that is not.
    private static Attempt Failed(ReportEnd end, string cause, int? status = null, bool isQuoted = false)
    {
        var isCounted = end.IsNotCounted() ? "nothing was reported" : "the report may have been counted";
        return new Attempt(new ReportResult(end, $"{isCounted}: {cause}") { IsQuoted = isQuoted }, IsSent: true, cause, status);
    }

    // No end says that some were counted: the call's is that it is not known, and what is known of each usage takes effect all the same.
    private static Attempt Partial(Report report, ReportAnswer answer, ImmutableArray<ReportedUsage> usages, int status, Secret key)
    {
        var cause = $"the cloud acknowledged {report.Count - answer.Missing} of {report.Count} usages";
        if (answer.Error is { } error)
            cause += $" and {Quote(error, key)}";
        var attempt = Failed(ReportEnd.Unclear, cause, status, isQuoted: answer.Error is not null);
        return attempt with { Result = attempt.Result with { Usages = usages } };
    }

    private static string Quote(CloudError error, Secret key) =>
        $"tells the error '{Excerpt.Of(key.MaskedIn(error.Code ?? "none"))}': {Excerpt.Of(key.MaskedIn(error.Message), QuotedLength)}";

    private static CloudFailureKind KindOf(ReportEnd end, int status) => end switch
    {
        ReportEnd.InvalidKey => CloudFailureKind.InvalidKey,
        ReportEnd.RateLimited => CloudFailureKind.RateLimited,
        _ when status >= 500 => CloudFailureKind.ServerError,
        _ when status is >= 200 and < 300 => CloudFailureKind.ErrorInBody,
        _ => CloudFailureKind.Refused,
    };

    private void Count(CloudFailureKind? kind, long start)
    {
        _counters.Upstream.Ended(CloudPath.Api, kind, _time.GetElapsedTime(start));
        switch (kind)
        {
            // What the cloud says of a report's content is no fault of the network.
            case null or CloudFailureKind.ErrorInBody or CloudFailureKind.Refused:
                break;
            case CloudFailureKind.InvalidKey:
                _counters.InvalidApiKeyErrors.Increment();
                break;
            default:
                _counters.NetworkRequestErrors.Increment();
                break;
        }
    }

    private static SocketsHttpHandler NewHandler()
    {
        var handler = CloudTransport.NewHandler(ReportSettings.MaxConcurrent);
        handler.PooledConnectionIdleTimeout = ReportSettings.IdleLimit;
        return handler;
    }

    // A try, and for a failure what happened, without whether it was counted.
    private sealed record Attempt(ReportResult Result, bool IsSent, string Cause = "", int? Status = null);
}
