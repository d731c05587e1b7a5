using System.Globalization;
using System.Text.Json;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Says for people how an answer is decided. The answer itself is <see cref="EntitlementEvaluator"/>'s; the steps go through the same rules of
/// the evaluation contract in words. Pure, and never on the way of a call.
/// </summary>
public static class EntitlementExplainer
{
    // Of a long list, as many are shown.
    private const int ShownValues = 20;

    /// <summary>Explains the answer to a question.</summary>
    /// <param name="state">What is known of the entry; null where nothing is.</param>
    /// <param name="customer">The customer's own state, where a resource is asked about and it is known.</param>
    /// <param name="query">The question.</param>
    /// <param name="globalFallback">The global fallback of that feature, or null.</param>
    /// <param name="now">The present.</param>
    public static Explanation Explain(
        EntitlementState? state, EntitlementState? customer, in EntitlementQuery query, Fallback? globalFallback, DateTimeOffset now)
    {
        var answer = state is null
            ? EntitlementEvaluator.FromFallback(query, globalFallback)
            : EntitlementEvaluator.Answer(state, customer, query, globalFallback, now);
        var steps = new List<ExplainedStep>();
        if (state is null)
        {
            steps.Add(new("known", "nothing is known of it: neither memory nor Redis nor the cloud has brought anything"));
            steps.Add(FallsBack(answer));
        }
        else
        {
            steps.Add(new("known", $"{Counted(state.Count, "entitlement")}"
                + (state.AccessDeniedReason is { } whole ? $"; the cloud denies the whole with {WordOf(whole)}" : "")));
            if (query.Kind == EntitlementKind.Credit)
                OfCredit(steps, state, query.Id);
            else
                OfFeature(steps, state, customer, query, answer, now);
        }

        return new Explanation(answer, steps);
    }

    /// <summary>The word of the proto for a reason, without its prefix: <c>INSUFFICIENT_CREDITS</c>.</summary>
    /// <param name="reason">The reason; a number that this release does not know is shown as such.</param>
    public static string WordOf(AccessDeniedReason reason) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(reason.ToString());

    private static void OfCredit(List<ExplainedStep> steps, EntitlementState state, string currencyId)
    {
        if (state.FindCredit(currencyId) is not { } credit)
        {
            steps.Add(Denies("entitlement", $"there are no credits of currency '{currencyId}'",
                state.AccessDeniedReason ?? AccessDeniedReason.EntitlementNotFound));
            return;
        }

        steps.Add(Found(credit));
        if (OwnDenial(steps, credit))
            return;
        var balance = BalanceOf(credit);
        steps.Add(HasCredits(credit)
            ? new("credits", balance, StepOutcome.Grants)
            : Denies("credits", balance, AccessDeniedReason.InsufficientCredits));
    }

    private static void OfFeature(
        List<ExplainedStep> steps, EntitlementState state, EntitlementState? customer, in EntitlementQuery query, in Answer answer,
        DateTimeOffset now)
    {
        if (state.FindFeature(query.Id) is not { } entitlement)
        {
            var none = $"there is no entitlement to feature '{query.Id}'";
            if (query.Kind == EntitlementKind.Unknown)
            {
                steps.Add(new("entitlement", $"{none}; a call that takes any type then answers from a fallback"));
                steps.Add(FallsBack(answer));
            }
            else
            {
                steps.Add(Denies("entitlement", none, state.AccessDeniedReason ?? AccessDeniedReason.NoFeatureEntitlementInSubscription));
            }

            return;
        }

        steps.Add(Found(entitlement));
        if (OwnDenial(steps, entitlement))
            return;
        if (query.Kind != EntitlementKind.Unknown && query.Kind != entitlement.Kind)
        {
            steps.Add(new("type", $"the call asks for {KindOf(query.Kind)}, the feature is {KindOf(entitlement.Kind)}"));
            steps.Add(FallsBack(answer) with { Reason = AccessDeniedReason.FeatureTypeMismatch });
            return;
        }

        steps.Add(entitlement.Kind switch
        {
            EntitlementKind.Boolean => new("type", "a boolean feature: who has it may use it", StepOutcome.Grants),
            EntitlementKind.Numeric => new("type", $"a number without a meter: {LimitOf(entitlement)}", StepOutcome.Grants),
            EntitlementKind.Enum => OfEnum(entitlement, query.RequestedValues ?? []),
            EntitlementKind.Metered => new("type", "a number with a meter: usage counts against a limit"),
            _ => Denies("type", "a feature of a type that this release does not know: it never grants", AccessDeniedReason.Unknown),
        });
        if (entitlement.Kind == EntitlementKind.Metered)
            OfMetered(steps, entitlement, state, customer, query.RequestedUsage ?? 0, now);
    }

    private static void OfMetered(
        List<ExplainedStep> steps, FeatureEntitlement entitlement, EntitlementState state, EntitlementState? customer, double requested,
        DateTimeOffset now)
    {
        var used = entitlement.Usage.Current;
        if (entitlement.Usage.PeriodEnd is { } end)
        {
            if (end < now)
                used = 0;
            steps.Add(new("usage period", end < now
                ? $"it ended at {end:u}: what was used ({Number(entitlement.Usage.Current)}) counts as 0 now"
                : $"it ends at {end:u}"));
        }

        var sum = $"{Number(used)} used + {Number(requested)} requested, {LimitOf(entitlement)}";
        var isWithin = entitlement.HasUnlimitedUsage || entitlement.HasSoftLimit || used + requested <= (entitlement.UsageLimit ?? 0);
        if (!isWithin)
        {
            steps.Add(Denies("limit", sum, AccessDeniedReason.RequestedUsageExceedingLimit));
            return;
        }

        if (entitlement.CreditRate is not { } rate)
        {
            steps.Add(new("limit", sum, StepOutcome.Grants));
            return;
        }

        steps.Add(new("limit", sum));
        var price = $"a unit costs {Number(rate.Amount)} of currency '{rate.CurrencyId}'";
        if ((state.FindCredit(rate.CurrencyId) ?? customer?.FindCredit(rate.CurrencyId)) is not { } credit)
            steps.Add(new("credits", $"{price}, of which no balance is known: that denies nothing", StepOutcome.Grants));
        else if (HasCredits(credit))
            steps.Add(new("credits", $"{price}; {BalanceOf(credit)}", StepOutcome.Grants));
        else
            steps.Add(Denies("credits", $"{price}; {BalanceOf(credit)}", AccessDeniedReason.InsufficientCredits));
    }

    private static ExplainedStep OfEnum(FeatureEntitlement entitlement, IReadOnlyList<string> requested)
    {
        var missing = requested.Where(value => !entitlement.EnumValues.Contains(value, StringComparer.Ordinal)).ToList();
        var granted = $"granted are {ListOf(entitlement.EnumValues)}";
        return missing.Count > 0 ? Denies("values", $"{granted}; not among them: {ListOf(missing)}", AccessDeniedReason.RequestedValuesMismatch)
            : requested.Count == 0 ? new("values", $"{granted}; none are requested", StepOutcome.Grants)
            : new("values", $"{granted}; all that are requested are among them", StepOutcome.Grants);
    }

    private static ExplainedStep Found(Entitlement entitlement) => new("entitlement",
        $"there is one to {(entitlement.Kind == EntitlementKind.Credit ? "currency" : "feature")} '{entitlement.Id}'"
        + (entitlement.UpdatedAt is { } updatedAt ? $", last changed in the cloud at {updatedAt:u}" : ""));

    private static bool OwnDenial(List<ExplainedStep> steps, Entitlement entitlement)
    {
        if (entitlement.AccessDeniedReason is { } reason)
            steps.Add(Denies("denial", $"the cloud denies this entitlement with {WordOf(reason)}", reason));
        return entitlement.AccessDeniedReason is not null;
    }

    private static ExplainedStep FallsBack(in Answer answer)
    {
        var whose = answer.FallbackSource switch
        {
            AnswerSource.RequestFallback => "the request's own fallback answers",
            AnswerSource.GlobalFallback => "the fallback of ENTITLEMENTS_FALLBACK answers",
            _ => "the built-in fallback answers",
        };
        return new("fallback", $"{whose}: {(answer.HasAccess ? "access" : "no access")}", StepOutcome.FallsBack, answer.AccessDeniedReason);
    }

    private static ExplainedStep Denies(string rule, string finding, AccessDeniedReason reason) => new(rule, finding, StepOutcome.Denies, reason);

    private static bool HasCredits(CreditEntitlement credit) => credit.HasSoftLimit || credit.Usage.Current < (credit.UsageLimit ?? 0);

    private static string BalanceOf(CreditEntitlement credit) =>
        $"{Number(credit.Remaining)} credits of '{credit.Id}' left: {Number(credit.Usage.Current)} of {Number(credit.UsageLimit ?? 0)} used"
        + (credit.HasSoftLimit ? "; the limit is soft" : "");

    private static string LimitOf(FeatureEntitlement entitlement) =>
        entitlement.HasUnlimitedUsage ? "unlimited"
        : entitlement.UsageLimit is not { } limit ? "without a limit from the cloud, which counts as 0"
        : entitlement.HasSoftLimit ? $"soft limit {Number(limit)}"
        : $"limit {Number(limit)}";

    private static string KindOf(EntitlementKind kind) => kind switch
    {
        EntitlementKind.Boolean => "boolean",
        EntitlementKind.Numeric => "a number without a meter",
        EntitlementKind.Metered => "a number with a meter",
        EntitlementKind.Enum => "an enum",
        _ => "of a type that this release does not know",
    };

    private static string ListOf(IReadOnlyList<string> values) => values.Count == 0 ? "none"
        : string.Join(", ", values.Take(ShownValues).Select(value => $"'{value}'"))
            + (values.Count > ShownValues ? $" and {values.Count - ShownValues} more" : "");

    private static string Counted(int count, string name) => count == 1 ? $"1 {name}" : $"{count} {name}s";

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);
}
