using System.Collections.Immutable;

namespace Sidecar.Emulator.Updates;

/// <summary>Counts what happens between the emulator and those who listen to its updates. Safe for many threads.</summary>
public sealed class UpdateCounters
{
    /// <summary>How many of the latest <c>connection_init</c> are remembered one by one.</summary>
    public const int RecordedAtMost = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Connection> _open = [];
    private readonly Queue<SeenInit> _inits = new();
    private readonly List<(Predicate<UpdateSnapshot> Condition, TaskCompletionSource Holds)> _waiters = [];
    private UpdateSnapshot _counts = new();
    private int _lastNumber;

    internal UpdateCounters()
    {
    }

    /// <summary>All counts of this moment.</summary>
    public UpdateSnapshot Snapshot()
    {
        lock (_lock)
            return Take();
    }

    /// <summary>The latest <c>connection_init</c>, oldest first.</summary>
    public IReadOnlyList<SeenInit> Inits()
    {
        lock (_lock)
            return [.. _inits];
    }

    /// <summary>Sets all counts to 0 but for what is open.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _counts = new UpdateSnapshot();
            _inits.Clear();
        }
    }

    /// <summary>Completes when so many connections, or more, are subscribed to all three kinds of updates.</summary>
    public Task WaitForSubscribersAsync(int subscribers, CancellationToken cancellationToken) =>
        WaitUntilAsync(counts => counts.Subscribers >= subscribers, cancellationToken);

    /// <summary>Completes when the counts are as they should be, at once if they are.</summary>
    /// <param name="condition">Looks at the counts after each change, so quickly that nobody notices.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitUntilAsync(Predicate<UpdateSnapshot> condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var waiter = (condition, Holds: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (condition(Take()))
                return;
            _waiters.Add(waiter);
        }
        try
        {
            await waiter.Holds.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
                _waiters.Remove(waiter);
        }
    }

    internal int Opened()
    {
        var number = Interlocked.Increment(ref _lastNumber);
        Change(counts =>
        {
            _open.Add(number, new Connection());
            return counts with { Connected = counts.Connected + 1 };
        });
        return number;
    }

    internal void Closed(int connection) => Change(counts =>
    {
        _open.Remove(connection);
        return counts;
    });

    internal void Acknowledged(int connection) => Change(counts =>
    {
        _open[connection].IsAcknowledged = true;
        return counts;
    });

    internal void InitSeen(SeenInit init) => Change(counts =>
    {
        if (_inits.Count == RecordedAtMost)
            _inits.Dequeue();
        _inits.Enqueue(init);
        return counts with { Inits = counts.Inits + 1, WrongKeys = counts.WrongKeys + (init.HasRightKey ? 0 : 1) };
    });

    internal void Subscribed(int connection, UpdateKind kind, string operation) => Change(counts =>
    {
        _open[connection].Add(kind, 1);
        return counts with
        {
            Subscriptions = counts.Subscriptions.SetItem(operation, counts.Subscriptions.GetValueOrDefault(operation) + 1),
        };
    });

    internal void Unsubscribed(int connection, UpdateKind kind) => Change(counts =>
    {
        _open[connection].Add(kind, -1);
        return counts;
    });

    internal void ConnectRefused() => Change(counts => counts with { Refused = counts.Refused + 1 });

    internal void SubscriptionRefused() => Change(counts => counts with { RefusedSubscriptions = counts.RefusedSubscriptions + 1 });

    internal void PingSeen() => Change(counts => counts with { PingsSeen = counts.PingsSeen + 1 });

    internal void PongSeen() => Change(counts => counts with { PongsSeen = counts.PongsSeen + 1 });

    internal void MessageSent() => Change(counts => counts with { Sent = counts.Sent + 1 });

    internal void Overflowed() => Change(counts => counts with { Overflowed = counts.Overflowed + 1 });

    private void Change(Func<UpdateSnapshot, UpdateSnapshot> change)
    {
        lock (_lock)
        {
            _counts = change(_counts);
            if (_waiters.Count is 0)
                return;
            var counts = Take();
            foreach (var (condition, holds) in _waiters)
                if (condition(counts))
                    holds.TrySetResult();
        }
    }

    private UpdateSnapshot Take() => _counts with
    {
        Open = _open.Count,
        Acknowledged = _open.Values.Count(connection => connection.IsAcknowledged),
        Subscribers = _open.Values.Count(connection => connection.HasAll),
        OpenSubscriptions = UpdateFields.Kinds.ToImmutableSortedDictionary(
            field => field.Key, field => _open.Values.Sum(connection => connection.Count(field.Value)), StringComparer.Ordinal),
    };

    private sealed class Connection
    {
        private readonly Dictionary<UpdateKind, int> _subscriptions = Enum.GetValues<UpdateKind>().ToDictionary(kind => kind, _ => 0);

        public bool IsAcknowledged { get; set; }

        public bool HasAll => _subscriptions.Values.All(count => count > 0);

        public int Count(UpdateKind kind) => _subscriptions[kind];

        public void Add(UpdateKind kind, int count) => _subscriptions[kind] += count;
    }
}
