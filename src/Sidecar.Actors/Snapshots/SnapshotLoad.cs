using Akka.Actor;
using Akka.Persistence;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Snapshots;

/// <summary>What a snapshot holds: an entry's state, whole.</summary>
/// <param name="State">The state.</param>
public sealed record EntrySnapshot(EntitlementState State) : INoSerializationVerificationNeeded;

/// <summary>The end of a load.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Operation">The number that the load was started with.</param>
/// <param name="State">What was found; null where there is nothing or the load failed.</param>
internal sealed record SnapshotLoaded(EntryKey Key, long Operation, EntitlementState? State) : INoSerializationVerificationNeeded;

/// <summary>
/// One load. The store's answers carry no id, so each load has an actor of its own, which adds entry and operation, tells its parent,
/// and is gone.
/// </summary>
internal sealed class SnapshotLoad : UntypedActor
{
    // A load that takes longer no longer holds up the question: the cloud is asked.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
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
        Akka.Actor.Props.Create(() => new SnapshotLoad(store, persistenceId, key, operation));

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(Patience);
        _store.Tell(new LoadSnapshot(_persistenceId, SnapshotSelectionCriteria.Latest, long.MaxValue));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoadSnapshotResult result:
                End((result.Snapshot?.Snapshot as EntrySnapshot)?.State);
                break;
            case LoadSnapshotFailed or ReceiveTimeout:
                End(null);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void End(EntitlementState? state)
    {
        Context.Parent.Tell(new SnapshotLoaded(_key, _operation, state));
        Context.Stop(Self);
    }
}
