using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>What is known about an entry, and where that came from.</summary>
/// <param name="State">What is known, or null: then the fallbacks answer.</param>
/// <param name="Customer">The customer's own state, where a resource was asked about and it is known.</param>
/// <param name="Source">Where it came from.</param>
public readonly record struct Found(EntitlementState? State, EntitlementState? Customer, AnswerSource Source);

/// <summary>
/// The actors' front desk. What this node's cache holds and can be trusted is handed out on the calling thread, without a lock or an
/// allocation; anything else is asked of the customer's actor. A question always gets something: at worst the word that nothing is
/// known.
/// </summary>
public sealed partial class Customers
{
    /// <summary>Questions under way to actors at once; one more gets what is known, at once.</summary>
    public const int MaxUnderWay = 50_000;

    /// <summary>
    /// What a question that waits for an actor is charged with in the cache, in bytes, beside its ids: what it was measured to take, with a
    /// read that waits.
    /// </summary>
    public const long QuestionBytes = 1_100;

    /// <summary>The longest that a question waits, from its arrival here: also for an actor that does not answer at all.</summary>
    public static readonly TimeSpan Patience = CloudSettings.ReadGuard;

    // The actor's own limit: a little less, for the way there and back.
    private static readonly TimeSpan MaxWait = Patience - TimeSpan.FromMilliseconds(200);

    // A view is asked to be re-read once in this many ticks, however many questions it answers.
    private static readonly long RefreshInterval = EntitlementCache.TickOf(TimeSpan.FromSeconds(1));

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ActorServices _services;
    private readonly ICustomerRoad _road;
    private readonly ILogger _log;
    private int _underWay;
    private long _unanswered;
    private long _quietUntil = long.MinValue;

    /// <summary>Makes the desk of a process by itself.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="place">Where the customers' actors are, once it is there.</param>
    public Customers(ActorServices services, Func<CancellationToken, Task<IActorRef>> place)
        : this(services, new LocalRoad(services, place))
    {
    }

    /// <summary>Makes the desk.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="road">The way to the customers' actors.</param>
    public Customers(ActorServices services, ICustomerRoad road)
    {
        _services = services;
        _road = road;
        _log = services.Log.CreateLogger<Customers>();
    }

    /// <summary>Whether nothing is ever asked of the cloud.</summary>
    public bool IsOffline => _services.Cloud.IsOffline;

    /// <summary>Hands out what this node's cache holds of an entry, where it can be trusted.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="now">The present, read once for the question.</param>
    /// <param name="found">What is known.</param>
    /// <returns>False where an actor has to be asked: see <see cref="AskAsync"/>.</returns>
    public bool TryFind(EntryKey key, in Moment now, out Found found)
    {
        if (TryFindAtHand(key, now, out found))
            return true;
        _services.Counters.CacheMisses.Increment();
        return false;
    }

    /// <summary>The same for who asks once more by <see cref="TryFind"/> where this finds nothing: that is no miss yet.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="now">The present, read once for the question.</param>
    /// <param name="found">What is known.</param>
    public bool TryFindAtHand(EntryKey key, in Moment now, out Found found)
    {
        var cache = _services.Cache;
        if (cache.Find(key.CustomerId) is { } views)
        {
            var customer = views.Own;
            var view = key.ResourceId is null ? customer : views.Find(key.ResourceId);
            if (view is not null)
            {
                var freshness = key.ResourceId is null
                    ? _services.Freshness.Judge(view, now, cache.Stream, cache.NodeEpoch)
                    : _services.Freshness.Judge(view, customer, now, cache.Stream, cache.NodeEpoch);
                var tick = EntitlementCache.TickOf(now.Uptime);
                views.Touch(tick);
                if (freshness is Freshness.Fresh or Freshness.Revalidate)
                {
                    _services.Counters.CacheHits.Increment();
                    if (freshness == Freshness.Revalidate)
                        AskRefresh(key, view, views, tick);
                    // The customer's own state, whose credits count for the resource, is kept as fresh.
                    if (key.ResourceId is not null && customer is not null
                        && _services.Freshness.Judge(customer, now, cache.Stream, cache.NodeEpoch) != Freshness.Fresh)
                        AskRefresh(key.Customer, customer, views, tick);
                    found = new Found(view.State, key.ResourceId is null ? null : customer?.State, AnswerSource.Memory);
                    return true;
                }

                // No read would be sent: nobody waits for one.
                if (IsReadSuspended(view))
                {
                    _services.Counters.CacheHits.Increment();
                    found = new Found(view.State, key.ResourceId is null ? null : customer?.State, AnswerSource.Stale);
                    return true;
                }
            }
        }

        found = default;
        return false;
    }

    /// <summary>How old what memory has of an entry is; null where it has nothing. Nothing is counted, and nobody is told that it was asked about.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="now">The present.</param>
    public EntryFacts? FactsOf(EntryKey key, in Moment now)
    {
        var cache = _services.Cache;
        if (cache.Find(key.CustomerId) is not { } views || views.Find(key.ResourceId) is not { } view)
            return null;
        var freshness = key.ResourceId is null
            ? _services.Freshness.Judge(view, now, cache.Stream, cache.NodeEpoch)
            : _services.Freshness.Judge(view, views.Own, now, cache.Stream, cache.NodeEpoch);
        var age = now.Uptime - view.ReadStartedAt;
        return new EntryFacts(age > TimeSpan.Zero ? age : TimeSpan.Zero, freshness);
    }

    /// <summary>Asks the customer's actor what is known of an entry, and waits as long as the entry's state deserves.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="cancellation">Ends the wait: the caller is gone.</param>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    public async Task<Found> AskAsync(EntryKey key, CancellationToken cancellation) =>
        await AskActorAsync(key, static (road, key, token) => road.AskAsync(key, MaxWait, Patience, token), cancellation) is { } answer
            && !ReferenceEquals(answer, CustomerAnswer.NothingKnown)
            ? new Found(answer.State, answer.Customer, answer.Source)
            : LastKnown(key);

    /// <summary>
    /// Has an entry read from the API, and not from Edge, and what is known of it replaced by what that brings (the evaluation contract,
    /// "Writes").
    /// </summary>
    /// <param name="key">The entry.</param>
    /// <param name="cancellation">Ends the wait: the caller is gone.</param>
    /// <returns>
    /// Whether there is such a customer (or resource); false where the read failed or there was no time for it; offline, and with nothing
    /// to read, true.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    public async Task<bool> ReloadAsync(EntryKey key, CancellationToken cancellation) =>
        await AskActorAsync(key, static (road, key, token) => road.ReloadAsync(key, Patience, token), cancellation) is { } answer
        && (answer.State?.EntityExists ?? _services.Cloud.IsOffline);

    // Null where too many ask already, or the actor does not answer in time.
    private async Task<TAnswer?> AskActorAsync<TAnswer>(
        EntryKey key, Func<ICustomerRoad, EntryKey, CancellationToken, Task<TAnswer>> ask, CancellationToken cancellation)
        where TAnswer : class
    {
        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            return null;
        }

        // News of the entry counts from here on, although nobody holds a view of it yet.
        var customerId = key.CustomerId;
        var size = SizeOf(key);
        _services.Cache.Charge(size);
        _services.Cache.MarkPending(customerId);
        using var note = _services.Tracing?.Asks(key);
        try
        {
            return await ask(_road, key, cancellation);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            NoAnswer();
            return null;
        }
        finally
        {
            _services.Cache.UnmarkPending(customerId);
            _services.Cache.Charge(-size);
            Interlocked.Decrement(ref _underWay);
        }
    }

    private static long SizeOf(EntryKey key) => QuestionBytes + HeapSize.Of(key.CustomerId) + HeapSize.Of(key.ResourceId);

    // What another node owns is read there.
    private bool IsReadSuspended(EntitlementView view) => _services.Cloud.IsSuspended && view.Lease is not { Owner: not null };

    private void AskRefresh(EntryKey key, EntitlementView view, CustomerViews views, long tick)
    {
        if (!IsReadSuspended(view) && views.TryAskRefresh(key.ResourceId, tick, RefreshInterval))
            _road.Refresh(key);
    }

    // One line a minute, however many questions it concerns.
    private void NoAnswer()
    {
        var count = Interlocked.Increment(ref _unanswered);
        var now = _services.Clock.Uptime.Ticks;
        var quietUntil = Volatile.Read(ref _quietUntil);
        if (now < quietUntil || Interlocked.CompareExchange(ref _quietUntil, now + Quiet.Ticks, quietUntil) != quietUntil)
            return;
        Interlocked.Add(ref _unanswered, -count);
        Log.NoAnswer(_log, Patience, count);
    }

    private Found LastKnown(EntryKey key)
    {
        var views = _services.Cache.Find(key.CustomerId);
        return views?.Find(key.ResourceId) is { } published
            ? new Found(published.State, key.ResourceId is null ? null : views.Own?.State, AnswerSource.Stale)
            : new Found(null, null, AnswerSource.Default);
    }

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Warning,
            "a customer's actor did not answer within {Patience}, {Count} times since the last line: the last known state answers")]
        public static partial void NoAnswer(ILogger logger, TimeSpan patience, long count);
    }
}
