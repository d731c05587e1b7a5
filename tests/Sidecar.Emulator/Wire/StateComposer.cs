using System.Collections.Immutable;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Wire;

/// <summary>What the cloud answers, from data and time alone.</summary>
internal static class StateComposer
{
    /// <summary>The state of a customer, or of one of its resources.</summary>
    public static EntitlementsState Compose(EmulatorData data, string customerId, string? resourceId, DateTimeOffset now)
    {
        if (!data.Customers.TryGetValue(customerId, out var customer))
            return EntitlementsState.Empty(Words.CustomerNotFound);
        if (customer.Archived)
            return EntitlementsState.Empty(Words.CustomerIsArchived);
        if (resourceId is null)
            return Compose(data, customer, now);

        // A resource is answered by its own subscription; what the customer holds is an entry of its own. For a resource
        // that is not known the wire has no reason: the three of a whole state all speak of the customer. So the list is
        // just empty, and the reader's rule for an entitlement that is not in the list denies.
        return customer.Resources.TryGetValue(resourceId, out var resource)
            ? Compose(data, resource, now)
            : EntitlementsState.Empty(reason: null);
    }

    /// <summary>One feature of a state; nothing where it is not among those that are granted.</summary>
    public static FeatureEntitlement? Feature(EmulatorData data, Entitled entitled, string id, DateTimeOffset now)
    {
        var planned = PlanOf(data, entitled).Entitlements.GetValueOrDefault(id);
        var own = entitled.Entitlements.GetValueOrDefault(id);
        var grant = planned is not null && own is not null ? planned.OverriddenBy(own) : own ?? planned;
        return grant is null ? null : ComposeFeature(data, entitled, id, grant, now);
    }

    /// <summary>The credits of one currency of a state; nothing where none are granted.</summary>
    public static CreditEntitlement? Credit(EmulatorData data, Entitled entitled, string id, DateTimeOffset now)
    {
        var planned = PlanOf(data, entitled).Credits.GetValueOrDefault(id);
        var own = entitled.Credits.GetValueOrDefault(id);
        var grant = planned is not null && own is not null ? planned.OverriddenBy(own) : own ?? planned;
        return grant is null ? null : ComposeCredit(data, entitled, id, grant, now);
    }

    private static Plan PlanOf(EmulatorData data, Entitled entitled) =>
        entitled.Plan is null ? new Plan() : data.Plans[entitled.Plan];

    private static EntitlementsState Compose(EmulatorData data, Entitled entitled, DateTimeOffset now)
    {
        var plan = PlanOf(data, entitled);
        // Without a subscription only what was granted beside any plan is left.
        var reason = entitled.Plan is null ? Words.NoActiveSubscription : null;
        var grants = Merge(plan.Entitlements, entitled.Entitlements, (below, above) => below.OverriddenBy(above));
        var credits = Merge(plan.Credits, entitled.Credits, (below, above) => below.OverriddenBy(above));
        return new EntitlementsState(
            reason,
            [.. grants.Select(grant => ComposeFeature(data, entitled, grant.Key, grant.Value, now))],
            [.. credits.Select(grant => ComposeCredit(data, entitled, grant.Key, grant.Value, now))]);
    }

    private static FeatureEntitlement ComposeFeature(EmulatorData data, Entitled entitled, string id, Grant grant, DateTimeOffset now)
    {
        var entitlement = new FeatureEntitlement
        {
            FeatureId = id,
            Feature = data.Features[id],
            Grant = grant,
            UpdatedAt = entitled.UpdatedAt,
        };
        if (entitlement.Feature.Meter is Meter.None)
            return entitlement;

        var usage = entitled.Usage.GetValueOrDefault(id);
        var anchor = Anchor(entitled, usage, grant.ResetPeriod, grant.ResetAccordingTo ?? Words.SubscriptionStart);
        var period = Period(usage, anchor, grant.ResetPeriod, now);
        return entitlement with
        {
            CurrentUsage = Counted(usage, period),
            UsageUpdatedAt = usage?.UpdatedAt,
            PeriodAnchor = anchor,
            Period = period,
        };
    }

    private static CreditEntitlement ComposeCredit(EmulatorData data, Entitled entitled, string id, CreditGrant grant, DateTimeOffset now)
    {
        var usage = entitled.CreditUsage.GetValueOrDefault(id);
        var anchor = Anchor(entitled, usage, grant.ResetPeriod, Words.SubscriptionStart);
        var period = Period(usage, anchor, grant.ResetPeriod, now);
        return new CreditEntitlement
        {
            CurrencyId = id,
            Currency = data.Currencies[id],
            Grant = grant,
            UpdatedAt = entitled.UpdatedAt,
            CurrentUsage = Counted(usage, period),
            UsageUpdatedAt = usage?.UpdatedAt,
            Period = period,
        };
    }

    private static DateTimeOffset? Anchor(Entitled entitled, Usage? usage, ResetPeriod? length, string accordingTo)
    {
        if (usage?.PeriodAnchor is { } given)
            return given;
        return length is null || entitled.SubscribedAt is not { } start ? null : UsagePeriod.Anchor(start, accordingTo);
    }

    private static UsagePeriod? Period(Usage? usage, DateTimeOffset? anchor, ResetPeriod? length, DateTimeOffset now)
    {
        if (usage is { PeriodStart: { } start, PeriodEnd: { } end })
            return new UsagePeriod(start, end);
        return length is { } given && anchor is { } from ? UsagePeriod.Containing(now, from, given) : null;
    }

    /// <summary>
    /// The usage of this period: what was last counted in an earlier one is over. A period that the data itself gives is told
    /// with its usage, whatever their dates.
    /// </summary>
    private static double Counted(Usage? usage, UsagePeriod? period)
    {
        if (usage is null)
            return 0;
        var over = usage.PeriodStart is null && period is { } current && usage.UpdatedAt < current.Start;
        return over ? 0 : usage.CurrentUsage;
    }

    private static ImmutableSortedDictionary<string, T> Merge<T>(
        ImmutableSortedDictionary<string, T> below, ImmutableSortedDictionary<string, T> above, Func<T, T, T> overridden)
    {
        var merged = below.ToBuilder();
        foreach (var (id, grant) in above)
            merged[id] = below.TryGetValue(id, out var planned) ? overridden(planned, grant) : grant;
        return merged.ToImmutable();
    }
}
