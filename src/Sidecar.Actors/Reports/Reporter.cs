using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Sends reports to the cloud: so many at once, so many waiting, the rest refused at once. Each is handed to the sender exactly once,
/// whatever happens to this actor, and its outcome is counted and logged also where nobody waits for it any more. What the cloud counted is
/// in force in this node before it is told to have been counted.
/// </summary>
internal sealed class Reporter : UntypedActor, IWithTimers
{
    private const string DueTimer = "due";
    private readonly ActorServices _services;
    private readonly ReportServices _reports;
    private readonly ReportBook _book;
    private readonly ReportLog _log;
    private RestartPause _pause = null!;
    private bool _isRestarting;
    private bool _isEnding;

    // The report that is being accepted, until it is in the book or refused.
    private SendReport? _accepting;

    // The report whose result is being told, until it has been.
    private Done? _inHand;

    public Reporter(ActorServices services, ReportServices reports, ReportBook book)
    {
        _services = services;
        _reports = reports;
        _book = book;
        _log = new ReportLog(services.Log.CreateLogger<Reporter>());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Done(AcceptedReport Report, ReportResult Result) : INoSerializationVerificationNeeded;

    // Some report that waits has waited for too long.
    private sealed class Due : INoSerializationVerificationNeeded
    {
        public static readonly Due Instance = new();
    }

    public static Props Props(ActorServices services, ReportServices reports)
    {
        // One for all incarnations.
        var book = new ReportBook();
        return Akka.Actor.Props.Create(() => new Reporter(services, reports, book));
    }

    protected override void PreStart() => _pause = new RestartPause(Timers, _services.Jitter);

    protected override void PreRestart(Exception reason, object message)
    {
        Self.Tell(new Restarted(_pause.Failures));
        // What was being accepted is in no book yet, and what was being told is in none any more. All else is in the book, or has been told.
        if (_accepting is { } report)
            Tell(Sender, report, new ReportResult(ReportEnd.NotSent, $"nothing was reported: the report failed within ({reason.Message})"));
        if (_inHand is not null)
            Tell(_inHand.Report.ReplyTo, _inHand.Report.Message, _inHand.Result);
        _isRestarting = true;
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        PreStart();
        _pause.Begin(0);
    }

    protected override void PostStop()
    {
        if (_isRestarting)
        {
            _log.Close();
            return;
        }

        foreach (var waiting in _book.TakeWaiting())
            End(waiting, ReportResult.ServiceEnds);
        foreach (var underWay in _book.TakeUnderWay())
            End(underWay, new ReportResult(ReportEnd.Unclear, "the service ended before the cloud answered; the report may have been counted"));
        _log.Close();
        Show();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SendReport report:
                Accept(report);
                break;
            case WithdrawReport withdrawn:
                if (_book.Remove(withdrawn.Number) is { } waiting)
                    End(waiting, ReportResult.Withdrawn);
                break;
            case Done done:
                _book.End(done.Report);
                if (done.Result.End == ReportEnd.Acknowledged)
                    _pause.Reset();
                End(done.Report, done.Result, isTold: _isEnding);
                break;
            case EndReports:
                OnEnd();
                break;
            case Due:
                foreach (var due in _book.TakeDue(_services.Clock.Uptime))
                    End(due, new ReportResult(ReportEnd.NotSent, "too many reports are on their way, and this one had no turn in time; nothing was reported"));
                break;
            case Restarted restarted:
                if (restarted.Failures > 0)
                    _pause.Begin(restarted.Failures);
                break;
            case RestartPause.Over:
                _pause.End();
                break;
            default:
                Unhandled(message);
                return;
        }

        Begin();
        WatchDue();
        Show();
    }

    private void Accept(SendReport report)
    {
        _accepting = report;
        var accepted = new AcceptedReport(report, Sender, _services.Clock.Uptime + ReportSettings.SendLimit);
        var refusal = TryAdd(accepted);
        _accepting = null;
        if (refusal is not null)
            End(accepted, refusal);
    }

    private ReportResult? TryAdd(AcceptedReport accepted)
    {
        // A key that came just now is too late for a report that has no body for want of one.
        if (_services.Cloud.ApiKey.Current is null || accepted.Message.Body.IsEmpty)
            return ReportResult.NoKey;
        if (accepted.Message.Withdrawal.IsCancellationRequested)
            return ReportResult.Withdrawn;
        if (_isEnding)
            return ReportResult.ServiceEnds;
        return _book.TryAdd(accepted)
            ? null
            : new ReportResult(ReportEnd.QueueFull, "too many reports wait or are on their way already; nothing was reported");
    }

    private void OnEnd()
    {
        _isEnding = true;
        foreach (var waiting in _book.TakeWaiting())
            End(waiting, ReportResult.ServiceEnds);
        // How they end is counted and logged when it is known.
        foreach (var underWay in _book.OnTheirWay)
            underWay.ReplyTo.Tell(new ReportResult(ReportEnd.Unclear, "the service ends before the cloud has answered; the report may have been counted"));
    }

    private void Begin()
    {
        while (!_pause.IsOn && _book.TryBegin(out var next))
        {
            var report = next;
            // Off this thread: the first part of a request runs in the caller.
            _ = Task.Run(() => SendAsync(report)).PipeTo(
                Self,
                success: result => new Done(report, result),
                // A bug: nothing tells how far it came.
                failure: e => new Done(report, new ReportResult(ReportEnd.Unclear, $"the report may have been counted: it failed within ({e.Message})")));
        }
    }

    private async Task<ReportResult> SendAsync(AcceptedReport report)
    {
        var (_, what, body, withdrawal) = report.Message;
        var source = _services.Cache.SourceSince;
        var result = await _reports.Sender.SendAsync(what, body, report.DueAt - _services.Clock.Uptime, withdrawal);
        // With another key in force it may have been counted in another environment: all that is certain then is that something changed.
        if (!result.Usages.IsEmpty)
            await _reports.Desk().ApplyAsync(source == _services.Cache.SourceSince ? result.Usages : [.. result.Usages.Select(usage => usage.Untold)]);
        return result;
    }

    // Told already are those whose callers could not be told later.
    private void End(AcceptedReport report, ReportResult result, bool isTold = false)
    {
        _inHand = new Done(report, result);
        var isCallerGone = report.Message.Withdrawal.IsCancellationRequested;
        _log.Ended(report.Message, result, isCallerGone, _services.Clock.Uptime);
        if (result.End == ReportEnd.InvalidKey)
            Context.Parent.Tell(new CloudOutcome(new CloudFailure(CloudFailureKind.InvalidKey, "a report was refused"), IsStartUp: false));
        _inHand = null;
        Tell(isTold ? ActorRefs.Nobody : report.ReplyTo, report.Message, result);
    }

    private void Tell(IActorRef replyTo, SendReport report, ReportResult result)
    {
        _services.Counters.Reports[report.Report.Kind, result.End].Increment();
        // Who has gone listens no more.
        if (!report.Withdrawal.IsCancellationRequested)
            replyTo.Tell(result);
    }

    private void WatchDue()
    {
        if (_book.NextDueAt is { } next && !Timers.IsTimerActive(DueTimer))
            Timers.StartSingleTimer(DueTimer, Due.Instance, Later(next - _services.Clock.Uptime));
    }

    private static TimeSpan Later(TimeSpan delay) => delay > TimeSpan.FromMilliseconds(1) ? delay : TimeSpan.FromMilliseconds(1);

    private void Show()
    {
        _services.Counters.Reports.Waiting.Value = _book.Waiting;
        _services.Counters.Reports.UnderWay.Value = _book.UnderWay;
    }
}
