using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>The most memory that a process holds while it is watched.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    /// <summary>Begins.</summary>
    public MemoryWatch(SidecarProcess process)
    {
        Before = Peak = process.ResidentMegabytes();
        _watching = Task.Run(async () =>
        {
            for (; !_stop.IsCancellationRequested; await Task.Delay(Pause))
                Peak = Math.Max(Peak, process.ResidentMegabytes());
        });
    }

    /// <summary>What it held at the begin, in MB.</summary>
    public double Before { get; }

    /// <summary>The most, in MB.</summary>
    public double Peak { get; private set; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }
}
