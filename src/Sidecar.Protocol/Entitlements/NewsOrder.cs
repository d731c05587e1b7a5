using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Which of two pieces of dated news counts. The later date wins, whatever the order of arrival; a read's result is news like any
/// other.
/// </summary>
public static class NewsOrder
{
    /// <summary>
    /// Whether a usage that arrives takes the place of the known one: by date; at the same date by the later period, then the higher
    /// count of an incremental meter, then a report's answer over the stream, then arrival.
    /// </summary>
    /// <param name="arriving">The usage that arrives.</param>
    /// <param name="known">The usage that is known.</param>
    /// <param name="meter">The feature's meter; <see cref="MeterType.Unspecified"/> for credits.</param>
    public static bool Supersedes(Usage arriving, Usage known, MeterType meter)
    {
        var order = arriving.UpdatedAt.CompareTo(known.UpdatedAt);
        if (order == 0)
            order = Nullable.Compare(arriving.PeriodStart, known.PeriodStart);
        if (order == 0 && meter == MeterType.Incremental)
            order = arriving.Current.CompareTo(known.Current);
        if (order == 0)
            order = arriving.Reported.CompareTo(known.Reported);
        return order >= 0;
    }

    /// <summary>
    /// Whether a set that arrives takes the place of the known one: an empty set has no date and always does; else the later date
    /// wins, and at the same date arrival.
    /// </summary>
    public static bool Supersedes(EntitlementState arriving, EntitlementState known) =>
        arriving.IsEmpty || arriving.UpdatedAt >= known.UpdatedAt;

    /// <summary>The meter that decides between usages of an entitlement at the same date.</summary>
    public static MeterType MeterOf(Entitlement entitlement) =>
        entitlement is FeatureEntitlement feature ? feature.Feature.Meter : MeterType.Unspecified;

    /// <summary>
    /// A set in which each usage is the later one of its own and the one another state knows of the same entitlement. Where both have one
    /// date and the two count by other periods, it is its own.
    /// </summary>
    /// <param name="set">The set to keep.</param>
    /// <param name="arriving">The state that arrives later: its usages win at the same date where the rules leave it to arrival.</param>
    public static EntitlementState WithUsagesOf(EntitlementState set, EntitlementState arriving) =>
        Merge(set, arriving, otherArrives: true);

    /// <summary>
    /// The set that arrives, without losing a later usage that was known of one of its entitlements. Where both have one date and the two
    /// count by other periods, it is its own.
    /// </summary>
    /// <param name="arriving">The set to keep.</param>
    /// <param name="known">The state it replaces.</param>
    public static EntitlementState Replacing(EntitlementState arriving, EntitlementState known) =>
        Merge(arriving, known, otherArrives: false);

    /// <summary>A state with one usage taken over, where it is the later one; the same state where it is not.</summary>
    public static EntitlementState With(EntitlementState known, UsageNews news)
    {
        var entitlement = known.Find(news.Of);
        return entitlement is null || !Supersedes(news.Usage, entitlement.Usage, MeterOf(entitlement))
            ? known
            : known.WithUsage(news.Of, news.Usage);
    }

    private static EntitlementState Merge(EntitlementState set, EntitlementState other, bool otherArrives) =>
        set.WithUsages(mine =>
        {
            Entitlement? theirs = mine is CreditEntitlement ? other.FindCredit(mine.Id) : other.FindFeature(mine.Id);
            if (theirs is null)
                return null;
            var meter = MeterOf(mine);
            // Under another plan periods are of another length, or counted from elsewhere: which of two begins later says nothing then.
            var isTheirs = theirs.Usage.UpdatedAt == mine.Usage.UpdatedAt && !CountsAlike(mine, theirs) ? false
                : otherArrives ? Supersedes(theirs.Usage, mine.Usage, meter)
                : !Supersedes(mine.Usage, theirs.Usage, meter);
            return isTheirs ? theirs.Usage : null;
        });

    private static bool CountsAlike(Entitlement one, Entitlement other) =>
        one is not FeatureEntitlement mine || other is not FeatureEntitlement theirs
        || (mine.ResetPeriod == theirs.ResetPeriod && mine.UsagePeriodAnchor == theirs.UsagePeriodAnchor);
}
