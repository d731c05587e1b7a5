using Akka.Actor;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>The actors' front desk for reports.</summary>
/// <param name="services">What all actors share.</param>
/// <param name="cloud">The cloud's supervisor, once there is one.</param>
public sealed class ReportDesk(ActorServices services, Func<CancellationToken, Task<IActorRef>> cloud)
{
    private static long _number;

    /// <summary>Whether nothing is ever sent to the cloud.</summary>
    public bool IsOffline => services.Cloud.IsOffline;

    /// <summary>Reports, and waits until it is known what became of it.</summary>
    /// <param name="report">What is reported.</param>
    /// <param name="cancellation">
    /// Ends when the caller goes. A report that is not on its way yet never will be; of one that is, the outcome is still received, counted
    /// and logged.
    /// </param>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<ReportResult> ReportAsync(Report report, CancellationToken cancellation)
    {
        // Without a key it is refused: a body would be made for nothing.
        var body = services.Cloud.ApiKey.Current is null ? default : ReportRequests.Body(report);
        var message = new SendReport(Interlocked.Increment(ref _number), report, body, cancellation);
        using var patience = new CancellationTokenSource(ReportSettings.Longest, services.Clock.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        IActorRef? supervisor = null;
        using var note = services.Tracing?.Asks(report);
        try
        {
            supervisor = await cloud(limit.Token);
            return await supervisor.Ask<ReportResult>(message, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            supervisor?.Tell(new WithdrawReport(message.Number));
            cancellation.ThrowIfCancellationRequested();
            // Every report is answered long before; without an actor system it is not.
            return supervisor is null
                ? new ReportResult(ReportEnd.NotSent, "the service is not ready; nothing was reported")
                : new ReportResult(ReportEnd.Unclear, "the service did not learn what became of the report; it may have been counted");
        }
    }

    /// <summary>Has all callers told what is known of their reports, since nobody will be there to be told later.</summary>
    public async Task EndAsync()
    {
        // Without a supervisor nobody waits.
        if (cloud(CancellationToken.None) is { IsCompletedSuccessfully: true } supervisor)
            (await supervisor).Tell(EndReports.Instance);
    }
}
