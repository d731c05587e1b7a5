using Sidecar.Actors.Reports;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Sends reports, but for the time of an <see cref="Isolation"/>: then each fails before anything is sent.</summary>
/// <param name="sender">Sends them.</param>
/// <param name="isolation">Whether the cloud is to be reached.</param>
public sealed class IsolatedReports(IReportSender sender, Isolation isolation) : IReportSender
{
    private static readonly ReportResult CutOff = new(
        ReportEnd.NotSent, "this process is cut off from the cloud on purpose for some minutes; nothing was reported");

    /// <inheritdoc/>
    public Task<ReportResult> SendAsync(Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, CancellationToken withdrawal) =>
        isolation.IsOn ? Task.FromResult(CutOff) : sender.SendAsync(report, body, sendLimit, withdrawal);

    /// <inheritdoc/>
    public void Dispose() => sender.Dispose();
}
