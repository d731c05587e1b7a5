using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Snapshots;

/// <summary>What a snapshot holds: an entry's state, whole, and what of it has changed since it was last saved.</summary>
/// <param name="Key">The entry.</param>
/// <param name="State">The state.</param>
/// <param name="Change">What has changed.</param>
public sealed record EntrySnapshot(EntryKey Key, EntitlementState State, StoredChange Change) : INoSerializationVerificationNeeded;

/// <summary>The end of a load.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Operation">The number that the load was started with.</param>
/// <param name="State">What was found; null where there is nothing or the load failed.</param>
/// <param name="IsFailure">Whether the load failed, so that nobody knows what is there.</param>
internal sealed record SnapshotLoaded(EntryKey Key, long Operation, EntitlementState? State, bool IsFailure) : INoSerializationVerificationNeeded;

/// <summary>
/// One load. The store's answers carry no id, so each load has an address of its own, which adds entry and operation and tells who asked. It
/// is not an actor: one is loaded for each customer that is asked about for the first time, and making an actor costs more than all else here.
/// </summary>
internal sealed class SnapshotLoad
{
    // No load is of use after a question's own limit.
    private static readonly TimeSpan Limit = CloudSettings.ReadGuard;
    private readonly IActorRef _asker;
    private readonly EntryKey _key;
    private readonly long _operation;
    private readonly ITimer _limit;
    private int _isOver;

    private SnapshotLoad(IActorRef asker, EntryKey key, long operation, TimeProvider time)
    {
        _asker = asker;
        _key = key;
        _operation = operation;
        _limit = time.CreateTimer(static load => ((SnapshotLoad)load!).End(null, isFailure: true), this, Limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins a load.</summary>
    /// <param name="store">The snapshot store.</param>
    /// <param name="persistenceId">The entry's name there.</param>
    /// <param name="key">The entry.</param>
    /// <param name="operation">The asker's number of the load.</param>
    /// <param name="asker">Who gets exactly one <see cref="SnapshotLoaded"/>.</param>
    /// <param name="time">The source of time.</param>
    public static void Start(IActorRef store, string persistenceId, EntryKey key, long operation, IActorRef asker, TimeProvider time) =>
        store.Tell(
            new LoadSnapshot(persistenceId, SnapshotSelectionCriteria.Latest, long.MaxValue),
            new ReplyAddress(asker, new SnapshotLoad(asker, key, operation, time).OnAnswer));

    private void OnAnswer(object message)
    {
        switch (message)
        {
            case LoadSnapshotResult result:
                End((result.Snapshot?.Snapshot as EntrySnapshot)?.State, isFailure: false);
                break;
            case LoadSnapshotFailed:
                End(null, isFailure: true);
                break;
        }
    }

    private void End(EntitlementState? state, bool isFailure)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 1)
            return;
        _limit.Dispose();
        _asker.Tell(new SnapshotLoaded(_key, _operation, state, isFailure), ActorRefs.NoSender);
    }
}
