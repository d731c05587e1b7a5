using Akka.Actor;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Entries;

/// <summary>Reads, and what follows from them: views.</summary>
public sealed partial class CustomerActor
{
    private void OnRead(EntryRead read)
    {
        // Of an incarnation that crashed: its questions have been asked again.
        if (!_entries.TryGetValue(read.Key, out var entry) || entry.State.Reads.All(r => r.Number != read.Number))
            return;

        if (read.Result.State is not { } result)
        {
            // What is stored may still bring what the cloud did not.
            if (entry.StoredReads.Find(r => r.Number == read.Number) is { } stored)
                stored.HasCloudFailed = true;
            else
                OnReadFailed(entry, read.Number);
            if (read.Result.Failure is { } failure)
                _services.Failures.Add(new FailedRead(read.Key, failure, _services.Clock.Now.Utc));
            return;
        }

        _pause.Reset();
        OnResult(entry, read.Number, result, AnswerSource.Upstream);
        Save(entry, StoredChange.All);
    }

    private void OnReadFailed(Entry entry, long number)
    {
        if (entry.State.Reads.FirstOrDefault(r => r.Number == number) is not { } read)
            return;
        entry.State = entry.State.WithoutRead(number);
        entry.IsRepeating = false;
        // A load that is slow may still bring what the cloud did not.
        var mayBeLoaded = entry.State is { Load: not null, Known: null };
        // Where the API failed a reload, Edge is asked for those who shared that read, but for those whom it has failed already.
        var mayBeRead = entry.ReloadRead == number && _services.Cloud.ReadPath != CloudPath.Api;
        if (!mayBeLoaded)
            AnswerWithoutRead(entry, read.Epoch, mayBeRead);
        AfterReloadRead(entry, number, read.Epoch, state: null);
        // A question of a newer epoch that came while the pause was on has no read of its own yet.
        if ((!mayBeLoaded || mayBeRead) && entry.Waiters.Exists(waiter => !HasReadFor(entry, waiter)))
            EnsureRead(entry);
    }

    private void OnResult(Entry entry, long number, EntitlementState result, AnswerSource source)
    {
        // The cloud was faster, or an invalidation took the read's place.
        if (entry.State.Reads.FirstOrDefault(r => r.Number == number) is not { } read)
            return;
        var epoch = read.Epoch;
        var before = entry.State;
        (entry.State, var outcome) = entry.State.OfSource(_services.Cache.SourceSince).WithResult(
            number, result, _services.Cache.NodeEpoch, _services.Clock.Now, _services.Jitter(), OriginOf(entry, number, source));
        Publish(entry);
        AnswerUpTo(entry, epoch, outcome == ReadOutcome.Outdated ? AnswerSource.Stale : source);
        AfterReloadRead(entry, number, epoch, result);
        entry.IsStored |= before.Known is { IsUnknown: false };

        var isRepeatDue = outcome == ReadOutcome.Outdated && !entry.IsRepeating;
        entry.IsRepeating = false;
        if (isRepeatDue || entry.Waiters.Count > 0)
        {
            EnsureRead(entry);
            entry.IsRepeating = isRepeatDue;
        }

        // One that is overtaken each time is repeated until it has told.
        EnsureDecided(entry, outcome == ReadOutcome.Outdated ? EntryState.Empty : before);
    }

    private Origin OriginOf(Entry entry, long number, AnswerSource source) =>
        source == AnswerSource.Redis ? Origin.Redis
        : _services.Cloud.IsOffline ? Origin.OfflineFile
        : entry.ReloadRead == number || _services.Cloud.ReadPath == CloudPath.Api ? Origin.Api
        : Origin.Edge;

    // A resource depends on its customer: what is missing is read along with it, and first, so that it is not the newer one.
    private void EnsureReads(Entry entry)
    {
        if (entry.Key.ResourceId is not null && EntryOf(entry.Key.Customer) is { State.Known: null } own)
            EnsureRead(own);
        EnsureRead(entry);
    }

    // At most one read an epoch: whoever comes later shares it.
    private void EnsureRead(Entry entry)
    {
        var shared = entry.State.Shareable(_services.Cache.NodeEpoch);
        if (shared is not null)
            TellAwaited(entry, shared.Number);
        if (_pause.IsOn || shared is not null || IsLoading(entry))
            return;

        // First its customer's.
        entry.IsReadDue = entry.Key.ResourceId is not null
            && _entries.TryGetValue(entry.Key.Customer, out var own) && own.IsHeldUp;
        if (entry.IsReadDue)
            return;

        StartRead(entry, _services.Cloud.ReadPath, isFirst: entry.State.Known is null, alsoStored: true);
    }

    // It may stand back for what others wait for.
    private void TellAwaited(Entry entry, long number)
    {
        if (!entry.IsAskedFor || entry.UnawaitedRead != number)
            return;
        entry.UnawaitedRead = null;
        _cloud.Tell(new ReadIsAwaited(number, Self));
    }

    private long StartRead(Entry entry, CloudPath path, bool isFirst, bool alsoStored = false)
    {
        var number = _services.Cache.NextNumber();
        var now = _services.Clock.Uptime;
        entry.State = entry.State.WithRead(number, _services.Cache.NodeEpoch, now);
        entry.UnawaitedRead = entry.IsAskedFor ? null : number;
        if (!alsoStored || !ReadsStored(entry, number, path, isFirst))
            _cloud.Tell(new ReadEntry(entry.Key, number, now + CloudSettings.ReadGuard, Self, path, isFirst, IsAwaited: entry.IsAskedFor));
        StartTimer(now + ReadIsLost);
        return number;
    }

    private void Publish(Entry entry) => Publish(entry, EntitlementCache.TickOf(_services.Clock.Uptime));

    // Nobody asked: the customer's place in the order of last uses stays.
    private void PublishUnused(Entry entry)
    {
        if (_services.Cache.Find(entry.Key.CustomerId) is { } views)
            Publish(entry, views.LastUsed);
    }

    private void Publish(Entry entry, long lastUsed)
    {
        if (Shown(entry.State) is not { } view)
            return;
        var wasEvicted = _services.Snapshots is not null && _services.Cache.Find(entry.Key.CustomerId)?.Find(entry.Key.ResourceId) is null;
        _services.Cache.Publish(entry.Key, view, lastUsed);
        if (wasEvicted)
            TellPassedOver(entry);
        TellHolders(entry.Key, view);
    }

    private void EnsurePublished(Entry entry)
    {
        var views = _services.Cache.Find(entry.Key.CustomerId);
        if (!IsShown(entry.State, views?.Find(entry.Key.ResourceId)))
            Publish(entry);
        // Without its customer's view a resource's is not trusted.
        if (entry.Key.ResourceId is not null && _entries.TryGetValue(entry.Key.Customer, out var own) && !IsShown(own.State, views?.Own))
            Publish(own);
    }
}
