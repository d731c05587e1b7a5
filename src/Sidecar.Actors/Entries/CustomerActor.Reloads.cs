using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>Reloads: reads that somebody orders, always from the API.</summary>
public sealed partial class CustomerActor
{
    private void OnReload(EntryKey key, IActorRef asker)
    {
        if (_waiters >= MaxWaiters)
        {
            asker.Tell(ReloadAnswer.Failed);
            return;
        }

        var entry = EntryOf(key);
        entry.State = entry.State.Invalidated();
        entry.Reloaders.Add(new Reloader(asker, entry.State.Present(_services.Cache.NodeEpoch)));
        _waiters++;
        // A resource depends on its customer: what is missing is read along with it.
        if (entry.Key.ResourceId is not null && EntryOf(entry.Key.Customer) is { State.Known: null } own)
            EnsureRead(own);
        Publish(entry);
        EnsureReloadRead(entry);
    }

    // One at a time: who comes while it is under way shares the next one, since this one began too early.
    private void EnsureReloadRead(Entry entry)
    {
        if (_pause.IsOn || entry.ReloadRead is not null)
            return;
        // Somebody waits for it, as for a first read.
        entry.ReloadRead = StartRead(entry, CloudPath.Api, isFirst: true);
    }

    private void AfterReloadRead(Entry entry, long number, Epoch epoch, EntitlementState? state)
    {
        if (entry.ReloadRead != number)
            return;
        entry.ReloadRead = null;
        var answer = state is null ? ReloadAnswer.Failed : new ReloadAnswer(state);
        _waiters -= entry.Reloaders.RemoveAll(reloader =>
        {
            if (epoch.IsOlderThan(reloader.Epoch))
                return false;
            reloader.Asker.Tell(answer);
            return true;
        });
        if (entry.Reloaders.Count > 0)
            EnsureReloadRead(entry);
    }

    private static void FailReloads(Entry entry)
    {
        foreach (var reloader in entry.Reloaders)
            reloader.Asker.Tell(ReloadAnswer.Failed);
    }
}
