using Akka.Actor;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Asks the cloud's supervisor to send a report; answered by exactly one <see cref="ReportResult"/>, unless the caller has gone meanwhile.
/// </summary>
/// <param name="Number">The process's number of the report.</param>
/// <param name="Report">What is reported.</param>
/// <param name="Body">The same as it is told to the cloud; empty where there was no key to tell it with.</param>
/// <param name="Withdrawal">Ends when the caller goes. What has not been sent by then is not sent.</param>
public sealed record SendReport(long Number, Report Report, ReadOnlyMemory<byte> Body, CancellationToken Withdrawal)
    : INoSerializationVerificationNeeded;

/// <summary>Says that the caller of a report has gone: where the report waits, its place is free. Not answered.</summary>
/// <param name="Number">The report's number.</param>
public sealed record WithdrawReport(long Number) : INoSerializationVerificationNeeded;

/// <summary>
/// Says that the service is about to leave its callers: each is told what is known of its report by now, and no other report is begun. What
/// becomes of those on their way is still counted and logged. Not answered.
/// </summary>
public sealed class EndReports : INoSerializationVerificationNeeded
{
    /// <summary>The one instance.</summary>
    public static readonly EndReports Instance = new();
}
