using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// The way to the customers' actors in a cluster. Whatever is asked goes to the customer's one actor, on whichever node it is; where that does
/// not answer, a stand-in of this node does.
/// </summary>
/// <param name="services">What all actors share.</param>
/// <param name="views">What this node holds of others, and awaits of them.</param>
/// <param name="seats">This node's place in the cluster.</param>
/// <param name="standIns">The stand-ins, once they are there.</param>
public sealed class ClusterRoad(ActorServices services, LeasedViews views, INodeSeats seats, Func<CancellationToken, Task<IActorRef>> standIns)
    : ICustomerRoad
{
    /// <summary>An owner that gives no sign for this long is not waited for.</summary>
    public static readonly TimeSpan OwnerPatience = TimeSpan.FromMilliseconds(500);

    private readonly LeaseMetrics _metrics = services.Counters.Cluster.Leases;
    private readonly LocalRoad _alone = new(services, standIns, areStandIns: true);

    /// <inheritdoc/>
    public async Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation)
    {
        var began = services.Clock.Uptime;
        using var asking = Turn(key, out var turn, out var seat);
        if (asking.Question is not { } question)
        {
            _metrics[seat is not null && turn == ShardTurn.Alone ? StandInCause.Away : StandInCause.Alone].Increment();
            return await _alone.AskAsync(key, maxWait, patience, cancellation);
        }

        var shard = ShardWatch.Of(key.CustomerId);
        while (true)
        {
            var signs = question.Signs;
            var left = maxWait - (services.Clock.Uptime - began);
            if (left > TimeSpan.Zero)
                seat!.Region.Tell(new AskOwner(question.Id, key, left, seat.Self), seat.Leases);
            if (turn != ShardTurn.Ask)
                break;
            if (await IsAnsweredAsync(question, Shorter(OwnerPatience, patience - (services.Clock.Uptime - began)), cancellation))
                return AnswerOf(await question.Answer);
            if (services.Clock.Uptime - began >= patience)
                throw new TimeoutException();
            if (question.Signs == signs)
            {
                views.Shards.NotAnswered(shard, services.Clock.Uptime);
                break;
            }

            // It reads: it is asked again, to see that it is still there. The read is the same one.
        }

        _metrics[turn == ShardTurn.Ask ? StandInCause.Silent : StandInCause.Away].Increment();
        // A late answer counts as well.
        var waited = services.Clock.Uptime - began;
        var alone = _alone.AskAsync(key, NotNegative(maxWait - waited), NotNegative(patience - waited), cancellation);
        await Task.WhenAny(alone, question.Answer);
        return question.Answer.IsCompletedSuccessfully ? AnswerOf(await question.Answer) : await alone;
    }

    /// <inheritdoc/>
    public async Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation)
    {
        var began = services.Clock.Uptime;
        var seat = seats.Now;
        // Looking for an owner is left to others: what it is told here it does not answer.
        using var question = seat is null || views.Shards.IsAway(ShardWatch.Of(key.CustomerId)) ? null : views.Questions.Ask(key);
        if (question is not null)
        {
            seat!.Region.Tell(new ReloadAtOwner(question.Id, key), seat.Leases);
            views.MakeSuspect(key);
            var isAnswered = await IsAnsweredAsync(question, OwnerPatience, cancellation);
            if (isAnswered || question.Signs > 0)
            {
                isAnswered = isAnswered || await IsAnsweredAsync(question, patience - (services.Clock.Uptime - began), cancellation);
                return !isAnswered ? throw new TimeoutException()
                    : await question.Answer is OwnerReloaded { State: { } state } ? new ReloadAnswer(state)
                    : ReloadAnswer.Failed;
            }

            views.Shards.NotAnswered(ShardWatch.Of(key.CustomerId), services.Clock.Uptime);
        }
        else
        {
            seat?.Region.Tell(new InvalidateAtOwner(key), seat.Leases);
        }

        return await _alone.ReloadAsync(key, NotNegative(patience - (services.Clock.Uptime - began)), cancellation);
    }

    /// <inheritdoc/>
    public async Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience)
    {
        var began = services.Clock.Uptime;
        using var asking = Turn(news.Key, out var turn, out var seat);
        var question = asking.Question;
        // The owner first, also where it is not waited for: whoever asks it after this one's view is suspect is answered with it.
        seat?.Region.Tell(new BringNews(question?.Id ?? services.Cache.NextNumber(), news), seat.Leases);
        if (turn == ShardTurn.Ask && question is not null)
        {
            MakeSuspect(news.Key);
            if (await IsAnsweredAsync(question, Shorter(OwnerPatience, patience), CancellationToken.None))
                return ((NewsBrought)await question.Answer).Outcome;
            views.Shards.NotAnswered(ShardWatch.Of(news.Key.CustomerId), services.Clock.Uptime);
        }

        // The stand-in takes over what this node holds, with the news.
        views.Questions.Overtake(news.Key);
        return await _alone.BringAsync(news, NotNegative(patience - (services.Clock.Uptime - began)));
    }

    /// <inheritdoc/>
    public void Refresh(EntryKey key) => _ = RefreshAsync(key);

    /// <inheritdoc/>
    public void Invalidate(EntryKey key)
    {
        if (seats.Now is { } seat)
            seat.Region.Tell(new InvalidateAtOwner(key), seat.Leases);
        MakeSuspect(key);
    }

    /// <inheritdoc/>
    public void TellStoredChanged(EntryKey key)
    {
        if (seats.Now is { } seat && views.Shards.IsOwned(ShardWatch.Of(key.CustomerId)))
        {
            seat.Region.Tell(new StoredChanged(key), ActorRefs.NoSender);
            return;
        }

        views.MakeSuspect(key);
        _alone.TellStoredChanged(key);
    }

    // No question where this node has no place, it is not the owner's turn, or too much is asked already.
    private Asking Turn(EntryKey key, out ShardTurn turn, out NodeSeat? seat)
    {
        seat = seats.Now;
        turn = seat is null ? ShardTurn.Alone : views.Shards.TurnOf(ShardWatch.Of(key.CustomerId), services.Clock.Uptime);
        return new Asking(this, turn == ShardTurn.Alone ? null : views.Questions.Ask(key), turn);
    }

    private async Task LetGoOnceAnsweredAsync(OwnerQuestion question)
    {
        using (question)
            await IsAnsweredAsync(question, question.AskedAt + OwnerPatience - services.Clock.Uptime, CancellationToken.None);
    }

    private void MakeSuspect(EntryKey key)
    {
        views.MakeSuspect(key);
        // A stand-in that is at work heard of it as little.
        _alone.Invalidate(key);
    }

    private async Task RefreshAsync(EntryKey key)
    {
        using var asking = Turn(key, out var turn, out var seat);
        if (asking.Question is not { } question)
        {
            _alone.Refresh(key);
            return;
        }

        seat!.Region.Tell(new AskOwner(question.Id, key, CloudSettings.ReadGuard, seat.Self), seat.Leases);
        if (!await IsAnsweredAsync(question, OwnerPatience, CancellationToken.None) && question.Signs == 0 && turn == ShardTurn.Ask)
            views.Shards.NotAnswered(ShardWatch.Of(key.CustomerId), services.Clock.Uptime);
    }

    private async Task<bool> IsAnsweredAsync(OwnerQuestion question, TimeSpan patience, CancellationToken cancellation)
    {
        var answer = question.Answer;
        await ((Task)answer).WaitAsync(NotNegative(patience), services.Clock.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return answer.IsCompletedSuccessfully;
    }

    private static CustomerAnswer AnswerOf(INodeMessage answer)
    {
        var granted = (EntryGranted)answer;
        return granted.Entry is null && granted.Source == AnswerSource.Default
            ? CustomerAnswer.NothingKnown
            : new CustomerAnswer(granted.Entry?.State, granted.Customer?.State, granted.Source);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan NotNegative(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    // Until it is disposed somebody waits for the question. One that looks for an owner outlives that: a stand-in that knows the answer is faster
    // than any owner, who would never be seen to be back.
    private readonly struct Asking(ClusterRoad road, OwnerQuestion? question, ShardTurn turn) : IDisposable
    {
        public OwnerQuestion? Question => question;

        public void Dispose()
        {
            if (question is not null && turn == ShardTurn.Probe)
                _ = road.LetGoOnceAnsweredAsync(question);
            else
                question?.Dispose();
        }
    }
}
