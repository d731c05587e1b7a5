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
    /// Applies news to what is published. Whoever calls this has marked the customer, see <see cref="Cache.EntitlementCache.TryMarkAlone"/>, and
    /// learns by taking the mark back whether an actor came meanwhile. Nothing is kept beyond memory.
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
            var after = NewsRules.Applied(before, news, number, cache.NodeEpoch);
            outcome = after.HasUnmatchedUsages ? null : NewsRules.OutcomeOf(before, after, news, number);
            return outcome is null || ReferenceEquals(after, before) ? null : after.View;
        });
        return outcome;
    }
}
