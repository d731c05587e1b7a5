using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors;

/// <summary>
/// The backoff of an actor that was restarted. The actor is restarted at once, so that its mailbox and its address stay, and no
/// message is lost; but it starts no work of its own until the pause is over.
/// </summary>
internal sealed class RestartPause(ITimerScheduler timers, Func<double> jitter)
{
    private const string TimerKey = "restart-pause";

    /// <summary>Failures in a row, this incarnation's and its predecessors'.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether work has to wait.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Begins a pause after one more failure; <see cref="Over"/> comes as a message when it ends.</summary>
    /// <param name="failures">Failures before this one.</param>
    public void Begin(int failures)
    {
        Failures = Math.Max(Failures, failures) + 1;
        IsOn = true;
        timers.StartSingleTimer(TimerKey, Over.Instance, Backoff.Restart.Delay(Failures, jitter()));
    }

    /// <summary>Ends the pause.</summary>
    public void End() => IsOn = false;

    /// <summary>Forgets earlier failures: work succeeded.</summary>
    public void Reset() => Failures = 0;

    /// <summary>The pause is over.</summary>
    internal sealed class Over : INoSerializationVerificationNeeded
    {
        public static readonly Over Instance = new();
    }
}

/// <summary>What an actor that crashed hands on to its next incarnation.</summary>
/// <param name="Failures">Failures in a row before this one.</param>
internal sealed record Restarted(int Failures) : INoSerializationVerificationNeeded;
