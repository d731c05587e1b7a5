using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>Maps answers to replies. Every message of an entitlement is there, also in a denial: clients read through it.</summary>
internal static class Replies
{
    public static GetBooleanEntitlementResponse Boolean(in Answer answer, in EntitlementQuery query)
    {
        var reply = new GetBooleanEntitlementResponse
        {
            HasAccess = answer.HasAccess,
            IsFallback = answer.IsFallback,
            Entitlement = BooleanOf(answer),
        };
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        return reply;
    }

    public static GetNumericEntitlementResponse Numeric(in Answer answer, in EntitlementQuery query)
    {
        var reply = new GetNumericEntitlementResponse
        {
            HasAccess = answer.HasAccess,
            IsFallback = answer.IsFallback,
            Entitlement = NumericOf(answer),
        };
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        return reply;
    }

    public static GetMeteredEntitlementResponse Metered(in Answer answer, in EntitlementQuery query)
    {
        var reply = new GetMeteredEntitlementResponse
        {
            HasAccess = answer.HasAccess,
            IsFallback = answer.IsFallback,
            RequestedUsage = answer.RequestedUsage,
            Entitlement = MeteredOf(answer),
        };
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        return reply;
    }

    public static GetEnumEntitlementResponse Enum(in Answer answer, in EntitlementQuery query)
    {
        var reply = new GetEnumEntitlementResponse
        {
            HasAccess = answer.HasAccess,
            IsFallback = answer.IsFallback,
            Entitlement = EnumOf(answer),
        };
        if (query.RequestedValues is { Count: > 0 } requested)
            reply.RequestedValues.AddRange(requested);
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        return reply;
    }

    public static GetEntitlementResponse Any(in Answer answer, in EntitlementQuery query)
    {
        var reply = new GetEntitlementResponse { HasAccess = answer.HasAccess, IsFallback = answer.IsFallback };
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        switch (answer.Kind)
        {
            case EntitlementKind.Numeric:
                reply.Numeric = NumericOf(answer);
                break;
            case EntitlementKind.Metered:
                reply.Metered = MeteredOf(answer);
                break;
            case EntitlementKind.Enum:
                reply.Enum = EnumOf(answer);
                break;
            default:
                reply.Boolean = BooleanOf(answer);
                break;
        }

        return reply;
    }

    public static GetEntitlementV2Response AnyV2(in Answer answer, in EntitlementQuery query) =>
        new() { Entitlement = EntitlementV2Of(answer, query.Kind == EntitlementKind.Credit ? query.Id : null) };

    /// <summary>One entry of the older list call; null for credits, which it has no form for.</summary>
    public static Stigg.Sidecar.V1.Entitlement? Listed(in Answer answer) => answer.Kind switch
    {
        EntitlementKind.Boolean => new() { Boolean = BooleanOf(answer) },
        EntitlementKind.Numeric => new() { Numeric = NumericOf(answer) },
        EntitlementKind.Metered => new() { Metered = MeteredOf(answer) },
        EntitlementKind.Enum => new() { Enum = EnumOf(answer) },
        _ => null,
    };

    /// <summary>An entitlement with its decision.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="currencyId">The currency that was asked about, for an answer that knows none.</param>
    public static EntitlementV2 EntitlementV2Of(in Answer answer, string? currencyId = null)
    {
        var reply = new EntitlementV2 { HasAccess = answer.HasAccess, IsFallback = answer.IsFallback };
        if (answer.AccessDeniedReason is { } reason)
            reply.AccessDeniedReason = reason;
        switch (answer.Kind)
        {
            case EntitlementKind.Numeric:
                reply.Numeric = NumericOf(answer);
                break;
            case EntitlementKind.Metered:
                reply.Metered = MeteredOf(answer);
                break;
            case EntitlementKind.Enum:
                reply.Enum = EnumOf(answer);
                break;
            case EntitlementKind.Credit:
                reply.Credit = CreditOf(answer, currencyId);
                break;
            default:
                reply.Boolean = BooleanOf(answer);
                break;
        }

        return reply;
    }

    private static Stigg.Sidecar.V1.BooleanEntitlement BooleanOf(in Answer answer)
    {
        var message = new Stigg.Sidecar.V1.BooleanEntitlement();
        if (answer.Feature is { } feature)
            message.Feature = FeatureOf(feature);
        return message;
    }

    private static NumericEntitlement NumericOf(in Answer answer)
    {
        var message = new NumericEntitlement { IsUnlimited = answer.IsUnlimited };
        if (answer.Feature is { } feature)
            message.Feature = FeatureOf(feature);
        if (answer.Value is { } value)
            message.Value = value;
        return message;
    }

    private static MeteredEntitlement MeteredOf(in Answer answer)
    {
        var message = new MeteredEntitlement { IsUnlimited = answer.IsUnlimited, CurrentUsage = answer.CurrentUsage };
        if (answer.Feature is { } feature)
            message.Feature = FeatureOf(feature);
        if (answer.UsageLimit is { } limit)
            message.UsageLimit = limit;
        if (answer.HasSoftLimit is { } isSoft)
            message.HasSoftLimit = isSoft;
        if (answer.ResetPeriod is { } period)
            message.ResetPeriod = period;
        if (answer.UsagePeriodAnchor is { } anchor)
            message.UsagePeriodAnchor = Timestamp.FromDateTimeOffset(anchor);
        if (answer.UsagePeriodStart is { } start)
            message.UsagePeriodStart = Timestamp.FromDateTimeOffset(start);
        if (answer.UsagePeriodEnd is { } end)
        {
            message.UsagePeriodEnd = Timestamp.FromDateTimeOffset(end);
#pragma warning disable CS0612 // Clients in use still read the older name of the period's end.
            message.NextResetDate = message.UsagePeriodEnd;
#pragma warning restore CS0612
        }

        return message;
    }

    private static EnumEntitlement EnumOf(in Answer answer)
    {
        var message = new EnumEntitlement();
        if (answer.Feature is { } feature)
            message.Feature = FeatureOf(feature);
        if (answer.EnumValues.Count > 0)
            message.EnumValues.AddRange(answer.EnumValues);
        return message;
    }

    private static Stigg.Sidecar.V1.CreditEntitlement CreditOf(in Answer answer, string? currencyId)
    {
        var message = new Stigg.Sidecar.V1.CreditEntitlement
        {
            Currency = answer.Currency is { } currency ? CurrencyOf(currency) : new EntitlementCurrency { CurrencyId = currencyId ?? "" },
            UsageLimit = answer.UsageLimit ?? 0,
            CurrentUsage = answer.CurrentUsage,
            Remaining = answer.Remaining,
            HasSoftLimit = answer.HasSoftLimit ?? false,
        };
        if (answer.UsagePeriodEnd is { } end)
            message.UsagePeriodEnd = Timestamp.FromDateTimeOffset(end);
        return message;
    }

    private static EntitlementCurrency CurrencyOf(CreditCurrency currency)
    {
        var message = new EntitlementCurrency { CurrencyId = currency.Id, DisplayName = currency.DisplayName };
        if (currency.Description is not null)
            message.Description = currency.Description;
        if (currency.UnitSingular is not null)
            message.UnitSingular = currency.UnitSingular;
        if (currency.UnitPlural is not null)
            message.UnitPlural = currency.UnitPlural;
        if (currency.AdditionalMetaData is not null)
            message.AdditionalMetaData = currency.AdditionalMetaData;
        return message;
    }

    private static EntitlementFeature FeatureOf(FeatureDefinition feature)
    {
        var message = new EntitlementFeature
        {
            Id = feature.Id,
            FeatureType = feature.Type,
            MeterType = feature.Meter,
            IsMetered = feature.IsMetered,
        };
        if (feature.Units is not null)
            message.Units = feature.Units;
        if (feature.UnitsPlural is not null)
            message.UnitsPlural = feature.UnitsPlural;
        return message;
    }
}
