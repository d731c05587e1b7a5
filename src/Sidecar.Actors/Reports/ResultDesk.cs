using System.Collections.Immutable;
using Akka.Actor;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Reports;

/// <summary>
/// Brings what became of reported usage to the customers' actors, where this node holds or reads what it is about. To them it is news like
/// any other, which goes by its date.
/// </summary>
/// <param name="services">What all actors share.</param>
/// <param name="region">The shard region, once there is one.</param>
public sealed class ResultDesk(ActorServices services, Func<CancellationToken, Task<IActorRef>> region) : IResultDesk
{
    /// <summary>A result that an actor has not taken after this time is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private IActorRef? _knownRegion;

    /// <inheritdoc/>
    public async Task ApplyAsync(ImmutableArray<ReportedUsage> usages)
    {
        List<EntryNews>? news = null;
        foreach (var usage in usages)
        {
            // Asked of each entry by itself: credits may be another one's than the usage.
            foreach (var one in usage.News(Known))
            {
                if (services.Cache.IsOfInterest(one.Key))
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

    private EntitlementState? Known(EntryKey key) => services.Cache.Find(key.CustomerId)?.Find(key.ResourceId)?.State;

    private async Task BringAsync(EntryNews news)
    {
        using var patience = new CancellationTokenSource(Patience, services.Clock.Time);
        try
        {
            var known = _knownRegion ??= await region(patience.Token);
            await known.Ask<NewsTaken>(new TakeNews(news), patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            // Nobody answers any more from what may be wrong now; the actor, should it come to, has it read.
            if (services.Cache.Find(news.Key.CustomerId) is { } views)
                services.Cache.Remove(views);
            _knownRegion?.Tell(new Invalidate(news.Key));
        }
    }
}
