using System.Globalization;
using Google.Protobuf.Collections;
using Sidecar.Protocol;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using Kind = Stigg.Sidecar.V1.EntitlementV2.EntitlementOneofCase;

namespace Sidecar.Host.CommandLine.Checking;

/// <summary>Puts an answer into words.</summary>
internal static class CheckVerdict
{
    private const int LongestLine = 1000;

    /// <summary>The verdict in its first line, and below it why, what is used, and where the answer came from.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="facts">What the service told beside it.</param>
    public static IReadOnlyList<string> Lines(CheckQuestion question, EntitlementV2 answer, AnswerFacts facts)
    {
        string?[] lines =
        [
            Headline(question, answer),
            Line("why", Why(question, answer, facts)),
            Line("usage", Usage(question, answer)),
            Line("period", Period(answer)),
            Line("source", Source(answer, facts)),
        ];
        return [.. lines.OfType<string>().Select(line => Excerpt.Of(line, LongestLine))];
    }

    private static string Headline(CheckQuestion question, EntitlementV2 answer)
    {
        var whose = question.Request.HasResourceId ? $"resource '{question.Request.ResourceId}' of customer '{question.Request.CustomerId}'"
            : $"customer '{question.Request.CustomerId}'";
        var verdict = (answer.HasAccess, question.IsCredits) switch
        {
            (true, false) => $"yes: {whose} may use '{question.Item}'",
            (false, false) => $"no: {whose} may not use '{question.Item}'",
            (true, true) => $"yes: {whose} has credits of '{question.Item}'",
            (false, true) => $"no: {whose} has no credits of '{question.Item}'",
        };
        return answer.HasAccessDeniedReason ? $"{verdict}: {EntitlementExplainer.WordOf(answer.AccessDeniedReason)}" : verdict;
    }

    private static string Why(CheckQuestion question, EntitlementV2 answer, AnswerFacts facts)
    {
        if (!answer.IsFallback || answer.AccessDeniedReason == AccessDeniedReason.FeatureTypeMismatch)
            return answer.HasAccessDeniedReason ? OfDenial(question, answer) : OfAccess(question, answer);
        // An older service does not tell which of the two it is.
        var because = facts.Freshness switch
        {
            null => "the service knows no such entitlement of the customer",
            "none" => "nothing is known of the customer: the cloud could not be asked, or refuses the key",
            _ => "the customer, as the cloud tells it, has no such entitlement; or there is no such customer",
        };
        return $"a fallback answers, since {because}{(answer.HasAccess ? "; it grants" : "")}";
    }

    private static string OfAccess(CheckQuestion question, EntitlementV2 answer) => answer.EntitlementCase switch
    {
        Kind.Metered when answer.Metered.IsUnlimited => "usage is unlimited",
        Kind.Metered when answer.Metered.HasSoftLimit => "the limit is soft: it may be exceeded",
        Kind.Metered => $"{Sum(question, answer.Metered)} is within the limit of {Number(answer.Metered.UsageLimit)}",
        Kind.Credit => $"{Number(answer.Credit.Remaining)} of {Number(answer.Credit.UsageLimit)} credits are left",
        Kind.Enum => $"granted are {ListOf(answer.Enum.EnumValues)}",
        Kind.Numeric => answer.Numeric.IsUnlimited ? "its value is unlimited" : answer.Numeric.HasValue ? $"its value is {answer.Numeric.Value}" : "it is granted, without a value",
        _ => "it is granted",
    };

    private static string OfDenial(CheckQuestion question, EntitlementV2 answer) => answer.AccessDeniedReason switch
    {
        AccessDeniedReason.CustomerIsArchived => "the customer is archived",
        AccessDeniedReason.CustomerNotFound => "the cloud knows no such customer",
        AccessDeniedReason.CustomerResourceNotFound => "the cloud knows no such resource of the customer",
        AccessDeniedReason.FeatureNotFound => "the cloud knows no such feature",
        AccessDeniedReason.NoActiveSubscription => "the customer has no active subscription",
        AccessDeniedReason.NoFeatureEntitlementInSubscription => "the customer's plan does not hold the feature",
        AccessDeniedReason.RequestedUsageExceedingLimit when answer.EntitlementCase == Kind.Metered =>
            $"{Sum(question, answer.Metered)} is above the limit of {Number(answer.Metered.UsageLimit)}",
        AccessDeniedReason.RequestedValuesMismatch when answer.EntitlementCase == Kind.Enum =>
            $"granted are {ListOf(answer.Enum.EnumValues)}; requested: {ListOf(question.Request.Options?.RequestedValues ?? new RepeatedField<string>())}",
        AccessDeniedReason.FeatureTypeMismatch => "the feature is of another type",
        AccessDeniedReason.InsufficientCredits => "no credits are left" + (question.IsCredits ? "" : " of the currency that a unit is paid with"),
        AccessDeniedReason.BudgetExceeded => "the budget is exceeded",
        AccessDeniedReason.Revoked => "the entitlement was revoked",
        AccessDeniedReason.EntitlementNotFound => "the customer has no such entitlement",
        _ => "the cloud denies it without a reason that this release knows",
    };

    private static string? Usage(CheckQuestion question, EntitlementV2 answer) => answer.EntitlementCase switch
    {
        Kind.Metered when !answer.IsFallback => $"{Number(answer.Metered.CurrentUsage)} used of {LimitOf(answer.Metered)}"
            + (question.Usage is { } requested ? $", {Number(requested)} requested" : "")
            + (answer.Metered.Feature is { HasUnitsPlural: true } feature ? $" ({feature.UnitsPlural})" : ""),
        Kind.Credit when !answer.IsFallback => $"{Number(answer.Credit.CurrentUsage)} used of {Number(answer.Credit.UsageLimit)}, {Number(answer.Credit.Remaining)} left",
        _ => null,
    };

    private static string? Period(EntitlementV2 answer)
    {
        var end = answer.EntitlementCase switch
        {
            Kind.Metered => answer.Metered.UsagePeriodEnd,
            Kind.Credit => answer.Credit.UsagePeriodEnd,
            _ => null,
        };
        var start = answer.EntitlementCase == Kind.Metered ? answer.Metered.UsagePeriodStart : null;
        return end is null ? null : $"{(start is null ? "" : $"from {start.ToDateTimeOffset():u} ")}until {end.ToDateTimeOffset():u}";
    }

    private static string? Source(EntitlementV2 answer, AnswerFacts facts)
    {
        string?[] parts =
        [
            facts.Source ?? (answer.IsFallback ? "a fallback" : null),
            facts.Freshness is null or "none" ? null : facts.Freshness,
            facts.AgeMs is { } age ? $"{age} ms old" : null,
            facts.Node is { } node ? $"by {node}" : null,
        ];
        return Array.TrueForAll(parts, part => part is null) ? null : string.Join(", ", parts.OfType<string>());
    }

    private static string? Line(string title, string? text) => text is null ? null : $"  {title,-8}{text}";

    private static string Sum(CheckQuestion question, MeteredEntitlement metered) =>
        $"{Number(metered.CurrentUsage)} used + {Number(question.Usage ?? 0)} requested";

    private static string LimitOf(MeteredEntitlement metered) => metered.IsUnlimited ? "unlimited"
        : metered.HasUsageLimit ? Number(metered.UsageLimit)
        : "no limit, which counts as 0";

    private static string ListOf(RepeatedField<string> values) => values.Count == 0 ? "none" : string.Join(", ", values.Select(value => $"'{value}'"));

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);
}
