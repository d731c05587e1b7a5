using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Emulator.Api;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Reports;

/// <summary>
/// Takes reports in. One at a time, and each change of the data is pushed and counted in the ledger before the next one is
/// made: data, updates and ledger have one order.
/// </summary>
internal sealed class ReportDesk(CustomerStore store, UsageLedger ledger, TimeProvider time)
{
    /// <summary>Counts a report, and returns what the API tells of it: an object with the mutation's field.</summary>
    /// <exception cref="ReportRefusalException">It is refused, and nothing of it is counted.</exception>
    public JsonElement Process(Report report)
    {
        switch (report)
        {
            case Report.Single single:
                var one = store.Read(data => Count(UsageRules.Measure(data, single.Measurement, time.GetUtcNow())));
                return Write(ReportSchema.ReportUsage, one.Write);
            case Report.Bulk bulk:
                var all = store.Read(data => Count(data, bulk.Measurements));
                return Write(ReportSchema.ReportUsageBulk, json =>
                {
                    json.WriteStartArray();
                    foreach (var measured in all)
                        measured.Write(json);
                    json.WriteEndArray();
                });
            default:
                var events = (Report.Events)report;
                store.Read(data => Count(data, events.All));
                return Write(ReportSchema.ReportEvent, json => json.WriteNullValue());
        }
    }

    private List<MeasuredUsage> Count(EmulatorData data, ImmutableArray<Measurement> measurements)
    {
        var now = time.GetUtcNow();
        var all = new List<MeasuredUsage>(measurements.Length);
        for (var i = 0; i < measurements.Length; i++)
        {
            try
            {
                all.Add(UsageRules.Measure(data, measurements[i], now));
            }
            catch (ReportRefusalException wrong)
            {
                throw wrong.At($"usages[{i}]");
            }
            data = all[i].After;
        }
        // Only now, since the first that is refused refuses all.
        foreach (var measured in all)
            Count(measured);
        return all;
    }

    private MeasuredUsage Count(MeasuredUsage measured)
    {
        foreach (var change in measured.Changes)
            store.Keep(change);
        ledger.Add(measured, time.GetUtcNow());
        return measured;
    }

    private int Count(EmulatorData data, ImmutableArray<UsageEvent> events)
    {
        var now = time.GetUtcNow();
        foreach (var happened in events)
        {
            if (ledger.DropRepeated(happened))
                continue;
            foreach (var change in UsageRules.Happen(data, happened, now))
            {
                store.Keep(change);
                data = change.After;
            }
            ledger.Add(happened, now);
        }
        return events.Length;
    }

    private static JsonElement Write(string field, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName(field);
            write(json);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
