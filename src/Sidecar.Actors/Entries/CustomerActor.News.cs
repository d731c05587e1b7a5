using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Entries;

/// <summary>News: what the cloud says of this customer unasked.</summary>
public sealed partial class CustomerActor
{
    private NewsOutcome OnNews(EntryNews news)
    {
        var views = _services.Cache.Find(news.Key.CustomerId);
        var isForStored = news is UsageSet { Usage.Usage.Reported: true } && _services.Snapshots is not null;
        if (views is null && !IsBusy)
        {
            // Evicted, and nobody waits: news alone keeps nothing alive.
            _entries.Clear();
            if (!isForStored)
            {
                SayIdle();
                return NewsOutcome.NotHeld;
            }
        }

        // News of a resource that nobody asked about concerns nobody.
        if (!isForStored && !_entries.ContainsKey(news.Key) && views?.Find(news.Key.ResourceId) is null)
            return NewsOutcome.NotHeld;

        var entry = EntryOf(news.Key);
        // The next question may find the entry in the persistent cache, as it was before the report.
        if (isForStored && entry.State is { Known: null, Load: null, Reads.IsEmpty: true } && PersistenceIdOf(entry) is { } id)
        {
            entry.WasLoaded = true;
            entry.IsLoadUnasked = true;
            StartLoad(entry, id);
        }

        var before = entry.State;
        var number = _services.Cache.NextNumber();
        entry.State = NewsRules.Applied(before, news, number, _services.Cache.NodeEpoch);
        var outcome = NewsRules.OutcomeOf(before, entry.State, news, number);
        if (ReferenceEquals(entry.State, before))
            return outcome;

        PublishUnused(entry);
        entry.IsStored |= before.Known is { IsUnknown: false };
        if (entry.State.Known is { } known && !ReferenceEquals(known, before.Known))
            Save(entry, before.IsUndecided ? StoredChange.All : StoredChange.Between(before.Known, known));
        EnsureDecided(entry, before);
        return outcome;
    }

    private void OnInvalidate(EntryKey key)
    {
        var entry = EntryOf(key);
        entry.State = entry.State.Invalidated();
        Publish(entry);
    }

    private void OnInvalidateAll(string customerId)
    {
        foreach (var known in KnownKeys(customerId))
            OnInvalidate(known);
    }

    // Lost before it was published, an invalidation would leave what is known in force; and so would news, of which a read knows too.
    private void InvalidateAfterCrashAt(object message)
    {
        switch (message)
        {
            case Invalidate or InvalidateAtOwner or TakeNews or BringNews:
                Self.Tell(new InvalidateAgain(((ICustomerMessage)message).Key));
                break;
            case InvalidateAll all:
                foreach (var known in KnownKeys(all.CustomerId))
                    Self.Tell(new InvalidateAgain(known));
                break;
            case InvalidateAgain again:
                // The second time nothing is left that may be wrong.
                _services.Cache.RemoveAll(again.Key.CustomerId);
                break;
        }
    }

    // Entries of the customer that are in hand, or published by an actor in the place of this one.
    private HashSet<EntryKey> KnownKeys(string customerId)
    {
        var keys = _entries.Keys.ToHashSet();
        if (_services.Cache.Find(customerId) is not { } views)
            return keys;
        if (views.Own is { } own && IsOurs(own))
            keys.Add(new EntryKey(customerId));
        keys.UnionWith(views.Resources.Where(resource => IsOurs(resource.View)).Select(resource => new EntryKey(customerId, resource.ResourceId)));
        return keys;

        // What an owner granted is the owner's to take back.
        bool IsOurs(EntitlementView view) => _role is not CustomerRole.StandIn || view.Lease?.Owner is null;
    }
}
