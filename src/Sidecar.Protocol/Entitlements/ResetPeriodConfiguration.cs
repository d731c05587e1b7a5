namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// What an entitlement's periods are counted from, in the cloud's words. Answers rest on the anchor, which says it as a date; this is kept
/// for the other programs that read what is stored.
/// </summary>
/// <param name="TypeName">The cloud's name of the form, such as <c>MonthlyResetPeriodConfig</c>; null where it was not told.</param>
/// <param name="Field">The name of its one field, such as <c>monthlyAccordingTo</c>.</param>
/// <param name="Value">The field's word, such as <c>SubscriptionStart</c>.</param>
public sealed record ResetPeriodConfiguration(string? TypeName, string Field, string Value)
{
    /// <summary>Whether a field is that of a form which this release knows.</summary>
    internal static bool IsKnown(string field) => field is "yearlyAccordingTo" or "monthlyAccordingTo" or "weeklyAccordingTo";

    /// <summary>What it takes in memory, in bytes.</summary>
    internal long Size => HeapSize.Head + (3 * HeapSize.Field) + HeapSize.Of(TypeName) + HeapSize.Of(Value);
}
