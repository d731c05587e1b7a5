using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Decides answers: pure functions of what is known, the question and the time, by the rules of the evaluation contract in their order.
/// Nothing here allocates.
/// </summary>
public static class EntitlementEvaluator
{
    private static readonly string[] NoValues = [];

    /// <summary>Answers a question about one feature or currency from a known state.</summary>
    /// <param name="state">What is known of the entry.</param>
    /// <param name="customer">
    /// The customer's own state, where a resource is asked about and it is at hand: credits that the resource's state does not name
    /// are looked up there.
    /// </param>
    /// <param name="query">The question.</param>
    /// <param name="globalFallback">The global fallback of that feature, or null.</param>
    /// <param name="now">The present.</param>
    public static Answer Answer(
        EntitlementState state, EntitlementState? customer, in EntitlementQuery query, Fallback? globalFallback, DateTimeOffset now)
    {
        if (query.Kind == EntitlementKind.Credit)
        {
            return state.TryFindCredit(query.Id, out var credit)
                ? OfCredit(credit)
                : NoCredit(state.AccessDeniedReason ?? AccessDeniedReason.EntitlementNotFound);
        }

        if (!state.TryFindFeature(query.Id, out var entitlement))
        {
            return query.Kind == EntitlementKind.Unknown
                ? FromFallback(query, globalFallback)
                : NotThere(query, state.AccessDeniedReason ?? AccessDeniedReason.NoFeatureEntitlementInSubscription);
        }

        // A denial of the entitlement's own comes before the look at its type (rule 3 before rule 5).
        var isOtherType = query.Kind != EntitlementKind.Unknown && query.Kind != entitlement.Kind;
        if (isOtherType)
        {
            return entitlement.AccessDeniedReason is { } denied
                ? NotThere(query, denied) with { Feature = entitlement.Feature }
                : FromFallback(query, globalFallback) with { AccessDeniedReason = AccessDeniedReason.FeatureTypeMismatch };
        }

        return OfFeature(entitlement, state, customer, query.RequestedUsage ?? 0, query.RequestedValues, now);
    }

    /// <summary>Answers about an entitlement as the list calls show it: nothing is requested.</summary>
    /// <param name="state">What is known of the entry.</param>
    /// <param name="index">The entitlement's place in it, in the order of <see cref="EntitlementState.All"/>.</param>
    /// <param name="customer">The customer's own state, as in <see cref="Answer"/>.</param>
    /// <param name="now">The present.</param>
    public static Answer Show(EntitlementState state, int index, EntitlementState? customer, DateTimeOffset now)
    {
        var features = state.Terms.Features.Length;
        return index < features
            ? OfFeature(state.FeatureAt(index), state, customer, 0, null, now)
            : OfCredit(state.CreditAt(index - features));
    }

    /// <summary>Answers from the fallbacks: the question's own, else the global one, else the built-in one.</summary>
    /// <param name="query">The question.</param>
    /// <param name="globalFallback">The global fallback of that feature, or null. Currencies have none.</param>
    public static Answer FromFallback(in EntitlementQuery query, Fallback? globalFallback)
    {
        var kind = query.Kind;
        if (kind == EntitlementKind.Credit)
            globalFallback = null;
        var fallback = query.Fallback ?? globalFallback;
        if (kind == EntitlementKind.Unknown)
        {
            kind = query.RequestedUsage is not null ? EntitlementKind.Metered
                : query.RequestedValues is { Count: > 0 } ? EntitlementKind.Enum
                : fallback?.Value is not null ? EntitlementKind.Numeric
                : EntitlementKind.Boolean;
        }

        var source = query.Fallback is not null ? AnswerSource.RequestFallback
            : globalFallback is not null ? AnswerSource.GlobalFallback
            : AnswerSource.Default;
        return OfFallback(fallback ?? default, kind, source);
    }

    /// <summary>What the list calls show of one entry of the global fallback.</summary>
    public static Answer ShowFallback(string featureId, Fallback fallback)
    {
        var kind = fallback.Kind;
        var type = kind switch
        {
            EntitlementKind.Enum => FeatureType.Enum,
            EntitlementKind.Boolean => FeatureType.Boolean,
            _ => FeatureType.Number,
        };
        return OfFallback(fallback, kind, AnswerSource.GlobalFallback) with
        {
            Feature = new FeatureDefinition(featureId, type, HasMeter: kind == EntitlementKind.Metered),
        };
    }

    private static Answer OfFeature(
        in HeldFeature entitlement,
        EntitlementState state,
        EntitlementState? customer,
        double requestedUsage,
        IReadOnlyList<string>? requestedValues,
        DateTimeOffset now)
    {
        AccessDeniedReason? reason;
        switch (entitlement.Kind)
        {
            case EntitlementKind.Boolean:
                reason = entitlement.AccessDeniedReason;
                return new Answer
                {
                    Kind = EntitlementKind.Boolean,
                    HasAccess = reason is null,
                    AccessDeniedReason = reason,
                    Feature = entitlement.Feature,
                };

            case EntitlementKind.Enum:
                reason = entitlement.AccessDeniedReason
                    ?? (HoldsAll(entitlement.EnumValues, requestedValues) ? null : AccessDeniedReason.RequestedValuesMismatch);
                return new Answer
                {
                    Kind = EntitlementKind.Enum,
                    HasAccess = reason is null,
                    AccessDeniedReason = reason,
                    Feature = entitlement.Feature,
                    EnumValues = entitlement.EnumValues,
                };

            case EntitlementKind.Numeric:
                reason = entitlement.AccessDeniedReason;
                return new Answer
                {
                    Kind = EntitlementKind.Numeric,
                    HasAccess = reason is null,
                    AccessDeniedReason = reason,
                    Feature = entitlement.Feature,
                    // The message has an int32 here: a limit beyond it shows as the nearest one (a saturating conversion).
                    Value = entitlement.UsageLimit is { } value ? (int)value : null,
                    IsUnlimited = entitlement.HasUnlimitedUsage,
                };

            case EntitlementKind.Metered:
                return OfMetered(entitlement, state, customer, requestedUsage, now);

            default:
                return new Answer
                {
                    Kind = EntitlementKind.Boolean,
                    AccessDeniedReason = entitlement.AccessDeniedReason ?? AccessDeniedReason.Unknown,
                    Feature = entitlement.Feature,
                };
        }
    }

    private static Answer OfMetered(
        in HeldFeature entitlement, EntitlementState state, EntitlementState? customer, double requestedUsage, DateTimeOffset now)
    {
        var (current, start, end) = (entitlement.CurrentUsage, entitlement.PeriodStart, entitlement.PeriodEnd);
        if (end < now)
        {
            var period = entitlement is { UsagePeriodAnchor: { } anchor, ResetPeriod: { } reset }
                ? UsagePeriod.Holding(anchor, reset, now)
                : null;
            (current, start, end) = (0, period?.Start, period?.End);
        }

        var reason = entitlement.AccessDeniedReason;
        if (reason is null)
        {
            var isWithinLimit = entitlement.HasUnlimitedUsage
                || entitlement.HasSoftLimit
                || current + requestedUsage <= (entitlement.UsageLimit ?? 0);
            if (!isWithinLimit)
                reason = AccessDeniedReason.RequestedUsageExceedingLimit;
            else if (entitlement.CreditRate is { } rate
                && (state.TryFindCredit(rate.CurrencyId, out var credit) || customer?.TryFindCredit(rate.CurrencyId, out credit) is true)
                && !credit.HasCreditsLeft)
                reason = AccessDeniedReason.InsufficientCredits;
        }

        return new Answer
        {
            Kind = EntitlementKind.Metered,
            HasAccess = reason is null,
            AccessDeniedReason = reason,
            Feature = entitlement.Feature,
            UsageLimit = entitlement.UsageLimit,
            IsUnlimited = entitlement.HasUnlimitedUsage,
            HasSoftLimit = entitlement.HasSoftLimit,
            CurrentUsage = current,
            RequestedUsage = requestedUsage,
            ResetPeriod = entitlement.ResetPeriod,
            UsagePeriodAnchor = entitlement.UsagePeriodAnchor,
            UsagePeriodStart = start,
            UsagePeriodEnd = end,
        };
    }

    private static Answer OfCredit(in HeldCredit credit)
    {
        var reason = credit.AccessDeniedReason ?? (credit.HasCreditsLeft ? null : AccessDeniedReason.InsufficientCredits);
        return new Answer
        {
            Kind = EntitlementKind.Credit,
            HasAccess = reason is null,
            AccessDeniedReason = reason,
            Currency = credit.Currency,
            UsageLimit = credit.UsageLimit,
            CurrentUsage = credit.CurrentUsage,
            Remaining = credit.Remaining,
            UsagePeriodEnd = credit.PeriodEnd,
            HasSoftLimit = credit.HasSoftLimit,
        };
    }

    private static Answer NotThere(in EntitlementQuery query, AccessDeniedReason reason) => new()
    {
        Kind = query.Kind,
        AccessDeniedReason = reason,
        RequestedUsage = query.RequestedUsage ?? 0,
        HasSoftLimit = query.Kind == EntitlementKind.Metered ? false : null,
    };

    private static Answer NoCredit(AccessDeniedReason reason) => new()
    {
        Kind = EntitlementKind.Credit,
        AccessDeniedReason = reason,
        UsageLimit = 0,
        HasSoftLimit = false,
    };

    private static Answer OfFallback(Fallback fallback, EntitlementKind kind, AnswerSource source)
    {
        var answer = new Answer
        {
            Kind = kind,
            IsFallback = true,
            FallbackSource = source,
            HasAccess = fallback.HasAccess,
            AccessDeniedReason = fallback.HasAccess ? null : AccessDeniedReason.Unknown,
        };
        return kind switch
        {
            EntitlementKind.Numeric => answer with { Value = fallback.Value, IsUnlimited = fallback.IsUnlimited ?? false },
            // A fallback echoes no request here: its requested usage is the built-in 1.
            EntitlementKind.Metered => answer with
            {
                UsageLimit = fallback.UsageLimit,
                IsUnlimited = fallback.IsUnlimited ?? false,
                RequestedUsage = 1,
            },
            EntitlementKind.Enum => answer with { EnumValues = fallback.EnumValues ?? NoValues },
            EntitlementKind.Credit => answer with
            {
                UsageLimit = fallback.UsageLimit ?? 0,
                Remaining = Math.Max(0, fallback.UsageLimit ?? 0),
                HasSoftLimit = false,
            },
            _ => answer,
        };
    }

    private static bool HoldsAll(IReadOnlyList<string> granted, IReadOnlyList<string>? requested)
    {
        for (var i = 0; i < (requested?.Count ?? 0); i++)
        {
            var found = false;
            for (var j = 0; j < granted.Count && !found; j++)
                found = string.Equals(granted[j], requested![i], StringComparison.Ordinal);
            if (!found)
                return false;
        }

        return true;
    }
}
