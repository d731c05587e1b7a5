using Akka.Actor;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Updates;

/// <summary>Brings news to the customers' actors, where this node holds or reads what it is about.</summary>
/// <param name="services">What all actors share.</param>
/// <param name="region">The shard region, once there is one.</param>
public sealed class NewsDesk(ActorServices services, Func<CancellationToken, Task<IActorRef>> region) : INewsDesk
{
    /// <summary>News that an actor has not taken after this time is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private IActorRef? _knownRegion;

    /// <inheritdoc/>
    public async Task<NewsOutcome> BringAsync(News news)
    {
        var outcome = news switch
        {
            EntryNews entry => await BringAsync(entry),
            PackagePublished { IsForEveryone: true } or AnythingChanged => ForEveryone(),
            _ => NewsOutcome.NotHeld,
        };
        services.Counters.News[news.Kind, outcome].Increment();
        return outcome;
    }

    private async ValueTask<NewsOutcome> BringAsync(EntryNews news)
    {
        // What was reported is seen by the next question, also where that finds the entry in the persistent cache.
        if (!services.Cache.IsOfInterest(news.Key) && !(services.Snapshots is not null && news is UsageSet { Usage.Usage.Reported: true }))
            return NewsOutcome.NotHeld;

        using var patience = new CancellationTokenSource(Patience, services.Clock.Time);
        try
        {
            var known = _knownRegion ??= await region(patience.Token);
            return (await known.Ask<NewsTaken>(new TakeNews(news), patience.Token)).Outcome;
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            // Nobody answers any more from what may be wrong now; the actor, should it come to, has it read.
            if (services.Cache.Find(news.Key.CustomerId) is { } views)
                services.Cache.Remove(views);
            _knownRegion?.Tell(new Invalidate(news.Key));
            return NewsOutcome.Lost;
        }
    }

    private NewsOutcome ForEveryone()
    {
        services.Cache.RaiseNodeEpoch();
        return NewsOutcome.Applied;
    }
}
