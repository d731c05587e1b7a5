using Akka.Actor;
using Akka.Persistence;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Snapshots;

/// <summary>The end of a removal.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Operation">The number that the removal was started with.</param>
/// <param name="IsDone">Whether the entry is gone.</param>
internal sealed record SnapshotDeleted(EntryKey Key, long Operation, bool IsDone) : INoSerializationVerificationNeeded;

/// <summary>One removal. The store's answers carry no operation, so each has an actor of its own, which tells its parent and is gone.</summary>
internal sealed class SnapshotDelete : UntypedActor
{
    // The store's own limit is shorter.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly IActorRef _store;
    private readonly string _persistenceId;
    private readonly EntryKey _key;
    private readonly long _operation;

    public SnapshotDelete(IActorRef store, string persistenceId, EntryKey key, long operation)
    {
        _store = store;
        _persistenceId = persistenceId;
        _key = key;
        _operation = operation;
    }

    public static Props Props(IActorRef store, string persistenceId, EntryKey key, long operation) =>
        ActorRecipe.Of(() => new SnapshotDelete(store, persistenceId, key, operation));

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(Patience);
        _store.Tell(new DeleteSnapshots(_persistenceId, SnapshotSelectionCriteria.Latest));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeleteSnapshotsSuccess:
                End(isDone: true);
                break;
            case DeleteSnapshotsFailure or ReceiveTimeout:
                End(isDone: false);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void End(bool isDone)
    {
        Context.Parent.Tell(new SnapshotDeleted(_key, _operation, isDone));
        Context.Stop(Self);
    }
}
