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
        if (entry.Load is null && entry.State.Known is null && !entry.WasLoaded)
        {
            entry.WasLoaded = true;
            if (PersistenceIdOf(entry) is { } id)
            {
                entry.Load = _services.Cache.NextNumber();
                entry.IsLoadSlow = false;
                entry.LoadStartedAt = _services.Clock.Uptime;
                Context.ActorOf(SnapshotLoad.Props(_snapshots, id, entry.Key, entry.Load.Value, _services.Snapshots!.Patience));
            }
        }

        return entry is { Load: not null, IsLoadSlow: false };
    }

    private void OnLoadIsSlow(SnapshotIsSlow slow)
    {
        if (!_entries.TryGetValue(slow.Key, out var entry) || entry.Load != slow.Operation)
            return;
        // The first good answer counts.
        entry.IsLoadSlow = true;
        EnsureReadsAfterLoad(entry);
    }

    private void OnLoaded(SnapshotLoaded loaded)
    {
        if (!_entries.TryGetValue(loaded.Key, out var entry) || entry.Load != loaded.Operation)
            return;

        entry.Load = null;
        if (loaded.State is not null && entry.State.Known is null)
        {
            entry.IsStored = true;
            entry.State = entry.State.WithLoaded(
                loaded.State, _services.Cache.NextNumber(), _services.Cache.NodeEpoch, entry.LoadStartedAt);
            Publish(entry);
            AnswerAll(entry, AnswerSource.Redis);
        }

        EnsureReadsAfterLoad(entry);
    }

    private void EnsureReadsAfterLoad(Entry entry)
    {
        EnsureRead(entry);
        foreach (var resource in _entries.Values.Where(e => e.IsReadDue && e.Key.Customer == entry.Key).ToList())
            EnsureRead(resource);
    }

    // What has changed is added to what is not saved yet: it is one save, made when that before it has ended.
    private void Save(Entry entry, StoredChange change)
    {
        if (_services.Snapshots is null || change.IsNone)
            return;
        entry.Unsaved = entry.Unsaved.And(change);
        StartSave(entry);
    }

    private void StartSave(Entry entry)
    {
        if (entry.SaveNumber is not null || entry.Unsaved.IsNone || entry.State.Known is not { } known)
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
        _services.Snapshots?.Owed(entry.Key);
    }
}
