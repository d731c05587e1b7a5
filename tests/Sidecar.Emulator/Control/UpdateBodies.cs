using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Updates;

namespace Sidecar.Emulator.Control;

/// <summary>The JSON about real-time updates that goes over the control API.</summary>
internal static class UpdateBodies
{
    /// <exception cref="EmulatorDataException">Something is missing, or does not belong there.</exception>
    public static UsageUpdate ReadUsage(JsonFields fields)
    {
        var (feature, currency) = (fields.Text("feature"), fields.Text("currency"));
        return new UsageUpdate
        {
            CustomerId = fields.Required("customerId").Text(),
            ResourceId = fields.Text("resourceId"),
            EntitlementId = (feature, currency) switch
            {
                ({ } id, null) => id,
                (null, { } id) => id,
                _ => throw new EmulatorDataException("$: exactly one of \"feature\" and \"currency\" must be given"),
            },
            OfCredits = currency is not null,
            CurrentUsage = fields.Required("currentUsage").Number(),
            UpdatedAt = fields.Date("usageUpdatedAt"),
            PeriodStart = fields.Date("usagePeriodStart"),
            PeriodEnd = fields.Date("usagePeriodEnd"),
        };
    }

    /// <exception cref="EmulatorDataException">Something does not belong there.</exception>
    public static PackagePublication ReadPackage(JsonFields fields)
    {
        var usual = new PackagePublication();
        return new PackagePublication
        {
            Migration = fields.Word("migrationType", Update.Migrations) ?? usual.Migration,
            PackageType = fields.Text("packageType") ?? usual.PackageType,
            PackageRefId = fields.Text("packageRefId") ?? usual.PackageRefId,
            PackageVersion = fields.Integer("packageVersion", 0, int.MaxValue) ?? usual.PackageVersion,
            AccountId = fields.Text("accountId") ?? usual.AccountId,
            EnvironmentId = fields.Text("environmentId") ?? usual.EnvironmentId,
        };
    }

    public static void Write(Utf8JsonWriter json, UpdateStream updates)
    {
        var (faults, counts) = (updates.Faults, updates.Counts.Snapshot());
        json.WriteStartObject();
        json.WriteBoolean("automatic", updates.IsAutomatic);
        json.WriteNumber("copies", updates.Copies);
        json.WriteNumber("initTimeoutMs", updates.InitTimeout.TotalMilliseconds);
        json.WriteNumber("invalidKeyCode", updates.InvalidKeyCode);
        json.WriteBoolean("acknowledges", faults.Acknowledges);
        json.WriteBoolean("answersPings", faults.AnswersPings);
        json.WriteNumber("pongDelayMs", faults.PongDelay.TotalMilliseconds);
        json.WriteNumber("frameBytes", faults.FrameBytes);
        json.WriteNumber("held", updates.Held);
        json.WriteNumber("open", counts.Open);
        json.WriteNumber("acknowledged", counts.Acknowledged);
        json.WriteNumber("subscribers", counts.Subscribers);
        WriteCounts(json, "openSubscriptions", counts.OpenSubscriptions);
        json.WriteNumber("connected", counts.Connected);
        json.WriteNumber("refused", counts.Refused);
        json.WriteNumber("inits", counts.Inits);
        json.WriteNumber("wrongKeys", counts.WrongKeys);
        WriteCounts(json, "subscriptions", counts.Subscriptions);
        json.WriteNumber("refusedSubscriptions", counts.RefusedSubscriptions);
        json.WriteNumber("pingsSeen", counts.PingsSeen);
        json.WriteNumber("pongsSeen", counts.PongsSeen);
        json.WriteNumber("sent", counts.Sent);
        json.WriteNumber("overflowed", counts.Overflowed);
        json.WriteStartArray("latestInits");
        foreach (var init in updates.Counts.Inits())
            Write(json, init);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SeenInit init)
    {
        json.WriteStartObject();
        json.WriteNumber("connection", init.Connection);
        json.WriteString("arrivedAt", WireDate.Format(init.ArrivedAt));
        json.WriteBoolean("hasRightKey", init.HasRightKey);
        json.WriteStartObject("headers");
        foreach (var (name, value) in init.Headers)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("headerFaults");
        foreach (var name in init.HeaderFaults)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, ImmutableSortedDictionary<string, int> counts)
    {
        json.WriteStartObject(name);
        foreach (var (id, count) in counts)
            json.WriteNumber(id, count);
        json.WriteEndObject();
    }
}
