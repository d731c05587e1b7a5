using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Updates;

/// <summary>Brings news to the customers, where this node holds or reads what it is about.</summary>
/// <param name="services">What all actors share.</param>
/// <param name="road">The way to the customers' actors.</param>
public sealed class NewsDesk(ActorServices services, ICustomerRoad road) : INewsDesk
{
    /// <summary>News that an actor has not taken after this time is lost.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

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
        if (!services.Cache.IsOfInterest(news.Key))
            return NewsOutcome.NotHeld;

        try
        {
            return await road.BringAsync(news, Patience);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            // Nobody answers any more from what may be wrong now; the actor, should it come to, has it read.
            services.Cache.RemoveAll(news.Key.CustomerId);
            road.Invalidate(news.Key);
            return NewsOutcome.Lost;
        }
    }

    private NewsOutcome ForEveryone()
    {
        services.Cache.RaiseNodeEpoch();
        return NewsOutcome.Applied;
    }
}
