using System.Text.Json;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Edge;
using Sidecar.Emulator.Reports;
using Sidecar.Emulator.Requests;
using static Sidecar.Emulator.Control.ControlExchange;

namespace Sidecar.Emulator.Control;

/// <summary>The part of the control API that is about reported usage; its routes stand at <see cref="ControlEndpoints"/>.</summary>
internal sealed class ControlLedger(UsageLedger ledger, TimeProvider time)
{
    /// <summary>Does what is asked for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">Its path, behind that of this part.</param>
    public async Task<CloudAnswer> AnswerAsync(HttpContext context, string[] path)
    {
        switch (context.Request.Method, path)
        {
            case ("GET", []):
                return Ok(json => Write(json, ledger.Snapshot(), ledger.EntriesAtMost));
            case ("PUT", []):
                ledger.EntriesAtMost = JsonCursor.Parse(await ReadTextAsync(context), time.GetUtcNow(), ReadEntriesAtMost);
                return Done();
            case ("GET", ["entries"]):
                return Ok(json => WriteList(json, "entries", ledger.Entries(), Write));
            case ("GET", ["keys", var key]):
                return Ok(json => WriteKey(json, Decoded(key)));
            case ("GET", ["customers", var id]):
                var customerId = Decoded(id);
                return Ok(json => WriteList(
                    json, "tallies", ledger.Snapshot().Tallies.Where(tally => tally.CustomerId == customerId), Write));
            case ("POST", ["reset"]):
                ledger.Reset();
                return Done();
            default:
                return Nothing(context);
        }
    }

    private static int ReadEntriesAtMost(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var most = fields.Required("entriesAtMost").Integer(0, int.MaxValue);
        fields.End();
        return most;
    }

    private void WriteKey(Utf8JsonWriter json, string key)
    {
        var (measurements, events) = (ledger.CountOf(LedgerKind.Measurement, key), ledger.CountOf(LedgerKind.Event, key));
        json.WriteStartObject();
        json.WriteNumber("count", measurements + events);
        json.WriteNumber("measurements", measurements);
        json.WriteNumber("events", events);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LedgerSnapshot snapshot, int entriesAtMost)
    {
        json.WriteStartObject();
        json.WriteNumber("total", snapshot.Total);
        json.WriteNumber("measurements", snapshot.Measurements);
        json.WriteNumber("events", snapshot.Events);
        json.WriteNumber("droppedEvents", snapshot.DroppedEvents);
        json.WriteNumber("withoutKey", snapshot.WithoutKey);
        json.WriteNumber("distinctKeys", snapshot.DistinctKeys);
        json.WriteNumber("repeatedKeys", snapshot.RepeatedKeys);
        json.WriteNumber("entriesAtMost", entriesAtMost);
        json.WriteStartArray("tallies");
        foreach (var tally in snapshot.Tallies)
            Write(json, tally);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LedgerTally tally)
    {
        json.WriteStartObject();
        json.WriteString("kind", Words.InCamelCase(tally.Kind));
        json.WriteString("customerId", tally.CustomerId);
        json.WriteString("resourceId", tally.ResourceId);
        json.WriteString("name", tally.Name);
        json.WriteNumber("count", tally.Count);
        json.WriteNumber("sum", tally.Sum);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("number", entry.Number);
        json.WriteString("kind", Words.InCamelCase(entry.Kind));
        json.WriteString("customerId", entry.CustomerId);
        json.WriteString("resourceId", entry.ResourceId);
        json.WriteString("name", entry.Name);
        WriteNumber(json, "value", entry.Value);
        json.WriteString("behavior", entry.Behavior is { } behavior ? Words.InCamelCase(behavior) : null);
        WriteNumber(json, "currentUsage", entry.CurrentUsage);
        WriteNumber(json, "consumedCredits", entry.ConsumedCredits);
        json.WriteString("idempotencyKey", entry.IdempotencyKey);
        json.WriteString("createdAt", entry.CreatedAt is { } date ? WireDate.Format(date) : null);
        json.WritePropertyName("dimensions");
        json.WriteRawValue(entry.Dimensions ?? "null");
        json.WriteString("processedAt", WireDate.Format(entry.ProcessedAt));
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
        else
            json.WriteNull(name);
    }

    private static string Decoded(string segment) =>
        EdgeRequest.DecodeSegment(segment)
        ?? throw new EmulatorDataException("the path does not end in one percent-encoded segment in UTF-8");
}
