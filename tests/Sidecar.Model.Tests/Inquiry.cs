using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What exactly is asked about an entry.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Kind">The kind that is expected of it, or none.</param>
/// <param name="Requested">How much is about to be used.</param>
/// <param name="Fallback">Whether the question's own fallback grants access; null where it brings none.</param>
internal sealed record Inquiry(string Feature, EntitlementKind Kind, double? Requested = null, bool? Fallback = null)
{
    private static readonly Inquiry[] All =
    [
        new(CloudWords.Calls, EntitlementKind.Metered, 1),
        new(CloudWords.Calls, EntitlementKind.Metered, 1_000_000),
        new(CloudWords.Calls, EntitlementKind.Unknown),
        new(CloudWords.Calls, EntitlementKind.Boolean),
        new(CloudWords.Seats, EntitlementKind.Metered),
        new(CloudWords.Seats, EntitlementKind.Metered, 1, Fallback: true),
        new(CloudWords.Seats, EntitlementKind.Numeric, null, Fallback: true),
        new("none", EntitlementKind.Unknown, null, Fallback: true),
        new("none", EntitlementKind.Unknown, 3),
        new("none", EntitlementKind.Boolean, null, Fallback: true),
    ];

    /// <summary>One of them.</summary>
    public static Inquiry Of(int way) => All[way % All.Length];

    /// <summary>The same as the service is asked.</summary>
    public EntitlementQuery QueryOf(EntryKey key) =>
        new(key, Feature, Kind, Requested, null, Fallback is { } hasAccess ? new Fallback(hasAccess) : null);

    /// <summary>What is to be answered by what is known: the evaluation contract, "Decision for one entitlement".</summary>
    public Verdict Of(Contents? known, DateTimeOffset utc)
    {
        if (known is null)
            return ByFallback();
        if (!known.Grants.TryGetValue(Feature, out var grant))
        {
            return Kind == EntitlementKind.Unknown
                ? ByFallback()
                : new Verdict(false, false, known.Reason ?? "NoFeatureEntitlementInSubscription", 0, null, null);
        }

        if (Kind is not (EntitlementKind.Metered or EntitlementKind.Unknown))
            return ByFallback() with { Reason = "FeatureTypeMismatch" };
        var isOver = grant.Use.To < utc;
        var used = isOver ? 0 : grant.Use.Count;
        // Periods of an hour, from the run's begin.
        DateTimeOffset? end = isOver ? VirtualClock.Start.AddHours(Math.Floor((utc - VirtualClock.Start).TotalHours) + 1) : grant.Use.To;
        var isWithin = used + (Requested ?? 0) <= grant.Limit;
        return new Verdict(isWithin, false, isWithin ? null : "RequestedUsageExceedingLimit", used, grant.Limit, end);
    }

    private Verdict ByFallback() => new(Fallback ?? false, true, Fallback == true ? null : "Unknown", 0, null, null);
}
