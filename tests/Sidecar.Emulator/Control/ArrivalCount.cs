namespace Sidecar.Emulator.Control;

/// <summary>A count that can be waited for. Safe for many threads.</summary>
internal sealed class ArrivalCount
{
    private readonly Lock _lock = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _count;

    public int Value
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    public void Increment()
    {
        lock (_lock)
        {
            _count++;
            foreach (var (_, reached) in _waiters.Where(waiter => waiter.Count <= _count))
                reached.TrySetResult();
        }
    }

    /// <summary>Counts from 0 again; who waits, waits for the new count.</summary>
    public void Reset()
    {
        lock (_lock)
            _count = 0;
    }

    /// <summary>Completes when the count is reached, at once if it already is.</summary>
    public async Task WaitAsync(int count, CancellationToken cancellationToken)
    {
        (int Count, TaskCompletionSource Reached) waiter;
        lock (_lock)
        {
            if (_count >= count)
                return;
            waiter = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
        }
        try
        {
            await waiter.Reached.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
                _waiters.Remove(waiter);
        }
    }
}
