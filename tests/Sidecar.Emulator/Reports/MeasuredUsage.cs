using System.Collections.Immutable;
using System.Text.Json;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Reports;

/// <summary>What has become of the usage by one measurement.</summary>
internal sealed record MeasuredUsage
{
    public required Measurement Measurement { get; init; }

    /// <summary>The changes of the data, in their order: of the feature's usage, then of the credits that pay for it.</summary>
    public required ImmutableArray<DataChange> Changes { get; init; }

    public required double CurrentUsage { get; init; }

    /// <summary>The date of the usage, later than that of any before it.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    public UsagePeriod? Period { get; init; }

    public MeasuredCredit? Credit { get; init; }

    /// <summary>The data with all changes.</summary>
    public EmulatorData After => Changes[^1].After;

    /// <summary>As the API tells it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", Guid.NewGuid());
        json.WriteString("featureId", Measurement.FeatureId);
        json.WriteString("customerId", Measurement.CustomerId);
        json.WriteString("resourceId", Measurement.ResourceId);
        json.WriteNumber("currentUsage", CurrentUsage);
        WriteDate(json, "usagePeriodStart", Period?.Start);
        WriteDate(json, "usagePeriodEnd", Period?.End);
        WriteDate(json, "nextResetDate", Period?.End);
        WriteDate(json, "timestamp", Timestamp);
        if (Credit is { } credit)
        {
            json.WriteStartObject("credit");
            json.WriteString("currencyId", credit.CurrencyId);
            json.WriteNumber("currentUsage", credit.CurrentUsage);
            json.WriteNumber("usageLimit", credit.UsageLimit);
            WriteDate(json, "usagePeriodEnd", credit.Period?.End);
            WriteDate(json, "timestamp", credit.Timestamp);
            json.WriteNumber("consumed", credit.Consumed);
            json.WriteEndObject();
        }
        else
            json.WriteNull("credit");
        json.WriteEndObject();
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? date) =>
        json.WriteString(name, date is { } given ? WireDate.Format(given) : null);
}

/// <summary>What has become of the credits by one measurement.</summary>
/// <param name="CurrencyId">The currency.</param>
/// <param name="CurrentUsage">All that is used.</param>
/// <param name="UsageLimit">All that there is to use; 0 without credits of this currency.</param>
/// <param name="Period">The period of the credits.</param>
/// <param name="Timestamp">The date of the usage of credits.</param>
/// <param name="Consumed">What this measurement has taken.</param>
internal sealed record MeasuredCredit(
    string CurrencyId, double CurrentUsage, double UsageLimit, UsagePeriod? Period, DateTimeOffset Timestamp, double Consumed);
