using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Snapshots;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Entries;

/// <summary>What other programs write to the persistent cache.</summary>
public sealed partial class CustomerActor
{
    private void OnStoredChanged(EntryKey key)
    {
        var views = _services.Cache.Find(key.CustomerId);
        if (!_entries.ContainsKey(key) && views?.Find(key.ResourceId) is null)
        {
            // Nobody asked about it.
            if (views is null && !IsBusy)
                SayIdle();
            return;
        }

        LookAt(EntryOf(key));
    }

    private void LookAt(Entry entry)
    {
        if (entry.Look is null && entry.State.Load is null)
            StartLook(entry);
        else
            entry.IsLookDue = true;
    }

    private void StartLook(Entry entry)
    {
        entry.IsLookDue = false;
        if (PersistenceIdOf(entry) is not { } id)
            return;
        entry.Look = _services.Cache.NextNumber();
        entry.LookBeganAt = _services.Clock.Uptime;
        SnapshotLoad.Start(_snapshots, id, entry.Key, entry.Look.Value, Self, _services.Clock.Time);
    }

    private void LookAgainWhereDue(Entry entry)
    {
        if (entry is { IsLookDue: true, Look: null, State.Load: null })
            StartLook(entry);
    }

    private void OnLooked(Entry entry, SnapshotLoaded looked)
    {
        entry.Look = null;
        entry.State = entry.State.OfSource(_services.Cache.SourceSince);
        // Nobody knows what is there: it is looked at again.
        if (looked.IsFailure)
            _services.Snapshots?.LookFailed(entry.Key);
        else if (_services.Snapshots is { IsMaintainedElsewhere: true })
            OnLookedAtSource(entry, looked.State);
        // Gone, for its age or for want of room: memory is kept right by the cloud.
        else if (looked.State is { } stored && entry.State.Known is not null)
            OnLookedAtStored(entry, stored);
        LookAgainWhereDue(entry);
    }

    // What another program wrote is news like any other; where it is older than what is known, that is put right.
    private void OnLookedAtStored(Entry entry, EntitlementState stored)
    {
        entry.IsStored = true;
        var before = entry.State;
        var next = WithStored(before, stored);
        // It has the entry read from the cloud, and what that brings is saved, beside what stands there.
        if (next.EntryEpoch != before.EntryEpoch && !MayReread(entry))
            return;
        entry.State = next;
        if (!ReferenceEquals(next, before))
            PublishUnused(entry);
        if (!entry.State.IsForeign)
            Save(entry, OlderIn(stored, entry.State.Known!));
        EnsureDecided(entry, before);
    }

    // What is stored is the truth: as good as a read, also where one is under way that may have found what was there before.
    private void OnLookedAtSource(Entry entry, EntitlementState? found)
    {
        if (found is { } stored)
        {
            entry.IsStored = true;
            var number = _services.Cache.NextNumber();
            entry.State = entry.State.Invalidated().WithRead(number, _services.Cache.NodeEpoch, entry.LookBeganAt);
            OnResult(entry, number, stored, AnswerSource.Redis);
            if (entry.State.Known is { } known)
                Save(entry, OlderIn(stored, known));
            return;
        }

        // A first read is under way, or was in vain. What is not there, or can't be used, the cloud knows.
        if (entry.State.Known is null || !MayReread(entry))
            return;
        entry.State = entry.State.Invalidated();
        PublishUnused(entry);
        if (!_pause.IsOn)
            StartRead(entry, _services.Cloud.ReadPath, isFirst: false);
    }

    // Whether an entry may be read from the cloud for what has changed there. Where it is too early it is looked at again later, so that the
    // last change is never lost.
    private bool MayReread(Entry entry)
    {
        var now = _services.Clock.Uptime;
        if (!entry.Rereads.IsOpen(now))
        {
            entry.LookAgainAt = entry.Rereads.OpensAt;
            StartTimer(entry.LookAgainAt!.Value);
            return false;
        }

        entry.LookAgainAt = null;
        entry.Rereads = entry.Rereads.Passed(now);
        return true;
    }

    private void OnLookAgainIsDue(Entry entry)
    {
        entry.LookAgainAt = null;
        LookAt(entry);
    }

    // Since the key was replaced, what stands there may be of another environment, the prefix being the same: the cloud has the word.
    private EntryState WithStored(EntryState state, EntitlementState stored) =>
        state.Since == 0 ? state.WithStored(stored, _services.Cache.NextNumber(), _services.Cache.NodeEpoch)
        : IsLaterIn(stored, state.Known!) ? state.Invalidated()
        : state;

    // Whether the stored one tells of something that is not known.
    private static bool IsLaterIn(EntitlementState stored, EntitlementState known) =>
        IsOlder(known.UpdatedAt, stored.UpdatedAt) || stored.IsEmpty != known.IsEmpty || stored.All().Where(StoredEntry.IsTracked).Any(entitlement =>
            known.Find(EntitlementReference.To(entitlement)) is not { } here || IsOlder(here.Usage.UpdatedAt, entitlement.Usage.UpdatedAt));

    // What of the stored one is older than what is known.
    private static StoredChange OlderIn(EntitlementState stored, EntitlementState known)
    {
        if (IsOlder(stored.UpdatedAt, known.UpdatedAt))
            return StoredChange.All;
        var change = StoredChange.None;
        foreach (var entitlement in known.All().Where(StoredEntry.IsTracked))
        {
            var of = EntitlementReference.To(entitlement);
            if (stored.Find(of) is { } there && IsOlder(there.Usage.UpdatedAt, entitlement.Usage.UpdatedAt))
                change = change.And(StoredChange.UsageOf(of));
        }

        return change;
    }

    // What is stored knows whole milliseconds: two nodes that count finer than that would put each other right without end.
    private static bool IsOlder(DateTimeOffset one, DateTimeOffset other) => one.ToUnixTimeMilliseconds() < other.ToUnixTimeMilliseconds();

    // Where another program keeps the persistent cache up to date, it is read before the cloud.
    private bool ReadsStored(Entry entry, long number, CloudPath path, bool isFirst)
    {
        if (_services.Snapshots is not { IsMaintainedElsewhere: true } snapshots || PersistenceIdOf(entry) is not { } id)
            return false;
        var now = _services.Clock.Uptime;
        var read = new StoredRead(number, now + snapshots.Patience, now + CloudSettings.ReadGuard, path, isFirst);
        entry.StoredReads.Add(read);
        SnapshotLoad.Start(_snapshots, id, entry.Key, number, Self, _services.Clock.Time);
        StartTimer(read.SlowAt);
        return true;
    }

    private void OnStoredRead(Entry entry, StoredRead read, SnapshotLoaded loaded)
    {
        entry.StoredReads.Remove(read);
        if (loaded.State is { } stored)
        {
            entry.IsStored = true;
            OnResult(entry, read.Number, stored, AnswerSource.Redis);
            // The read may be given up already.
            if (entry.State.Known is { } known)
                Save(entry, OlderIn(stored, known));
            return;
        }

        entry.IsStored |= loaded.IsFailure;
        if (read.HasCloudFailed)
            OnReadFailed(entry, read.Number);
        else
            AskCloud(entry, read);
    }

    // The first good answer counts.
    private void OnStoredReadIsSlow(Entry entry, StoredRead read)
    {
        AskCloud(entry, read);
        read.IsSlow = true;
    }

    private void AskCloud(Entry entry, StoredRead read)
    {
        if (!read.IsSlow && entry.State.Reads.Any(r => r.Number == read.Number))
            _cloud.Tell(new ReadEntry(entry.Key, read.Number, read.Deadline, Self, read.Path, read.IsFirst));
    }
}
