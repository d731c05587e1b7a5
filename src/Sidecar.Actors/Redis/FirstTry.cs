namespace Sidecar.Actors.Redis;

/// <summary>Something that is tried for the first time, and is waited for until that has ended, well or not, for so long at most. Safe for any thread.</summary>
/// <param name="time">The source of time.</param>
/// <param name="patience">What is waited for it at most, from the first one who waits.</param>
internal sealed class FirstTry(TimeProvider time, TimeSpan patience)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasBegun;
    private int _isAwaited;
    private ITimer? _limit;

    /// <summary>It begins: before that nobody waits.</summary>
    public void Begin() => _hasBegun = true;

    /// <summary>It has ended, or is not worth waiting for any more.</summary>
    public void End()
    {
        _ended.TrySetResult();
        _limit?.Dispose();
    }

    /// <summary>Waits.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        if (_ended.Task.IsCompleted || !_hasBegun)
            return Task.CompletedTask;
        if (Interlocked.Exchange(ref _isAwaited, 1) == 0)
            _limit = time.CreateTimer(static self => ((FirstTry)self!).End(), this, patience, Timeout.InfiniteTimeSpan);
        return _ended.Task.WaitAsync(cancellation);
    }
}
