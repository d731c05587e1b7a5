using System.Diagnostics;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>How often this machine lets a wait last longer than it should, whoever waits: a measure to hold latencies against.</summary>
public sealed class MachineLag : IAsyncDisposable
{
    private const int Waiters = 40;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _waiting;
    private int _waits;
    private int _late;

    /// <summary>Begins to measure.</summary>
    public MachineLag() => _waiting = [.. Enumerable.Range(0, Waiters).Select(_ => Task.Run(WaitAsync))];

    /// <summary>The share of waits of 250 ms that took more than 300 ms.</summary>
    public double Share => (double)Volatile.Read(ref _late) / Math.Max(1, Volatile.Read(ref _waits));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_waiting);
        _stop.Dispose();
    }

    private async Task WaitAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var watch = Stopwatch.StartNew();
            await Task.Delay(Wait, CancellationToken.None);
            Interlocked.Increment(ref _waits);
            if (watch.Elapsed > Late)
                Interlocked.Increment(ref _late);
        }
    }
}
