using System.Collections.Concurrent;
using Grpc.Core;
using Sidecar.Emulator.Reports;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>Reports, each with a key of its own, and what their callers were told.</summary>
internal sealed class AcknowledgedReports
{
    private readonly ConcurrentDictionary<string, StatusCode> _ends = new(StringComparer.Ordinal);
    private int _sent;

    /// <summary>How many have ended.</summary>
    public int Count => _ends.Count;

    /// <summary>How many were acknowledged.</summary>
    public int Acknowledged => _ends.Count(static end => end.Value is StatusCode.OK);

    /// <summary>How the others ended, in words.</summary>
    public string Others => string.Join(
        "", _ends.Values.Where(static end => end is not StatusCode.OK).CountBy(static end => end).Select(static end => $", {end.Value} {end.Key}"));

    /// <summary>Reports a usage.</summary>
    /// <returns>False where it was not acknowledged.</returns>
    public async Task<bool> ReportAsync(SidecarService.SidecarServiceClient client, string customer, TimeSpan limit)
    {
        var key = $"report-{Interlocked.Increment(ref _sent)}";
        try
        {
            await client.ReportUsageAsync(
                new() { CustomerId = customer, FeatureId = Trouble.Feature, Value = 1 },
                new Metadata { { "idempotency-key", key } },
                TimeProvider.System.GetUtcNow().Add(limit).UtcDateTime);
            _ends[key] = StatusCode.OK;
            return true;
        }
        catch (RpcException e)
        {
            _ends[key] = e.StatusCode;
            return false;
        }
    }

    /// <summary>How many were acknowledged and are not counted, and how many are counted more than once, acknowledged or not.</summary>
    public (int Lost, int Doubled) Compare(UsageLedger ledger)
    {
        var (lost, doubled) = (0, 0);
        foreach (var (key, end) in _ends)
        {
            var count = ledger.CountOf(key);
            lost += end is StatusCode.OK && count == 0 ? 1 : 0;
            doubled += count > 1 ? 1 : 0;
        }

        return (lost, doubled);
    }
}
