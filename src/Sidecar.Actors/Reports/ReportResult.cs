using System.Collections.Immutable;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>What became of a report.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Detail">For a failure, what exactly happened; it may quote the cloud, never the key.</param>
public sealed record ReportResult(ReportEnd End, string Detail = "")
{
    /// <summary>There is no key.</summary>
    public static readonly ReportResult NoKey = new(ReportEnd.NoKey, "SERVER_API_KEY is missing; nothing was reported");

    /// <summary>The caller had gone before it was sent.</summary>
    public static readonly ReportResult Withdrawn = new(ReportEnd.Withdrawn, "the caller had gone before the report was sent; nothing was reported");

    /// <summary>The service ends, and it was not sent.</summary>
    public static readonly ReportResult ServiceEnds = new(ReportEnd.NotSent, "the service is ending; nothing was reported");

    /// <summary>What became of each measurement, where some were counted; none for events.</summary>
    public ImmutableArray<ReportedUsage> Usages { get; init; } = [];

    /// <summary>Whether the cloud's own text stands in <see cref="Detail"/>: then it may name a customer.</summary>
    public bool IsQuoted { get; init; }
}

/// <summary>Sends reports to the cloud. Every failure is a value.</summary>
public interface IReportSender : IDisposable
{
    /// <summary>Sends a report once, and tells what became of it.</summary>
    /// <param name="report">What is reported.</param>
    /// <param name="body">The same as it is told to the cloud.</param>
    /// <param name="sendLimit">The time that is left until it has to be on its way.</param>
    /// <param name="withdrawal">Keeps it from being sent. Once it is, it has no effect: what becomes of it is always told.</param>
    Task<ReportResult> SendAsync(Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, CancellationToken withdrawal);
}

/// <summary>Takes in what became of usage that was reported.</summary>
public interface IResultDesk
{
    /// <summary>Brings results to the entries that they concern. Ends when they are in force; never fails.</summary>
    Task ApplyAsync(ImmutableArray<ReportedUsage> usages);
}

/// <summary>What reporting needs.</summary>
public sealed record ReportServices
{
    /// <summary>Sends reports.</summary>
    public required IReportSender Sender { get; init; }

    /// <summary>Takes their results in; asked for late, since it needs the actors.</summary>
    public required Func<IResultDesk> Desk { get; init; }
}
