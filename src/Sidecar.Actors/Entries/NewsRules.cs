using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>What news makes of an entry, and what it came to: values in, values out.</summary>
internal static class NewsRules
{
    /// <summary>What is known of an entry once news has been applied: the same where it is older than that.</summary>
    /// <param name="before">What was known.</param>
    /// <param name="news">The news.</param>
    /// <param name="number">A number, above all numbers given out before.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    public static EntryState Applied(EntryState before, EntryNews news, long number, long nodeEpoch) => news switch
    {
        EntitlementsReplaced replaced => before.WithNews(replaced.Set, number, nodeEpoch, Origin.Stream),
        UsageSet { Usage.Usage.Reported: true } reported => before.WithReported(reported.Usage, number),
        UsageSet usage => before.WithNews(usage.Usage, number, Origin.Stream),
        _ => before.Invalidated(),
    };

    /// <summary>What became of news that was applied.</summary>
    /// <param name="before">What was known.</param>
    /// <param name="after">What is known now.</param>
    /// <param name="news">The news.</param>
    /// <param name="number">The number that it was applied with.</param>
    public static NewsOutcome OutcomeOf(EntryState before, EntryState after, EntryNews news, long number)
    {
        if (ReferenceEquals(after, before))
            return before.Known is null ? NewsOutcome.NotHeld : NewsOutcome.Older;
        // A set that stays keeps its date; what it took over of another one is usage.
        return news is EntitlementsReplaced && before.Known is not null && after.SetBegan != number ? NewsOutcome.Older : NewsOutcome.Applied;
    }
}
