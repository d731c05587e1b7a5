using System.Runtime.InteropServices;

namespace Sidecar.Host.Shutdown;

/// <summary>
/// The signals that tell the process to end: the first begins the end, a second cuts the drain delay short. Nobody else listens to them,
/// since the framework and Akka would each begin an end of their own.
/// </summary>
public sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken First => _first.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Second => _second.Token;

    /// <summary>Listens from now on.</summary>
    public static EndSignals Listen()
    {
        var signals = new EndSignals();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            signals._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                signals.Raise();
            }));
        }

        return signals;
    }

    /// <summary>Does what a signal does.</summary>
    public void Raise()
    {
        var count = Interlocked.Increment(ref _count);
        if (count == 1)
            _first.Cancel();
        else if (count == 2)
            _second.Cancel();
    }

    /// <summary>Listens no longer. The tokens stay: a signal may be on its way to them.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }
}
