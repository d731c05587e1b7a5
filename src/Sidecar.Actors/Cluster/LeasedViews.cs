using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// What this node holds of entries that others own, in its cache; and what it awaits of them. One for a process: it outlives the actors of one
/// incarnation. Safe for any thread.
/// </summary>
/// <param name="services">What all actors share.</param>
public sealed class LeasedViews(ActorServices services)
{
    /// <summary>What is asked of owners.</summary>
    public OwnerQuestions Questions { get; } = new(services);

    /// <summary>What is known of the shards.</summary>
    public ShardWatch Shards { get; } = new();

    private EntitlementCache Cache => services.Cache;

    /// <summary>Takes what was granted into the cache, also where its asker waits no longer.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="owner">Who granted it.</param>
    /// <param name="entry">What was granted.</param>
    /// <param name="length">For how long.</param>
    public void Take(OwnerQuestion question, LeaseOwner owner, LeasedEntry entry, TimeSpan length)
    {
        var now = services.Clock.Now;
        var granted = StateOf(owner, entry, now);
        var isKept = Cache.Change(
            entry.Key,
            held =>
            {
                // Its own actor has the word.
                if (held is { Lease: null, IsInvalidated: false } && Shards.IsOwned(ShardWatch.Of(entry.Key.CustomerId)))
                    return null;
                var terms = new LeaseTerms(question.Id, question.NodeEpoch, question.AskedAt, length, question.IsOvertaken(entry.Key));
                return LeaseRules.Granted(held, granted, terms, now);
            },
            EntitlementCache.TickOf(now.Uptime));
        // News that came in between found nothing to mark yet.
        if (isKept && question.IsOvertaken(entry.Key))
            Cache.Change(entry.Key, held => held is { IsInvalidated: false, Lease: not null } && held.ReadNumber <= question.Id ? held.Invalidated() : null);
    }

    /// <summary>Takes what was told unasked.</summary>
    /// <param name="owner">Who told it.</param>
    /// <param name="entry">What was told.</param>
    /// <returns>Whether the entry is held.</returns>
    public bool Take(LeaseOwner owner, LeasedEntry entry)
    {
        var told = StateOf(owner, entry, services.Clock.Now);
        var number = Cache.NextNumber();
        if (Cache.Change(entry.Key, held => LeaseRules.Told(held, told, number)))
            return true;
        // It may have been faster than the grant that it follows, which is out of date then.
        Questions.Overtake(entry.Key);
        return false;
    }

    /// <summary>Ends a lease before its time.</summary>
    /// <param name="owner">Who granted it; null where nothing is known to be held of it.</param>
    /// <param name="key">The entry.</param>
    public void Revoke(LeaseOwner? owner, EntryKey key)
    {
        // It may have been faster than the grant that it ends.
        Questions.Overtake(key);
        if (owner is not null)
            Cache.Change(key, held => LeaseRules.Revoked(held, owner));
    }

    /// <summary>
    /// Makes what this node holds of an entry suspect, and what it has asked for before, where another node owns it; called when whoever asks
    /// from now on is answered by an owner that knows why.
    /// </summary>
    /// <param name="key">The entry.</param>
    public void MakeSuspect(EntryKey key)
    {
        Questions.Overtake(key);
        Cache.Change(key, held => held is { IsInvalidated: false } && !IsOwn(key.CustomerId, held) ? held.Invalidated() : null);
    }

    /// <summary>Makes a customer's views suspect where they are left of a time when this node owned them.</summary>
    /// <param name="views">The customer's views.</param>
    public void MakeLeftSuspect(CustomerViews views)
    {
        if (Shards.IsOwned(ShardWatch.Of(views.CustomerId)))
            return;
        if (views.Own is { Lease: null })
            MakeLeftSuspect(new EntryKey(views.CustomerId));
        foreach (var (resourceId, view) in views.Resources)
        {
            if (view.Lease is null)
                MakeLeftSuspect(new EntryKey(views.CustomerId, resourceId));
        }
    }

    private void MakeLeftSuspect(EntryKey key) =>
        Cache.Change(key, static held => held is { Lease: null, IsInvalidated: false } ? held.Invalidated() : null);

    private bool IsOwn(string customerId, EntitlementView held) => held.Lease is null && Shards.IsOwned(ShardWatch.Of(customerId));

    private static LeasedState StateOf(LeaseOwner owner, LeasedEntry entry, in Moment now) =>
        new(owner, entry.State, now.Uptime - entry.Age, entry.Version, entry.IsUnconfirmed);
}
