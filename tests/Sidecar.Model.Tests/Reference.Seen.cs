using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What is seen, and what follows from it.</summary>
internal sealed partial class Reference
{
    private void OnReadBegan(ReadBegan began, TimeSpan now)
    {
        var entry = _entries[began.Key];
        var epoch = entry.Present(_node);
        Require(
            began.IsReload || entry.Reads.TrueForAll(r => r.Epoch.IsBefore(epoch)),
            $"read {began.Number} of {began.Key} began beside another one of its epoch");
        Require(
            began.IsReload || !IsHeldUp(began.Key, now),
            $"read {began.Number} of {began.Key} began, and a load that it was to wait for is under way");
        Require(
            began.IsReload
                ? _reloads.Exists(r => r.Key == began.Key) || _givenUp.Contains(began.Key)
                : _reasons.Contains(began.Key) || _questions.Exists(q => q.Key.Customer == began.Key.Customer),
            $"read {began.Number} of {began.Key} has no reason");
        _held.Add(began.Key);
        _entries[began.Key] = entry with { Reads = entry.Reads.Add(new ReadModel(began.Number, ++_order, epoch, now, began.IsReload)) };
    }

    private void OnReadEnded(ReadEnded ended, TimeSpan now, DateTimeOffset utc)
    {
        var (key, read) = _entries
            .SelectMany(one => one.Value.Reads, (one, read) => (one.Key, read))
            .First(one => one.read.Number == ended.Number);
        var source = AnswerSource.Stale;
        if (ended.Brought is { } brought)
        {
            _entries[key] = _entries[key].WithRead(read, brought, now, utc) with { IsShown = true };
            if (!read.Epoch.IsBefore(_entries[key].Present(_node)))
                source = AnswerSource.Upstream;
            _reasons.Add(key);
        }
        else
        {
            _entries[key] = _entries[key].WithoutRead(read.Number);
            _reasons.Add(key);
        }

        // Where a reload failed, or another read is under way, that of the question may still tell.
        if (ended.Brought is not null)
        {
            AnswerUpTo(key, read.Epoch, source);
        }
        else if (_entries[key].Load is null || _entries[key].Known is not null)
        {
            AnswerUpTo(key, read.Epoch, source, without: question => IsReadFor(question) || (read.IsReload && !question.HasFailed));
            for (var i = 0; i < _questions.Count && !read.IsReload; i++)
            {
                if (_questions[i].Key == key && !read.Epoch.IsBefore(_questions[i].Epoch))
                    _questions[i] = _questions[i] with { HasFailed = true };
            }
        }

        if (!read.IsReload)
            return;
        foreach (var reload in _reloads.Where(r => r.Key == key && !read.Epoch.IsBefore(r.Epoch)).ToList())
        {
            _dueReloads.Add(reload.Number, ended.Brought is { Reason: null or Contents.NoSubscription });
            _reloads.Remove(reload);
        }
    }

    private void AnswerUpTo(EntryKey key, EpochAt epoch, AnswerSource source, Predicate<WaitingQuestion>? without = null)
    {
        foreach (var question in _questions.Where(q => q.Key == key && !epoch.IsBefore(q.Epoch) && without?.Invoke(q) is not true).ToList())
        {
            Expect(question.Number, key, source);
            _questions.Remove(question);
        }
    }

    private void OnLoadBegan(LoadBegan began, TimeSpan now)
    {
        var entry = _entries[began.Key];
        Require(entry.Load is null or { Number: 0 }, $"load {began.Number} of {began.Key} began beside another one");
        Require(entry.Known is null, $"load {began.Number} of {began.Key} began, of which something is known");
        _held.Add(began.Key);
        _entries[began.Key] = entry with { Load = (entry.Load ?? new LoadModel(0, ++_order, _node, now)) with { Number = began.Number } };
    }

    private void OnLoadEnded(LoadEnded ended, TimeSpan now, DateTimeOffset utc)
    {
        // One that nobody waits for any more.
        if (_entries.FirstOrDefault(one => one.Value.Load?.Number == ended.Number) is not { Value: { } entry, Key: var key })
            return;
        _reasons.Add(key);
        if (ended.Found is null || entry.Known is not null)
        {
            _entries[key] = entry with { Load = null };
        }
        else
        {
            _entries[key] = entry.WithLoaded(ended.Found) with { IsShown = true };
            AnswerLoaded(key, now, utc);
        }

        foreach (var resource in Of(key.CustomerId).Where(one => key.ResourceId is null && one != key).ToList())
        {
            AnswerLoaded(resource, now, utc);
        }
    }

    // What was loaded answers at once, unless it has expired; a resource's with that of its customer.
    private void AnswerLoaded(EntryKey key, TimeSpan now, DateTimeOffset utc)
    {
        var own = _entries[key.Customer];
        if (_entries[key] is not { Known: not null, IsUnconfirmed: true } entry
            || (key.ResourceId is not null && own.Load is { } load && now - load.Start < LoadModel.Patience)
            || Judge(key, own.Known is null ? null : own, now, utc) == Trust.Expired)
            return;
        AnswerUpTo(key, entry.ReadEpoch, AnswerSource.Redis);
        for (var i = 0; i < _questions.Count; i++)
        {
            if (_questions[i].Key == key && _questions[i].Deadline > now + SuspectWait)
                _questions[i] = _questions[i] with { Deadline = now + SuspectWait };
        }
    }

    // Whoever makes up for it takes it from memory, also where it has been evicted meanwhile.
    private void OnSaved(Saved saved)
    {
        if (saved.IsDone)
        {
            _unsaved.Remove(saved.Key);
            return;
        }

        _unsaved.Add(saved.Key);
        ShowUnsaved(saved.Key);
    }

    // A resource's is not trusted without its customer's.
    private void ShowUnsaved(EntryKey key)
    {
        if (_entries[key].Known is null)
            return;
        Show(key);
        if (_held.Contains(key.Customer) && _entries[key.Customer].Known is not null)
            Show(key.Customer);
    }

    private void OnEvicted(string customer)
    {
        foreach (var key in Of(customer).ToList())
        {
            _entries[key] = _entries[key] with { IsShown = false };
            if (!_held.Contains(key))
                Forget(key);
        }
    }

    private void OnActorEnded(string customer)
    {
        foreach (var key in Of(customer).Where(_unsaved.Remove).ToList())
            ShowUnsaved(key);
        // What is said of a usage that is lost with the actor is said where anything of the customer is in memory.
        if (Of(customer).Any(key => _entries[key].IsShown))
        {
            foreach (var key in Of(customer).Where(key => _entries[key].KeepsUnmatched).ToList())
                Show(key);
        }

        foreach (var key in Of(customer).ToList())
        {
            Require(_entries[key].Reads.IsEmpty && !Waiting.Contains(key), $"the actor of {customer} ended in the middle of {key}");
            _entries[key] = _entries[key].WithoutActor();
            _held.Remove(key);
        }
    }

    // What is stored may still bring what the cloud does not; a resource's read waits for the load of its customer's, until that is slow.
    private bool IsLoadFor(WaitingQuestion question, TimeSpan now) =>
        _entries[question.Key] is { Load: not null, Known: null } || IsHeldUp(question.Key, now)
        || IsLoadOfAge(question, LoadModel.Patience, now);

    // At the very instant at which a load becomes a slow one, or its time is over, its actor may know so or not yet.
    private bool IsLoadOfAge(WaitingQuestion question, TimeSpan age, TimeSpan now) =>
        new[] { question.Key, question.Key.Customer }.Any(one => _entries[one].Load is { } load && now - load.Start == age);

    // What waited for a load alone.
    private bool IsAnsweredByLoad(WaitingQuestion question, TimeSpan now) => !IsReadFor(question)
        && (IsLoadOfAge(question, LoadModel.Limit, now) || (IsSuspended && IsLoadOfAge(question, LoadModel.Patience, now)));

    private bool IsReadFor(WaitingQuestion question) => _entries[question.Key].Reads.Exists(read => !read.Epoch.IsBefore(question.Epoch));

    private bool IsHeldUp(EntryKey key, TimeSpan now) =>
        new[] { key, key.Customer }.Any(one => _entries[one].Load is { } load && now - load.Start < LoadModel.Patience);

    private bool IsWithoutRead(WaitingQuestion question, TimeSpan now) => !IsLoadFor(question, now) && !IsReadFor(question);

    private bool IsReadNow(EntryKey key) =>
        _entries[key].Reads.Exists(read => !read.Epoch.IsBefore(_entries[key].Present(_node)));

    private void OnAnswered(Answered answered, TimeSpan now)
    {
        if (!_due.Remove(answered.Number, out var expected))
        {
            var waiting = _questions.Find(q => q.Number == answered.Number);
            Require(waiting is not null, $"answered a second time: {answered}");
            Require(
                waiting!.Deadline <= now
                    || IsAnsweredByLoad(waiting, now)
                    || (answered.Source == AnswerSource.Redis && _entries[waiting.Key].IsUnconfirmed),
                $"question {answered.Number} about {waiting.Key} was to wait up to {waiting.Deadline}: {answered}");
            _questions.Remove(waiting);
            expected = Expected(answered.Number, waiting.Key, AnswerSource.Stale);
            // Its customer's load has just become a slow one.
            if (answered.Source == AnswerSource.Redis && _entries[waiting.Key].IsUnconfirmed)
                expected = expected with { Source = AnswerSource.Redis };
        }

        Require(answered == expected, $"answered {answered}, where it was to be {expected}");
    }

    private void OnReloaded(Reloaded reloaded, TimeSpan now)
    {
        if (!_dueReloads.Remove(reloaded.Number, out var exists))
        {
            var waiting = _reloads.Find(r => r.Number == reloaded.Number);
            Require(waiting is not null && waiting.Deadline <= now, $"reload {reloaded.Number} was answered before its time");
            _reloads.Remove(waiting!);
            _givenUp.Add(waiting!.Key);
        }

        Require(reloaded.Exists == exists, $"reload {reloaded.Number} was answered {reloaded.Exists}");
    }
}
