using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>
/// Entries that no actor has in hand. Of news, an actor would start with what is published, publish what follows, and end; that is done here
/// without one, which would cost more than all the rest and be one more thing for the collector to find.
/// </summary>
internal static class UnheldEntries
{
    /// <summary>
    /// Applies news to what is published. Whoever calls this has the customer to itself, see <see cref="Cache.EntitlementCache.TryMarkAlone"/>, and
    /// nothing is kept beyond memory.
    /// </summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="news">The news.</param>
    /// <returns>What became of it; null where it takes an actor, which keeps what no view shows.</returns>
    public static NewsOutcome? Take(ActorServices services, EntryNews news)
    {
        var cache = services.Cache;
        NewsOutcome? outcome = NewsOutcome.NotHeld;
        cache.Change(news.Key, held =>
        {
            if (held is null)
            {
                // Evicted.
                outcome = NewsOutcome.NotHeld;
                return null;
            }

            var before = EntryState.From(held).OfSource(cache.SourceSince);
            var number = cache.NextNumber();
            var after = Applied(before, news, number, cache.NodeEpoch);
            outcome = after.HasUnmatchedUsages ? null : OutcomeOf(before, after, news, number);
            return outcome is null || ReferenceEquals(after, before) ? null : after.View;
        });
        return outcome;
    }

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
