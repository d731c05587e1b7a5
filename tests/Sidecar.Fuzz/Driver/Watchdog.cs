using System.Diagnostics;

namespace Sidecar.Fuzz.Driver;

/// <summary>Looks from a thread of its own whether an execution ends.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _endless;
    private readonly Action _onEndless;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;

    // 0: nothing runs.
    private long _startedAt;

    /// <summary>Begins to look.</summary>
    /// <param name="endless">What no execution may take.</param>
    /// <param name="onEndless">Is called once, on the watchdog's thread, while the execution still goes on.</param>
    public Watchdog(TimeSpan endless, Action onEndless)
    {
        _endless = endless;
        _onEndless = onEndless;
        _thread = new Thread(Look) { IsBackground = true, Name = "watchdog" };
        _thread.Start();
    }

    /// <summary>An execution begins.</summary>
    public void Begin() => Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());

    /// <summary>It has ended.</summary>
    /// <returns>How long it took.</returns>
    public TimeSpan End()
    {
        var took = Stopwatch.GetElapsedTime(_startedAt);
        Volatile.Write(ref _startedAt, 0);
        return took;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Look()
    {
        while (!_end.Wait(LookInterval))
        {
            var startedAt = Volatile.Read(ref _startedAt);
            if (startedAt == 0 || Stopwatch.GetElapsedTime(startedAt) < _endless)
                continue;
            _onEndless();
            return;
        }
    }
}
