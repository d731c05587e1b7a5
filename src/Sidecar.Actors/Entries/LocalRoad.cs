using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>The way to customers' actors of this process.</summary>
/// <param name="services">What all actors share.</param>
/// <param name="place">Where they are, once it is there.</param>
/// <param name="areStandIns">Whether they stand in for others, on other nodes, that may have the customer in hand.</param>
public sealed partial class LocalRoad(ActorServices services, Func<CancellationToken, Task<IActorRef>> place, bool areStandIns = false) : ICustomerRoad
{
    private IActorRef? _knownPlace;

    // Kinds of news of which the last one failed, a bit each: a cause that lasts is logged once.
    private int _failing;

    private TimeProvider Time => services.Clock.Time;

    /// <inheritdoc/>
    public Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation) =>
        AskAsync<CustomerAnswer>(new Question(key, maxWait), patience, cancellation);

    /// <inheritdoc/>
    public Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation) =>
        AskAsync<ReloadAnswer>(new Reload(key), patience, cancellation);

    /// <inheritdoc/>
    public Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience)
    {
        // What is kept beyond memory is the actor's business. And whatever comes behind this goes the same way, while it is under way.
        var customerId = news.Key.CustomerId;
        var isAlone = !areStandIns && services.Snapshots is null && services.Cache.TryMarkAlone(customerId);
        if (!isAlone)
            services.Cache.MarkPending(customerId);
        var outcome = isAlone ? TakeUnheld(news) : null;
        // An actor that came meanwhile may have started with what was published before: it is told, too.
        return outcome is { } taken && services.Cache.TryUnmarkAlone(customerId) ? Task.FromResult(taken) : BringToActorAsync(news, outcome, patience);
    }

    /// <inheritdoc/>
    public void Refresh(EntryKey key) => _knownPlace?.Tell(new Refresh(key));

    /// <inheritdoc/>
    public void Invalidate(EntryKey key) => _knownPlace?.Tell(new Invalidate(key));

    /// <inheritdoc/>
    public void TellStoredChanged(EntryKey key) => _knownPlace?.Tell(new StoredChanged(key), ActorRefs.NoSender);

    private NewsOutcome? TakeUnheld(EntryNews news)
    {
        var kind = 1 << (int)news.Kind;
        try
        {
            var taken = UnheldEntries.Take(services, news);
            if ((Volatile.Read(ref _failing) & kind) != 0)
                Interlocked.And(ref _failing, ~kind);
            return taken;
        }
        catch (Exception e)
        {
            // The actor is told: should it fail as well, it has what it knows read again.
            if ((Interlocked.Or(ref _failing, kind) & kind) == 0)
                Log.Fault(services.Log.CreateLogger<LocalRoad>(), news.Kind, e);
            return null;
        }
    }

    private async Task<NewsOutcome> BringToActorAsync(EntryNews news, NewsOutcome? applied, TimeSpan patience)
    {
        try
        {
            var taken = await AskAsync<NewsTaken>(new TakeNews(news), patience, CancellationToken.None);
            // An actor that lost it has what it knows read again; where there is none, nobody has.
            if (ReferenceEquals(taken, NewsTaken.Refused))
                throw new TimeoutException("nobody could take the news");
            // The second time, it is no news; nor where what it was applied to has been evicted since.
            var isKnown = taken.Outcome is NewsOutcome.Older or NewsOutcome.NotHeld;
            return applied is NewsOutcome.Applied && isKnown ? NewsOutcome.Applied : taken.Outcome;
        }
        finally
        {
            services.Cache.UnmarkPending(news.Key.CustomerId);
        }
    }

    private Task<TAnswer> AskAsync<TAnswer>(ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class => _knownPlace is { } known
            ? AskAsync<TAnswer>(known, message, patience, cancellation)
            : AskFirstAsync<TAnswer>(message, patience, cancellation);

    private async Task<TAnswer> AskFirstAsync<TAnswer>(ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class
    {
        var began = Time.GetTimestamp();
        var known = await place(cancellation).WaitAsync(patience, Time, cancellation);
        _knownPlace = known;
        var left = patience - Time.GetElapsedTime(began);
        return await AskAsync<TAnswer>(known, message, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellation);
    }

    private Task<TAnswer> AskAsync<TAnswer>(IActorRef known, ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        known.Tell(message, new ReplyAddress(known, reply => _ = reply is TAnswer told && answer.TrySetResult(told)));
        return answer.Task.WaitAsync(patience, Time, cancellation);
    }

    private static partial class Log
    {
        [LoggerMessage(201, LogLevel.Error, "news of the kind {Kind} could not be applied to what is published; its customer's actor is told")]
        public static partial void Fault(ILogger logger, NewsKind kind, Exception fault);
    }
}
