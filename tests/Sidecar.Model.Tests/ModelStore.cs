using System.Text;
using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Snapshots;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Model.Tests;

/// <summary>
/// The persistent cache of a run, which speaks the snapshot store's protocol: it keeps what is saved, and fails or hangs
/// when it is told to.
/// </summary>
internal sealed class ModelStore(Action<Observation> note)
{
    /// <summary>The prefix of persistence ids.</summary>
    public const string Prefix = "model";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, EntrySnapshot> _stored = new(StringComparer.Ordinal);
    private readonly List<(int Number, IActorRef Asker, string Id)> _held = [];
    private readonly HashSet<EntryKey> _owed = [];
    private int _number;

    /// <summary>Whether loads and saves fail.</summary>
    public bool IsFailing { get; set; }

    /// <summary>Whether loads wait for the store to work again. What is saved meanwhile fails.</summary>
    public bool IsHanging { get; set; }

    /// <summary>What is kept of an entry, or null.</summary>
    public EntitlementState? this[EntryKey key]
    {
        get
        {
            lock (_lock)
                return _stored.Values.FirstOrDefault(one => one.Key == key)?.State;
        }
    }

    /// <summary>Whether an entry is owed to it, since a save failed: whoever pays that, of whom there is none here, makes up for it.</summary>
    public bool IsOwed(EntryKey key)
    {
        lock (_lock)
            return _owed.Contains(key);
    }

    /// <summary>Notes that an entry is owed to it.</summary>
    public void Owe(EntryKey key)
    {
        lock (_lock)
            _owed.Add(key);
    }

    /// <summary>The recipe of the actor that speaks for it.</summary>
    public Props Props() => Akka.Actor.Props.Create(() => new Speaker(this));

    /// <summary>Another program writes an entry.</summary>
    public void Write(EntryKey key, Contents contents)
    {
        var state = CloudStateReader.Read(Encoding.UTF8.GetBytes(CloudWords.State(contents))).State!;
        var id = EntryKeys.Of(Prefix, key)!.Set;
        lock (_lock)
        {
            // The service is not told: what it does not know to be there it does not take out.
            _owed.Add(key);
            // Nobody keeps an unknown customer.
            if (contents.IsUnknown)
                _stored.Remove(id);
            else
                _stored[id] = new EntrySnapshot(key, state, StoredChange.None);
        }
    }

    /// <summary>Works again: what waits is answered.</summary>
    public void Heal()
    {
        List<(int Number, IActorRef Asker, string Id)> held;
        lock (_lock)
        {
            (IsFailing, IsHanging) = (false, false);
            held = [.. _held];
            _held.Clear();
        }

        foreach (var (number, asker, id) in held)
            Answer(number, asker, id);
    }

    private void Load(string id, IActorRef asker)
    {
        int number;
        lock (_lock)
        {
            number = ++_number;
            note(new LoadBegan(number, KeyOf(id)));
            if (IsHanging)
            {
                _held.Add((number, asker, id));
                return;
            }
        }

        Answer(number, asker, id);
    }

    private void Answer(int number, IActorRef asker, string id)
    {
        EntrySnapshot? found;
        lock (_lock)
            found = IsFailing ? null : _stored.GetValueOrDefault(id);
        note(new LoadEnded(number, found is null ? null : Seen.Of(found.State)));
        if (IsFailing)
            asker.Tell(new LoadSnapshotFailed(new InvalidOperationException("the store fails")));
        else
            asker.Tell(new LoadSnapshotResult(found is null ? null : new SelectedSnapshot(Metadata(id), found), long.MaxValue));
    }

    // Usages alone are written where no more has changed.
    private bool TrySave(string id, EntrySnapshot saved) => Noted(id, TryWrite(id, saved));

    private bool TryWrite(string id, EntrySnapshot saved)
    {
        lock (_lock)
        {
            if (IsFailing || IsHanging)
                return false;
            if (saved.Change.IsAll || !_stored.TryGetValue(id, out var stored))
            {
                _stored[id] = saved;
                return true;
            }

            var state = stored.State;
            foreach (var of in saved.Change.Usages)
            {
                if (saved.State.Find(of) is { } changed && state.Find(of) is not null)
                    state = state.WithUsage(of, changed.Usage);
            }

            _stored[id] = stored with { State = state };
            return true;
        }
    }

    private bool TryDelete(string id)
    {
        lock (_lock)
            return !IsFailing && !IsHanging && (_stored.Remove(id) || true);
    }

    private bool Noted(string id, bool isDone)
    {
        note(new Saved(KeyOf(id), isDone));
        return isDone;
    }

    private static SnapshotMetadata Metadata(string id) => new(id, 0, DateTime.UnixEpoch);

    private static EntryKey KeyOf(string id)
    {
        var parts = id.Split(":c_")[1].Split(":r_");
        return new EntryKey(parts[0], parts.ElementAtOrDefault(1));
    }

    private sealed class Speaker(ModelStore store) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case LoadSnapshot load:
                    store.Load(load.PersistenceId, Sender);
                    break;
                case SaveSnapshot save when store.TrySave(save.Metadata.PersistenceId, (EntrySnapshot)save.Snapshot):
                    Sender.Tell(new SaveSnapshotSuccess(save.Metadata));
                    break;
                case SaveSnapshot save:
                    Sender.Tell(new SaveSnapshotFailure(save.Metadata, new InvalidOperationException("the store fails")));
                    break;
                case DeleteSnapshots delete when store.Noted(delete.PersistenceId, store.TryDelete(delete.PersistenceId)):
                    Sender.Tell(new DeleteSnapshotsSuccess(delete.Criteria));
                    break;
                case DeleteSnapshots delete:
                    Sender.Tell(new DeleteSnapshotsFailure(delete.Criteria, new InvalidOperationException("the store fails")));
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}
