using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>Something that was asked of an entry's owner, until its asker lets it go.</summary>
public sealed class OwnerQuestion : IDisposable
{
    private readonly OwnerQuestions _all;
    private readonly TaskCompletionSource<INodeMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _signs;

    internal OwnerQuestion(OwnerQuestions all, long id, EntryKey key, long nodeEpoch, TimeSpan askedAt)
    {
        _all = all;
        (Id, Key, NodeEpoch, AskedAt) = (id, key, nodeEpoch, askedAt);
    }

    /// <summary>Its number, also its place in this node's order.</summary>
    public long Id { get; }

    /// <summary>The entry.</summary>
    public EntryKey Key { get; }

    /// <summary>This node's epoch when it was asked.</summary>
    public long NodeEpoch { get; }

    /// <summary>That time, on the monotonic clock.</summary>
    public TimeSpan AskedAt { get; }

    /// <summary>The answer.</summary>
    public Task<INodeMessage> Answer => _answer.Task;

    /// <summary>How often its owner said that it is there.</summary>
    public int Signs => Volatile.Read(ref _signs);

    /// <summary>Whether news of an entry came since it was asked.</summary>
    /// <param name="key">The entry, or its customer's.</param>
    public bool IsOvertaken(EntryKey key) => _all.IsOvertaken(Id, key);

    /// <inheritdoc/>
    public void Dispose() => _all.Remove(this);

    internal void Take(INodeMessage answer) => _answer.TrySetResult(answer);

    internal void TakeSign() => Interlocked.Increment(ref _signs);
}

/// <summary>
/// What this node has asked of owners and awaits, by number. It outlives the actors that the answers come to. Safe for any thread.
/// </summary>
/// <param name="services">What all actors share.</param>
/// <param name="max">The most questions at once.</param>
public sealed class OwnerQuestions(ActorServices services, int max = OwnerQuestions.MaxUnderWay)
{
    /// <summary>The most questions at once.</summary>
    public const int MaxUnderWay = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, OwnerQuestion> _byId = [];
    private readonly Dictionary<EntryKey, Asked> _byEntry = [];

    /// <summary>Those that are under way.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _byId.Count;
        }
    }

    /// <summary>Makes a question, before it is sent; null where there are too many.</summary>
    public OwnerQuestion? Ask(EntryKey key)
    {
        lock (_lock)
        {
            if (_byId.Count >= max)
                return null;
            var question = new OwnerQuestion(this, services.Cache.NextNumber(), key, services.Cache.NodeEpoch, services.Clock.Uptime);
            _byId.Add(question.Id, question);
            CountOf(key, 1);
            if (key.ResourceId is not null)
                CountOf(key.Customer, 1);
            return question;
        }
    }

    /// <summary>A question by its number; null where its asker has let it go.</summary>
    public OwnerQuestion? Find(long id)
    {
        lock (_lock)
            return _byId.GetValueOrDefault(id);
    }

    /// <summary>Tells that news of an entry came: what was asked before may be answered without it.</summary>
    public void Overtake(EntryKey key)
    {
        lock (_lock)
        {
            if (_byEntry.TryGetValue(key, out var asked))
                asked.OvertakenUpTo = services.Cache.NextNumber();
        }
    }

    internal bool IsOvertaken(long id, EntryKey key)
    {
        lock (_lock)
            return _byEntry.TryGetValue(key, out var asked) && id < asked.OvertakenUpTo;
    }

    internal void Remove(OwnerQuestion question)
    {
        lock (_lock)
        {
            if (!_byId.Remove(question.Id))
                return;
            CountOf(question.Key, -1);
            if (question.Key.ResourceId is not null)
                CountOf(question.Key.Customer, -1);
        }
    }

    private void CountOf(EntryKey key, int by)
    {
        if (!_byEntry.TryGetValue(key, out var asked))
            _byEntry.Add(key, asked = new Asked());
        if ((asked.Count += by) == 0)
            _byEntry.Remove(key);
    }

    private sealed class Asked
    {
        public int Count { get; set; }

        public long OvertakenUpTo { get; set; }
    }
}
