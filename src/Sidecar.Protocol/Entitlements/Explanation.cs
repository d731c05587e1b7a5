using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>An answer, and how it came about.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Steps">The rules that were looked at, in their order; the last one decides.</param>
public sealed record Explanation(Answer Answer, IReadOnlyList<ExplainedStep> Steps);

/// <summary>One rule on the way to an answer.</summary>
/// <param name="Rule">The rule's name: a word or two.</param>
/// <param name="Finding">What was found, as a sentence with the numbers in it. It holds ids of the customer's entitlements, and no secret.</param>
/// <param name="Outcome">What follows.</param>
/// <param name="Reason">Why access is denied, where it is.</param>
public sealed record ExplainedStep(
    string Rule, string Finding, StepOutcome Outcome = StepOutcome.GoesOn, AccessDeniedReason? Reason = null);

/// <summary>What follows from one rule.</summary>
public enum StepOutcome
{
    /// <summary>The next rule is looked at.</summary>
    GoesOn = 0,

    /// <summary>The answer is access.</summary>
    Grants,

    /// <summary>The answer is no access.</summary>
    Denies,

    /// <summary>A fallback answers.</summary>
    FallsBack,
}
