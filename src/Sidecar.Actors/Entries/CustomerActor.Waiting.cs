using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>Questions: those answered at once, those that wait, and when their time is over.</summary>
public sealed partial class CustomerActor
{
    private void OnQuestion(Asked asked)
    {
        _inHand = asked;
        var (question, asker, knownDeadline, attempt) = asked;
        var entry = EntryOf(question.Key);
        var now = _services.Clock.Now;
        var freshness = Judge(entry, now);
        if (freshness is Freshness.Fresh or Freshness.Revalidate)
        {
            EnsurePublished(entry);
            asker.Tell(Known(entry, AnswerSource.Memory));
            _inHand = null;
            if (freshness == Freshness.Revalidate)
                EnsureRead(entry);
            return;
        }

        if (_waiters >= MaxWaiters)
        {
            asker.Tell(Known(entry, AnswerSource.Stale));
            _inHand = null;
            return;
        }

        var deadline = knownDeadline ?? now.Uptime + Shorter(question.MaxWait, CloudSettings.ReadGuard);
        if (freshness == Freshness.Suspect)
            deadline = Shorter(deadline, now.Uptime + _services.RevalidateWait);
        entry.Waiters.Add(new Waiter(question, asker, entry.State.Present(_services.Cache.NodeEpoch), deadline, attempt));
        _waiters++;
        _inHand = null;
        EnsureReads(entry);
        StartTimer(deadline);
    }

    // A question that was there when the actor crashed is tried once more.
    private void AskAgain(Asked asked)
    {
        if (asked.Attempt < MaxAttempts)
            Self.Tell(asked with { Attempt = asked.Attempt + 1 });
        else
            asked.Asker.Tell(LastKnown(asked.Question.Key));
    }

    private void OnDeadline()
    {
        var now = _services.Clock.Uptime;
        foreach (var entry in _entries.Values.Where(e => e.IsHeldUp && now - e.State.Load!.StartedAt >= _services.Snapshots!.Patience).ToList())
            OnLoadIsSlow(entry);
        foreach (var entry in _entries.Values)
        {
            foreach (var read in entry.StoredReads.Where(r => !r.IsSlow && r.SlowAt <= now))
                OnStoredReadIsSlow(entry, read);
        }

        foreach (var entry in _entries.Values.Where(e => e.LookAgainAt <= now).ToList())
            OnLookAgainIsDue(entry);

        foreach (var entry in _entries.Values)
        {
            // Beyond every limit: the answer to this read is lost.
            foreach (var read in entry.State.Reads.Where(r => now - r.StartedAt >= ReadIsLost))
            {
                entry.State = entry.State.WithoutRead(read.Number);
                AfterReloadRead(entry, read.Number, read.Epoch, state: null);
            }

            AnswerDue(entry, now);
            if (entry.Waiters.Count > 0)
                EnsureRead(entry);
        }

        if (NextDeadline() is { } next)
            StartTimer(next);
    }

    private void AnswerDue(Entry entry, TimeSpan now)
    {
        var due = entry.Waiters.FindAll(w => w.Deadline <= now);
        if (due.Count == 0)
            return;
        var answer = Known(entry, AnswerSource.Stale);
        foreach (var waiter in due)
            waiter.Asker.Tell(answer);
        _waiters -= entry.Waiters.RemoveAll(w => w.Deadline <= now);
    }

    // Who asked after an invalidation waits for a read that began after it.
    private void AnswerUpTo(Entry entry, Epoch epoch, AnswerSource source) =>
        AnswerWhere(entry, waiter => !epoch.IsOlderThan(waiter.Epoch), source);

    // After a read that failed: where another one is under way, a reload's beside a question's own, that may still tell.
    private void AnswerWithoutRead(Entry entry, Epoch epoch, bool mayBeRead)
    {
        AnswerWhere(
            entry,
            waiter => !epoch.IsOlderThan(waiter.Epoch) && !HasReadFor(entry, waiter) && (waiter.HasFailed || !mayBeRead),
            AnswerSource.Stale);
        if (mayBeRead)
            return;
        for (var i = 0; i < entry.Waiters.Count; i++)
        {
            if (!epoch.IsOlderThan(entry.Waiters[i].Epoch))
                entry.Waiters[i] = entry.Waiters[i] with { HasFailed = true };
        }
    }

    private static bool HasReadFor(Entry entry, Waiter waiter)
    {
        foreach (var read in entry.State.Reads)
        {
            if (!read.Epoch.IsOlderThan(waiter.Epoch))
                return true;
        }

        return false;
    }

    private void AnswerWhere(Entry entry, Predicate<Waiter> isMeant, AnswerSource source)
    {
        var answer = Known(entry, source);
        _waiters -= entry.Waiters.RemoveAll(waiter =>
        {
            if (!isMeant(waiter))
                return false;
            waiter.Asker.Tell(answer);
            return true;
        });
    }

    private CustomerAnswer Known(Entry entry, AnswerSource source) => Known(entry.Key, entry.State.Known, source);

    private CustomerAnswer LastKnown(EntryKey key) => Known(key, ViewOf(key)?.State, AnswerSource.Stale);

    private CustomerAnswer Known(EntryKey key, EntitlementState? known, AnswerSource source) => known is null
        ? CustomerAnswer.NothingKnown
        : WithViews(new CustomerAnswer(known, key.ResourceId is null ? null : ViewOf(key.Customer)?.State, source), key);

    // Looks without keeping: also while the entries are being walked through.
    private EntitlementView? ViewOf(EntryKey key) => _entries.TryGetValue(key, out var entry)
        ? entry.State.View
        : _services.Cache.Find(key.CustomerId)?.Find(key.ResourceId);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void StartTimer(TimeSpan dueAt)
    {
        if (_timerDueAt <= dueAt)
            return;
        _timerDueAt = dueAt;
        var delay = dueAt - _services.Clock.Uptime;
        // Whole milliseconds, rounded up: a timer that is early would be started again and again.
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(delay.TotalMilliseconds, 0)));
        _timer ??= _services.Clock.Time.CreateTimer(
            static self => ((IActorRef)self!).Tell(DeadlineReached.Instance, ActorRefs.NoSender), Self, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(rounded, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan? NextDeadline()
    {
        TimeSpan? next = null;
        foreach (var entry in _entries.Values)
        {
            foreach (var waiter in entry.Waiters)
                next = next is null || waiter.Deadline < next ? waiter.Deadline : next;
            if (entry.IsHeldUp && entry.State.Load!.StartedAt + _services.Snapshots!.Patience is var slowAt && !(next <= slowAt))
                next = slowAt;
            if (entry.LookAgainAt is { } lookAt && !(next <= lookAt))
                next = lookAt;
            foreach (var read in entry.StoredReads.Where(r => !r.IsSlow))
                next = next is null || read.SlowAt < next ? read.SlowAt : next;
            foreach (var read in entry.State.Reads)
                next = next is null || read.StartedAt + ReadIsLost < next ? read.StartedAt + ReadIsLost : next;
        }

        return next;
    }
}
