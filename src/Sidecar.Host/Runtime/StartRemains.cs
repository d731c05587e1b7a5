namespace Sidecar.Host.Runtime;

/// <summary>
/// Gives back what only the start needed: a while after it, one collection that leaves nothing committed beyond what lives. Not where much
/// lives already: then there is little to gain, and answers would wait for it.
/// </summary>
internal sealed class StartRemains(TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>The largest heap, in bytes, that this is done to: collecting it takes some 20 ms.</summary>
    public const long LargestHeap = 32 * 1024 * 1024;

    /// <summary>When, from the start on.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(30);

    private ITimer? _timer;

    /// <summary>Called for the collection.</summary>
    internal Action Collect { get; init; } = UnusedMemory.GiveBack;

    /// <summary>The heap, in bytes.</summary>
    internal Func<long> Heap { get; init; } = static () => GC.GetTotalMemory(forceFullCollection: false);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(
            _ =>
            {
                if (Heap() <= LargestHeap)
                    Collect();
            },
            null,
            After,
            Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();
}
