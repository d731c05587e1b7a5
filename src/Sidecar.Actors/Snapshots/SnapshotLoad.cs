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
/// One load. The store's answers carry no id, so each load has an actor of its own, which adds entry and operation, tells its parent,
/// and is gone.
/// </summary>
internal sealed class SnapshotLoad : UntypedActor
{
    // No load is of use after a question's own limit.
    private static readonly TimeSpan Limit = CloudSettings.ReadGuard;
    private readonly IActorRef _store;
    private readonly string _persistenceId;
    private readonly EntryKey _key;
    private readonly long _operation;

    public SnapshotLoad(IActorRef store, string persistenceId, EntryKey key, long operation)
    {
        _store = store;
        _persistenceId = persistenceId;
        _key = key;
        _operation = operation;
    }

    public static Props Props(IActorRef store, string persistenceId, EntryKey key, long operation) =>
        ActorRecipe.Of(() => new SnapshotLoad(store, persistenceId, key, operation));

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(Limit);
        _store.Tell(new LoadSnapshot(_persistenceId, SnapshotSelectionCriteria.Latest, long.MaxValue));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoadSnapshotResult result:
                End((result.Snapshot?.Snapshot as EntrySnapshot)?.State, isFailure: false);
                break;
            case LoadSnapshotFailed or ReceiveTimeout:
                End(null, isFailure: true);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void End(EntitlementState? state, bool isFailure)
    {
        Context.Parent.Tell(new SnapshotLoaded(_key, _operation, state, isFailure));
        Context.Stop(Self);
    }
}
