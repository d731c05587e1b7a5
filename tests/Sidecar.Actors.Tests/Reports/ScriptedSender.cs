using System.Collections.Concurrent;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Reports;

/// <summary>A sender whose reports end when a spec says so.</summary>
internal sealed class ScriptedSender : IReportSender
{
    private readonly ConcurrentQueue<Sending> _sendings = new();

    /// <summary>What was handed to it, in order.</summary>
    public IReadOnlyList<Sending> Sendings => [.. _sendings];

    /// <summary>Whether what is handed to it from now on is counted at once.</summary>
    public bool EndsAtOnce { get; set; }

    public Task<ReportResult> SendAsync(Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, CancellationToken withdrawal)
    {
        var sending = new Sending(report, sendLimit, withdrawal);
        _sendings.Enqueue(sending);
        if (EndsAtOnce)
            sending.End(ReportEnd.Acknowledged);
        return sending.Ended.Task;
    }

    public void Dispose()
    {
    }

    /// <summary>Waits until so many were handed to it.</summary>
    public async Task<IReadOnlyList<Sending>> HasAsync(int count)
    {
        await Eventually.HoldsAsync(() => _sendings.Count >= count, $"{count} reports are on their way");
        return Sendings;
    }

    /// <summary>A report on its way.</summary>
    internal sealed record Sending(Report Report, TimeSpan Limit, CancellationToken Withdrawal)
    {
        public TaskCompletionSource<ReportResult> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End(ReportEnd end) => Ended.SetResult(new ReportResult(end, "as it was told"));
    }
}

/// <summary>Reports to try things with.</summary>
internal static class SomeReports
{
    public static readonly EntryKey Key = new("customer-secret");

    public static UsageReport Usage(string key = "key", EntryKey? of = null) => new([new Measurement(of ?? Key, "calls", 1, key)], IsBulk: false);

    public static EventReport Event(string key = "key") => new([new HappenedEvent(Key, "happened", key)]);

    public static ReadOnlyMemory<byte> Body(Report report) => ReportRequests.Body(report);

    public static ReportedUsage Counted(double used, int day, EntryKey? of = null) =>
        new("m", of ?? Key, "calls") { CurrentUsage = used, Timestamp = States.Day(day) };
}
