using System.Collections.Immutable;

namespace Sidecar.Emulator.Data;

/// <summary>What holds between the parts of the data: names that lead somewhere, and grants that fit their feature.</summary>
internal static class EmulatorDataRules
{
    private const string Root = "$";

    /// <exception cref="EmulatorDataException">The first rule that is broken, with its place.</exception>
    public static void Check(EmulatorData data)
    {
        foreach (var (id, feature) in data.Features)
        {
            Demand(
                feature.Meter is Meter.None || feature.Type is FeatureType.Number,
                JsonCursor.PathOf(At("features", id), "meter"), "only a feature of type NUMBER has a meter");
            Demand(
                feature.EventName is null || feature.Meter is not Meter.None,
                JsonCursor.PathOf(At("features", id), "eventName"), "only a feature with a meter has this");
        }
        foreach (var (id, plan) in data.Plans)
            CheckGrants(data, At("plans", id), plan.Entitlements, plan.Credits);
        foreach (var (id, customer) in data.Customers)
            Check(data, customer, At("customers", id));
    }

    /// <inheritdoc cref="Check(EmulatorData)"/>
    public static void Check(EmulatorData data, Customer customer, string path = Root)
    {
        CheckEntitled(data, customer, path);
        foreach (var (id, resource) in customer.Resources)
            CheckEntitled(data, resource, JsonCursor.PathOf(JsonCursor.PathOf(path, "resources"), id));
    }

    private static void CheckEntitled(EmulatorData data, Entitled entitled, string path)
    {
        Demand(
            entitled.Plan is null || data.Plans.ContainsKey(entitled.Plan),
            JsonCursor.PathOf(path, "plan"), $"there is no plan \"{entitled.Plan}\"");
        CheckGrants(data, path, entitled.Entitlements, entitled.Credits);
        foreach (var (id, usage) in entitled.Usage)
        {
            var place = JsonCursor.PathOf(JsonCursor.PathOf(path, "usage"), id);
            Demand(data.Features.TryGetValue(id, out var feature), place, $"there is no feature \"{id}\"");
            Demand(feature!.Meter is not Meter.None, place, "the feature has no meter, so it has no usage");
            CheckUsage(usage, place);
        }
        foreach (var (id, usage) in entitled.CreditUsage)
        {
            var place = JsonCursor.PathOf(JsonCursor.PathOf(path, "creditUsage"), id);
            Demand(data.Currencies.ContainsKey(id), place, $"there is no currency \"{id}\"");
            CheckUsage(usage, place);
        }
    }

    private static void CheckGrants(
        EmulatorData data, string path, ImmutableSortedDictionary<string, Grant> grants, ImmutableSortedDictionary<string, CreditGrant> credits)
    {
        foreach (var (id, grant) in grants)
        {
            var place = JsonCursor.PathOf(JsonCursor.PathOf(path, "entitlements"), id);
            Demand(data.Features.TryGetValue(id, out var feature), place, $"there is no feature \"{id}\"");
            CheckGrant(data, grant, feature!, place);
        }
        foreach (var (id, _) in credits)
        {
            var place = JsonCursor.PathOf(JsonCursor.PathOf(path, "credits"), id);
            Demand(data.Currencies.ContainsKey(id), place, $"there is no currency \"{id}\"");
        }
    }

    private static void CheckGrant(EmulatorData data, Grant grant, Feature feature, string place)
    {
        var number = feature.Type is FeatureType.Number;
        var metered = feature.Meter is not Meter.None;
        OnlyFor(number, grant.Limit is null, "limit", "a feature of type NUMBER");
        OnlyFor(number, grant.Unlimited is null, "unlimited", "a feature of type NUMBER");
        OnlyFor(metered, grant.SoftLimit is null, "softLimit", "a feature with a meter");
        OnlyFor(metered, grant.ResetPeriod is null, "resetPeriod", "a feature with a meter");
        OnlyFor(metered, grant.CreditRate is null, "creditRate", "a feature with a meter");
        OnlyFor(feature.Type is FeatureType.Enum, grant.EnumValues is null, "enumValues", "a feature of type ENUM");
        Demand(
            grant is not { Unlimited: true, Limit: not null },
            JsonCursor.PathOf(place, "limit"), "an unlimited grant has no limit");
        Demand(
            grant.ResetAccordingTo is null || Words.ResetsAccordingTo(grant.ResetPeriod).ContainsKey(grant.ResetAccordingTo),
            JsonCursor.PathOf(place, "resetAccordingTo"), $"\"{grant.ResetAccordingTo}\" does not fit the reset period");
        Demand(
            grant.CreditRate is null || data.Currencies.ContainsKey(grant.CreditRate.CurrencyId),
            JsonCursor.PathOf(JsonCursor.PathOf(place, "creditRate"), "currencyId"),
            $"there is no currency \"{grant.CreditRate?.CurrencyId}\"");

        void OnlyFor(bool fits, bool absent, string field, string what) =>
            Demand(fits || absent, JsonCursor.PathOf(place, field), $"only {what} has this");
    }

    private static void CheckUsage(Usage usage, string place) =>
        Demand(
            (usage.PeriodStart is null) == (usage.PeriodEnd is null),
            place, "usagePeriodStart and usagePeriodEnd come together or not at all");

    private static string At(string map, string id) => JsonCursor.PathOf(JsonCursor.PathOf(Root, map), id);

    private static void Demand(bool holds, string path, string problem)
    {
        if (!holds)
            throw new EmulatorDataException($"{path}: {problem}");
    }
}
