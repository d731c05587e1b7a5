using Akka.Actor;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>The way to customers' actors of this process.</summary>
/// <param name="time">The source of time.</param>
/// <param name="place">Where they are, once it is there.</param>
public sealed class LocalRoad(TimeProvider time, Func<CancellationToken, Task<IActorRef>> place) : ICustomerRoad
{
    private IActorRef? _knownPlace;

    /// <inheritdoc/>
    public Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation) =>
        AskAsync<CustomerAnswer>(new Question(key, maxWait), patience, cancellation);

    /// <inheritdoc/>
    public Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation) =>
        AskAsync<ReloadAnswer>(new Reload(key), patience, cancellation);

    /// <inheritdoc/>
    public async Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience)
    {
        var taken = await AskAsync<NewsTaken>(new TakeNews(news), patience, CancellationToken.None);
        // An actor that lost it has what it knows read again; where there is none, nobody has.
        return ReferenceEquals(taken, NewsTaken.Refused) ? throw new TimeoutException("nobody could take the news") : taken.Outcome;
    }

    /// <inheritdoc/>
    public void Refresh(EntryKey key) => _knownPlace?.Tell(new Refresh(key));

    /// <inheritdoc/>
    public void Invalidate(EntryKey key) => _knownPlace?.Tell(new Invalidate(key));

    /// <inheritdoc/>
    public void TellStoredChanged(EntryKey key) => _knownPlace?.Tell(new StoredChanged(key), ActorRefs.NoSender);

    private Task<TAnswer> AskAsync<TAnswer>(ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class => _knownPlace is { } known
            ? AskAsync<TAnswer>(known, message, patience, cancellation)
            : AskFirstAsync<TAnswer>(message, patience, cancellation);

    private async Task<TAnswer> AskFirstAsync<TAnswer>(ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class
    {
        var began = time.GetTimestamp();
        var known = await place(cancellation).WaitAsync(patience, time, cancellation);
        _knownPlace = known;
        var left = patience - time.GetElapsedTime(began);
        return await AskAsync<TAnswer>(known, message, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellation);
    }

    private Task<TAnswer> AskAsync<TAnswer>(IActorRef known, ICustomerMessage message, TimeSpan patience, CancellationToken cancellation)
        where TAnswer : class
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        known.Tell(message, new ReplyAddress(known, reply => _ = reply is TAnswer told && answer.TrySetResult(told)));
        return answer.Task.WaitAsync(patience, time, cancellation);
    }
}
