using System.Collections.Immutable;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Brings what became of reported usage to the customers, where this node holds or reads what it is about, or may have stored it. To
/// them it is news like any other, which goes by its date.
/// </summary>
/// <param name="services">What all actors share.</param>
/// <param name="road">The way to the customers' actors.</param>
public sealed class ResultDesk(ActorServices services, ICustomerRoad road) : IResultDesk
{
    /// <summary>A result that an actor has not taken after this time is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task ApplyAsync(ImmutableArray<ReportedUsage> usages)
    {
        List<EntryNews>? news = null;
        foreach (var usage in usages)
        {
            // Asked of each entry by itself: credits may be another one's than the usage.
            foreach (var one in usage.News(Known))
            {
                if (services.Cache.IsOfInterest(one.Key) || MayBeStored(one))
                    (news ??= []).Add(one);
            }
        }

        if (news is not null)
            await Task.WhenAll(LastOfEach(news).Select(BringAsync));
    }

    // Results of one bulk may have the same date, which would leave it to the rules for arrivals which of them counts; they are in order.
    private static IEnumerable<EntryNews> LastOfEach(List<EntryNews> news) => Enumerable.Reverse(news)
        .DistinctBy(one => (one.Key, one.Kind, (one as UsageSet)?.Usage.Of))
        .Reverse();

    // What was reported is seen by the next question, also where that finds the entry in the persistent cache.
    private bool MayBeStored(EntryNews news) => services.Snapshots is not null && news is UsageSet;

    private EntitlementState? Known(EntryKey key) => services.Cache.Find(key.CustomerId)?.Find(key.ResourceId)?.State;

    private async Task BringAsync(EntryNews news)
    {
        try
        {
            await road.BringAsync(news, Patience);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            // Nobody answers any more from what may be wrong now; the actor, should it come to, has it read.
            services.Cache.RemoveAll(news.Key.CustomerId);
            road.Invalidate(news.Key);
        }
    }
}
