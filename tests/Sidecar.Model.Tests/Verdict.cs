using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What a question gets.</summary>
/// <param name="HasAccess">Whether the customer may.</param>
/// <param name="IsFallback">Whether a fallback says so.</param>
/// <param name="Reason">Why not, or null.</param>
/// <param name="Used">What is used in the present period.</param>
/// <param name="Limit">The limit, or null.</param>
/// <param name="PeriodEnd">When that period ends, or null.</param>
internal sealed record Verdict(bool HasAccess, bool IsFallback, string? Reason, double Used, double? Limit, DateTimeOffset? PeriodEnd)
{
    /// <summary>What the service said.</summary>
    public static Verdict Of(in Answer answer) =>
        new(
            answer.HasAccess, answer.IsFallback, answer.AccessDeniedReason?.ToString(),
            answer.CurrentUsage, answer.UsageLimit, answer.UsagePeriodEnd);
}
