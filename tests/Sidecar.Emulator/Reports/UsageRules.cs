using System.Collections.Immutable;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Reports;

/// <summary>How reports change usage, as pure functions.</summary>
internal static class UsageRules
{
    /// <summary>What a measurement makes of the data.</summary>
    /// <exception cref="ReportRefusalException">It can't be counted.</exception>
    public static MeasuredUsage Measure(EmulatorData data, Measurement measurement, DateTimeOffset now)
    {
        var entitled = Find(data, measurement.CustomerId, measurement.ResourceId);
        if (!data.Features.TryGetValue(measurement.FeatureId, out var feature))
            throw new ReportRefusalException(ApiErrorCode.FeatureNotFound, $"there is no feature \"{measurement.FeatureId}\"");
        if (feature.Meter is Meter.None)
            throw ReportRefusalException.BadInput($"the feature \"{measurement.FeatureId}\" has no meter, so it has no usage");
        if (feature.EventName is { } eventName)
            throw new ReportRefusalException(
                ApiErrorCode.CannotReportUsageForEntitlementWithMeterError,
                $"the usage of \"{measurement.FeatureId}\" is counted from the events \"{eventName}\"");
        return Count(data, entitled, measurement, now);
    }

    /// <summary>What an event makes of the data: 1 more of each feature that is counted from events of its name.</summary>
    public static ImmutableArray<DataChange> Happen(EmulatorData data, UsageEvent happened, DateTimeOffset now)
    {
        // Events are taken in whether or not anybody can make something of them.
        if (Known(data, happened.CustomerId) is not { } customer
            || (happened.ResourceId is { } resourceId && !customer.Resources.ContainsKey(resourceId)))
            return [];
        var changes = ImmutableArray.CreateBuilder<DataChange>();
        foreach (var (featureId, feature) in data.Features)
            if (feature.EventName == happened.EventName)
            {
                var one = new Measurement
                {
                    CustomerId = happened.CustomerId,
                    ResourceId = happened.ResourceId,
                    FeatureId = featureId,
                    Value = 1,
                };
                var latest = changes.Count > 0 ? changes[^1].After : data;
                changes.AddRange(Count(latest, Find(latest, one.CustomerId, one.ResourceId), one, now).Changes);
            }
        return changes.ToImmutable();
    }

    private static MeasuredUsage Count(EmulatorData data, Entitled entitled, Measurement measurement, DateTimeOffset now)
    {
        var entitlement = StateComposer.Feature(data, entitled, measurement.FeatureId, now);
        // Usage of a period that is over is not added to.
        var before = entitlement is null
            ? entitled.Usage.GetValueOrDefault(measurement.FeatureId)?.CurrentUsage ?? 0
            : entitlement.CurrentUsage ?? 0;
        var after = After(before, measurement);
        var (change, kept) = Put(data, measurement, measurement.FeatureId, ofCredits: false, after, now);
        var measured = new MeasuredUsage
        {
            Measurement = measurement,
            Changes = [change],
            CurrentUsage = after,
            Timestamp = kept,
            Period = entitlement?.Period,
        };
        return entitlement?.Grant.CreditRate is { } rate ? Pay(measured, entitled, rate, after - before, now) : measured;
    }

    private static MeasuredUsage Pay(MeasuredUsage measured, Entitled entitled, CreditRate rate, double used, DateTimeOffset now)
    {
        var (data, id) = (measured.After, rate.CurrencyId);
        var payer = measured.Measurement;
        var credits = StateComposer.Credit(data, entitled, id, now);
        // A resource without credits of the currency uses the customer's.
        if (credits is null && payer.ResourceId is not null)
        {
            var customer = Find(data, payer.CustomerId, resourceId: null);
            if (StateComposer.Credit(data, customer, id, now) is { } own)
                (payer, entitled, credits) = (payer with { ResourceId = null }, customer, own);
        }

        var before = credits?.CurrentUsage ?? entitled.CreditUsage.GetValueOrDefault(id)?.CurrentUsage ?? 0;
        // What is given back is at most what was taken.
        var after = Math.Max(0, before + (used * rate.Amount));
        var (change, kept) = Put(data, payer, id, ofCredits: true, after, now);
        return measured with
        {
            Changes = measured.Changes.Add(change),
            Credit = new MeasuredCredit(id, after, credits?.Grant.Amount ?? 0, credits?.Period, kept, after - before),
        };
    }

    private static double After(double before, Measurement measurement)
    {
        if (measurement.Behavior is UpdateBehavior.Set)
            return measurement.Value >= 0
                ? measurement.Value
                : throw new ReportRefusalException(
                    ApiErrorCode.EntitlementUsageOutOfRangeError, $"the usage of \"{measurement.FeatureId}\" can't be less than 0");
        var after = before + measurement.Value;
        return after >= 0 && double.IsFinite(after)
            ? after
            : throw new ReportRefusalException(
                ApiErrorCode.UsageMeasurementDiffOutOfRangeError,
                $"the difference leads out of the range that the usage of \"{measurement.FeatureId}\" can have");
    }

    private static (DataChange Change, DateTimeOffset UpdatedAt) Put(
        EmulatorData data, Measurement measurement, string id, bool ofCredits, double amount, DateTimeOffset now)
    {
        var (customerId, resourceId) = (measurement.CustomerId, measurement.ResourceId);
        var (customer, usage) = UsageEdit.Put(
            data.Customers[customerId], resourceId, id, ofCredits,
            // Dated anew where the amount is the same, too: it is what is known as of now.
            previous => (previous ?? new Usage { CurrentUsage = 0 }) with
            {
                CurrentUsage = amount,
                UpdatedAt = WireDate.After(previous?.UpdatedAt, now),
            });
        var change = new DataChange.Usage(customerId, resourceId, id, ofCredits)
        {
            Before = data,
            After = data with { Customers = data.Customers.SetItem(customerId, customer) },
        };
        return (change, usage.UpdatedAt!.Value);
    }

    private static Entitled Find(EmulatorData data, string customerId, string? resourceId)
    {
        var customer = Known(data, customerId)
            ?? throw new ReportRefusalException(ApiErrorCode.CustomerNotFound, $"there is no customer \"{customerId}\"");
        if (resourceId is null)
            return customer;
        return customer.Resources.GetValueOrDefault(resourceId)
            ?? throw new ReportRefusalException(
                ApiErrorCode.CustomerResourceNotFound, $"the customer \"{customerId}\" has no resource \"{resourceId}\"");
    }

    private static Customer? Known(EmulatorData data, string customerId) =>
        data.Customers.GetValueOrDefault(customerId) is { Archived: false } customer ? customer : null;
}
