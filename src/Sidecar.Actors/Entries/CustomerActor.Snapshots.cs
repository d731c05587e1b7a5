using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Snapshots;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Entries;

/// <summary>What is kept beyond memory: loads, saves, and what is owed.</summary>
public sealed partial class CustomerActor
{
    private string? PersistenceIdOf(Entry entry)
    {
        if (_services.Snapshots is not { } snapshots)
            return null;
        var id = EntryKeys.Of(snapshots.Prefix, entry.Key)?.Set;
        if (id is null)
            snapshots.Ambiguous();
        return id;
    }

    // True where a load holds up the read: it has just begun, or is not slow yet.
    private bool IsLoading(Entry entry)
    {
        if (entry.State is { Load: null, Known: null } && !entry.WasLoaded && _services.Snapshots is { IsMaintainedElsewhere: false })
        {
            entry.WasLoaded = true;
            if (PersistenceIdOf(entry) is { } id)
                StartLoad(entry, id);
        }

        entry.IsLoadUnasked = false;
        return entry.IsHeldUp;
    }

    private void StartLoad(Entry entry, string persistenceId)
    {
        var number = _services.Cache.NextNumber();
        var now = _services.Clock.Uptime;
        entry.State = entry.State.WithLoad(number, _services.Cache.NodeEpoch, now);
        entry.IsLoadSlow = false;
        SnapshotLoad.Start(_snapshots, persistenceId, entry.Key, number, Self, _services.Clock.Time);
        StartTimer(now + _services.Snapshots!.Patience);
    }

    // The first good answer counts.
    private void OnLoadIsSlow(Entry entry)
    {
        entry.IsLoadSlow = true;
        if (!entry.IsLoadUnasked)
            EnsureRead(entry);
        foreach (var resource in LoadedWith(entry))
        {
            AnswerLoaded(resource);
            if (resource.IsReadDue)
                EnsureRead(resource);
        }
    }

    private void OnLoaded(SnapshotLoaded loaded)
    {
        if (!_entries.TryGetValue(loaded.Key, out var entry))
            return;
        if (entry.Look == loaded.Operation)
        {
            OnLooked(entry, loaded);
            return;
        }

        if (entry.StoredReads.Find(r => r.Number == loaded.Operation) is { } read)
        {
            OnStoredRead(entry, read, loaded);
            return;
        }

        if (entry.State.Load?.Number != loaded.Operation)
            return;

        // Where it failed nobody knows.
        entry.IsStored |= loaded.State is not null || loaded.IsFailure;
        var before = entry.State;
        if (loaded.State is { } found && before.Known is null)
        {
            entry.State = entry.State.OfSource(_services.Cache.SourceSince).WithLoaded(loaded.Operation, found);
            Publish(entry);
            // News that came meanwhile is not there yet.
            Save(entry, StoredChange.Between(found, entry.State.Known!));
            AnswerLoaded(entry);
        }
        else
        {
            entry.State = entry.State.WithoutLoad(loaded.Operation);
            // The cloud was faster, and does not know what is stored.
            if (entry.State.Known is { IsUnknown: true })
                Save(entry, StoredChange.All);
        }

        EnsureReadAfterLoad(entry);
        EnsureDecided(entry, before);
        foreach (var resource in LoadedWith(entry))
        {
            AnswerLoaded(resource);
            if (resource.IsReadDue)
                EnsureRead(resource);
        }

        LookAgainWhereDue(entry);
    }

    // What waited for a customer's load besides.
    private List<Entry> LoadedWith(Entry entry) => [.. _entries.Values.Where(e => e != entry && e.Key.Customer == entry.Key)];

    // As a question asked now would be: one that has expired waits for the read, and who asked after an invalidation waits a little for it.
    private void AnswerLoaded(Entry entry)
    {
        if (entry is not { Waiters.Count: > 0, State: { Known: not null, IsUnconfirmed: true } })
            return;
        // With its customer's, which it rests on.
        if (entry.Key.ResourceId is not null && _entries.TryGetValue(entry.Key.Customer, out var own) && own.IsHeldUp)
            return;
        var now = _services.Clock.Now;
        if (Judge(entry, now) == Freshness.Expired)
            return;
        AnswerUpTo(entry, entry.State.ReadEpoch, AnswerSource.Redis);
        if (entry.Waiters.Count == 0)
            return;
        var deadline = now.Uptime + _services.RevalidateWait;
        for (var i = 0; i < entry.Waiters.Count; i++)
            entry.Waiters[i] = entry.Waiters[i] with { Deadline = Shorter(entry.Waiters[i].Deadline, deadline) };
        StartTimer(deadline);
    }

    // Where the cloud was faster there is nothing left to ask.
    private void EnsureReadAfterLoad(Entry entry)
    {
        if (!entry.IsLoadUnasked && (entry.Waiters.Count > 0 || Judge(entry, _services.Clock.Now) is not Freshness.Fresh))
            EnsureRead(entry);
    }

    // What has changed is added to what is not saved yet: it is one save, made when that before it has ended. What is undecided is neither
    // written nor taken out: what stands there may be the later one, and another program's. What decides is saved whole, but for what of it
    // stands there already.
    private void Save(Entry entry, StoredChange change)
    {
        if (_services.Snapshots is null || change.IsNone || entry.State.IsUndecided)
            return;
        entry.Unsaved = entry.Unsaved.And(change);
        StartSave(entry);
    }

    private void StartSave(Entry entry)
    {
        if (entry.SaveNumber is not null || entry.Unsaved.IsNone || entry.State is not { Known: { } known, IsUndecided: false })
            return;
        var isGone = known.IsUnknown;
        // An unknown customer is never kept beyond memory; one that was known is taken out.
        if ((isGone && !entry.IsStored) || PersistenceIdOf(entry) is not { } id)
        {
            entry.Unsaved = StoredChange.None;
            return;
        }

        entry.Saving = entry.Unsaved;
        entry.Unsaved = StoredChange.None;
        entry.SaveNumber = _services.Cache.NextNumber();
        entry.IsDeleting = isGone;
        _saves++;
        var at = _services.Clock.Now.Utc.UtcDateTime;
        if (isGone)
            Context.ActorOf(SnapshotDelete.Props(_snapshots, id, entry.Key, entry.SaveNumber.Value));
        else
            _snapshots.Tell(new SaveSnapshot(new SnapshotMetadata(id, entry.SaveNumber.Value, at), new EntrySnapshot(entry.Key, known, entry.Saving)));
    }

    // Until a read has told, nothing of it is saved: it does not wait for somebody to ask. One that fails is not tried again before somebody
    // does. Where another program keeps the persistent cache up to date, that has the word.
    private void EnsureDecided(Entry entry, EntryState before)
    {
        if (IsToBeDecided(entry) && !before.IsUndecided)
            EnsureRead(entry);
    }

    private bool IsToBeDecided(Entry entry) => entry.State.IsUndecided && _services.Snapshots is { IsMaintainedElsewhere: false };

    // All that memory holds may have been written again while this was evicted, and in this actor's hands alone. Looked at when it is in memory
    // again: a round that begins from now on finds it there.
    private void TellPassedOver(Entry entry)
    {
        var rounds = _services.Cache.StoreRounds;
        if (entry.StoreRounds == rounds)
            return;
        entry.StoreRounds = rounds & ~1L;
        _services.Snapshots?.PassedOver(entry.Key);
    }

    private void OnSaved(long number, bool isDone)
    {
        _saves--;
        // None: of an incarnation that crashed, which has owed all it knew.
        if (_entries.Values.FirstOrDefault(e => e.SaveNumber == number) is not { } entry)
            return;
        entry.SaveNumber = null;
        if (isDone)
        {
            entry.IsStored = !entry.IsDeleting;
            StartSave(entry);
            return;
        }

        // It goes with the next one, or is made up for by whoever pays what is owed.
        entry.Unsaved = entry.Unsaved.And(entry.Saving);
        // Whoever pays it takes it from there; it may have been evicted meanwhile.
        EnsurePublished(entry);
        _services.Snapshots?.Owed(entry.Key);
    }
}
