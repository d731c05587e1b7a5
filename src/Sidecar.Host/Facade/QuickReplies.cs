using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Facade;

/// <summary>
/// What <see cref="Replies"/> maps answers to, written at once and not made first: to the byte the same. The numbers are those of the
/// proto's fields.
/// </summary>
internal static class QuickReplies
{
    public static void Boolean(MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        Decision(to, answer);
        BooleanOf(to, 4, answer);
    }

    public static void Numeric(MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        Decision(to, answer);
        NumericOf(to, 4, answer);
    }

    public static void Metered(MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        Decision(to, answer);
        to.Double(4, answer.RequestedUsage);
        MeteredOf(to, 5, answer);
    }

    public static void Enum(MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        Decision(to, answer);
        Texts(to, 4, query.RequestedValues);
        EnumOf(to, 5, answer);
    }

    public static void Any(MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        Decision(to, answer);
        OfKind(to, 4, answer);
    }

    public static void AnyV2(MessageWriter to, in Answer answer, in EntitlementQuery query) =>
        EntitlementV2Of(to, answer, query.Kind == EntitlementKind.Credit ? query.Id : null);

    /// <summary>One entry of the older list call; nothing for credits.</summary>
    public static void Listed(MessageWriter to, in Answer answer)
    {
        if (answer.Kind is not (EntitlementKind.Boolean or EntitlementKind.Numeric or EntitlementKind.Metered or EntitlementKind.Enum))
            return;
        var start = to.Begin(1);
        OfKind(to, 1, answer);
        to.End(start);
    }

    /// <summary>One entry of the list call with decisions.</summary>
    public static void ListedV2(MessageWriter to, in Answer answer) => EntitlementV2Of(to, answer, currencyId: null);

    /// <summary>Why a whole list is as it is.</summary>
    public static void Reason(MessageWriter to, Stigg.Sidecar.V1.AccessDeniedReason? reason) => to.Int(2, (long?)reason);

    // The kinds but credits stand in one order in each reply: boolean, numeric, metered, enum.
    private static void OfKind(MessageWriter to, int first, in Answer answer)
    {
        switch (answer.Kind)
        {
            case EntitlementKind.Numeric:
                NumericOf(to, first + 1, answer);
                break;
            case EntitlementKind.Metered:
                MeteredOf(to, first + 2, answer);
                break;
            case EntitlementKind.Enum:
                EnumOf(to, first + 3, answer);
                break;
            default:
                BooleanOf(to, first, answer);
                break;
        }
    }

    private static void EntitlementV2Of(MessageWriter to, in Answer answer, string? currencyId)
    {
        var start = to.Begin(1);
        Decision(to, answer);
        if (answer.Kind == EntitlementKind.Credit)
            CreditOf(to, 8, answer, currencyId);
        else
            OfKind(to, 4, answer);

        to.End(start);
    }

    // The first fields of every reply.
    private static void Decision(MessageWriter to, in Answer answer)
    {
        to.Bool(1, answer.HasAccess);
        to.Bool(2, answer.IsFallback);
        to.Int(3, (long?)answer.AccessDeniedReason);
    }

    private static void BooleanOf(MessageWriter to, int field, in Answer answer)
    {
        var start = to.Begin(field);
        FeatureOf(to, answer.Feature);
        to.End(start);
    }

    private static void NumericOf(MessageWriter to, int field, in Answer answer)
    {
        var start = to.Begin(field);
        FeatureOf(to, answer.Feature);
        to.Int(5, (long?)answer.Value);
        to.Bool(6, answer.IsUnlimited);
        to.End(start);
    }

    private static void MeteredOf(MessageWriter to, int field, in Answer answer)
    {
        var start = to.Begin(field);
        FeatureOf(to, answer.Feature);
        to.Double(5, answer.UsageLimit);
        to.Bool(6, answer.IsUnlimited);
        to.Double(7, answer.CurrentUsage);
        to.Int(9, (long?)answer.ResetPeriod);
        // Clients in use still read the older name of the period's end.
        to.Date(10, answer.UsagePeriodEnd);
        to.Date(11, answer.UsagePeriodAnchor);
        to.Date(12, answer.UsagePeriodStart);
        to.Date(13, answer.UsagePeriodEnd);
        to.Bool(14, answer.HasSoftLimit);
        to.End(start);
    }

    private static void EnumOf(MessageWriter to, int field, in Answer answer)
    {
        var start = to.Begin(field);
        FeatureOf(to, answer.Feature);
        Texts(to, 5, answer.EnumValues);
        to.End(start);
    }

    private static void CreditOf(MessageWriter to, int field, in Answer answer, string? currencyId)
    {
        var start = to.Begin(field);
        var currency = to.Begin(1);
        to.String(1, answer.Currency?.Id ?? currencyId ?? "");
        if (answer.Currency is { } known)
        {
            to.String(2, known.DisplayName);
            to.OptionalString(3, known.Description);
            to.OptionalString(4, known.UnitSingular);
            to.OptionalString(5, known.UnitPlural);
            to.Message(6, known.AdditionalMetaData);
        }

        to.End(currency);
        to.Double(2, answer.UsageLimit ?? 0);
        to.Double(3, answer.CurrentUsage);
        to.Double(4, answer.Remaining);
        to.Date(5, answer.UsagePeriodEnd);
        to.Bool(6, answer.HasSoftLimit ?? false);
        to.End(start);
    }

    private static void FeatureOf(MessageWriter to, FeatureDefinition? feature)
    {
        if (feature is null)
            return;
        var start = to.Begin(4);
        to.String(1, feature.Id);
        to.Int(2, (long)feature.Type);
        to.OptionalString(3, feature.Units);
        to.OptionalString(4, feature.UnitsPlural);
        to.Int(5, (long)feature.Meter);
        to.Bool(6, feature.IsMetered);
        to.End(start);
    }

    private static void Texts(MessageWriter to, int field, IReadOnlyList<string>? values)
    {
        for (var i = 0; i < (values?.Count ?? 0); i++)
            to.OptionalString(field, values![i]);
    }
}
