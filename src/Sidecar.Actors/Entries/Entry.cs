using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Entries;

/// <summary>A question that waits.</summary>
/// <param name="Question">The question.</param>
/// <param name="Asker">Who asked.</param>
/// <param name="Epoch">The epoch it was asked in: an older read does not answer it.</param>
/// <param name="Deadline">When it gets what is known then, on the monotonic clock.</param>
/// <param name="Attempt">How many crashes of the actor it has been through.</param>
/// <param name="HasFailed">Whether a read for it has failed already, other than a reload's.</param>
internal sealed record Waiter(Question Question, IActorRef Asker, Epoch Epoch, TimeSpan Deadline, int Attempt, bool HasFailed = false);

/// <summary>A reload that waits for a read that began after it.</summary>
/// <param name="Asker">Who asked.</param>
/// <param name="Epoch">The epoch that it began.</param>
internal sealed record Reloader(IActorRef Asker, Epoch Epoch);

/// <summary>A read of what is stored, where another program keeps that up to date.</summary>
/// <param name="number">The read's number.</param>
/// <param name="slowAt">From then on the cloud is asked beside it, on the monotonic clock.</param>
/// <param name="deadline">When the read as a whole is over.</param>
/// <param name="path">The way to the cloud.</param>
/// <param name="isFirst">Whether nothing is known yet.</param>
internal sealed class StoredRead(long number, TimeSpan slowAt, TimeSpan deadline, CloudPath path, bool isFirst)
{
    /// <summary>The read's number.</summary>
    public long Number => number;

    /// <summary>From then on the cloud is asked beside it, on the monotonic clock.</summary>
    public TimeSpan SlowAt => slowAt;

    /// <summary>When the read as a whole is over.</summary>
    public TimeSpan Deadline => deadline;

    /// <summary>The way to the cloud.</summary>
    public CloudPath Path => path;

    /// <summary>Whether nothing is known yet.</summary>
    public bool IsFirst => isFirst;

    /// <summary>Whether the cloud has been asked beside it.</summary>
    public bool IsSlow { get; set; }

    /// <summary>Whether the cloud brought nothing.</summary>
    public bool HasCloudFailed { get; set; }
}

/// <summary>One entry in its actor's hands: the immutable state, and who waits for it.</summary>
internal sealed class Entry(EntryKey key, EntryState state)
{
    /// <summary>The entry.</summary>
    public EntryKey Key { get; } = key;

    /// <summary>What is known and being read.</summary>
    public EntryState State { get; set; } = state;

    /// <summary>Who waits.</summary>
    public List<Waiter> Waiters { get; } = [];

    /// <summary>Reloads that wait.</summary>
    public List<Reloader> Reloaders { get; } = [];

    /// <summary>The number of the read under way for reloads, or null.</summary>
    public long? ReloadRead { get; set; }

    /// <summary>The number of the look at what another program may have stored, or null.</summary>
    public long? Look { get; set; }

    /// <summary>When that began, on the monotonic clock.</summary>
    public TimeSpan LookBeganAt { get; set; }

    /// <summary>Whether another look is due once the one under way has ended.</summary>
    public bool IsLookDue { get; set; }

    /// <summary>How often it was read from the cloud for what changed in the persistent cache.</summary>
    public RereadFloor Rereads { get; set; }

    /// <summary>When it is looked at again, since such a read was due too early; null where none was.</summary>
    public TimeSpan? LookAgainAt { get; set; }

    /// <summary>The reads of what is stored that are under way.</summary>
    public List<StoredRead> StoredReads { get; } = [];

    /// <summary>Whether the persistent cache has been asked.</summary>
    public bool WasLoaded { get; set; }

    /// <summary>Whether the load under way takes so long that the cloud is asked beside it.</summary>
    public bool IsLoadSlow { get; set; }

    /// <summary>Whether the load under way is for news alone: then no read follows.</summary>
    public bool IsLoadUnasked { get; set; }

    /// <summary>Whether a load holds up the read: it is under way, and not slow yet.</summary>
    public bool IsHeldUp => State.Load is not null && !IsLoadSlow;

    /// <summary>Whether the persistent cache holds the entry, or may hold it.</summary>
    public bool IsStored { get; set; }

    /// <summary>
    /// The number of the cache's rounds of writing up to which the persistent cache has what is known: see <see cref="Cache.EntitlementCache.StoreRounds"/>.
    /// </summary>
    public long StoreRounds { get; set; }

    /// <summary>What is to be saved once the save under way has ended.</summary>
    public StoredChange Unsaved { get; set; } = StoredChange.None;

    /// <summary>What the save under way writes.</summary>
    public StoredChange Saving { get; set; } = StoredChange.None;

    /// <summary>The number of the save under way, or null.</summary>
    public long? SaveNumber { get; set; }

    /// <summary>Whether that save takes the entry out.</summary>
    public bool IsDeleting { get; set; }

    /// <summary>The number of the last read that nobody waited for at its start, until somebody does; null for none.</summary>
    public long? UnawaitedRead { get; set; }

    /// <summary>Whether a read has to be started once the customer's own has been.</summary>
    public bool IsReadDue { get; set; }

    /// <summary>Whether the read under way repeats one that an invalidation overtook.</summary>
    public bool IsRepeating { get; set; }

    /// <summary>Whether another program may have stored something that nobody has looked at yet.</summary>
    public bool IsLooking => Look is not null || IsLookDue || LookAgainAt is not null;

    /// <summary>Whether anything is under way.</summary>
    public bool IsBusy => IsAwaited || State.Load is not null || Look is not null || SaveNumber is not null;

    /// <summary>Whether somebody waits for it, or a read brings what its cache is to know: what an actor ends by itself before it stops.</summary>
    public bool IsAwaited => IsAskedFor || !State.Reads.IsEmpty;

    /// <summary>Whether somebody waits for it.</summary>
    public bool IsAskedFor => Waiters.Count > 0 || Reloaders.Count > 0;

    /// <summary>Whether the entry is to stay in its actor's hands, though nothing may be under way.</summary>
    public bool IsHeld(TimeSpan now) => IsBusy || LookAgainAt is not null || Rereads.IsRemembered(now);
}
