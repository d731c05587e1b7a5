using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Asks the cloud at start-up whether the key is valid and the network works, and goes on asking, with backoff, until both hold. Asks
/// again when a read finds the key refused, and at once when another key is in force.
/// </summary>
internal sealed class KeyCheck : UntypedActor, IWithTimers
{
    private const string TimerKey = "next-check";
    private readonly ActorServices _services;
    private RestartPause _pause = null!;
    private int _failures;
    private bool _isBusy;
    private bool _isOutdated;

    public KeyCheck(ActorServices services) => _services = services;

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Checked(CloudFailure? Failure) : INoSerializationVerificationNeeded;

    private sealed class Check : INoSerializationVerificationNeeded
    {
        public static readonly Check Instance = new();
    }

    public static Props Props(ActorServices services) => Akka.Actor.Props.Create(() => new KeyCheck(services));

    protected override void PreStart()
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        Self.Tell(Check.Instance);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Self.Tell(new Restarted(_pause.Failures));
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        _pause.Begin(0);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Check when !_isBusy && !_pause.IsOn:
                _isBusy = true;
                _ = Task.Run(_services.Cloud.CheckKeyAsync).PipeTo(
                    Self,
                    success: failure => new Checked(failure),
                    failure: e => new Checked(new CloudFailure(CloudFailureKind.Network, e.Message)));
                break;
            case Check:
                break;
            case Checked result:
                OnChecked(result.Failure);
                break;
            case CheckKeyAgain when !_isBusy && !_pause.IsOn && !Timers.IsTimerActive(TimerKey):
                ScheduleNext();
                break;
            case CheckKeyAgain:
                break;
            case CheckOtherKey:
                OnOtherKey();
                break;
            case Restarted restarted:
                if (restarted.Failures > 0)
                    _pause.Begin(restarted.Failures);
                break;
            case RestartPause.Over:
                _pause.End();
                Self.Tell(Check.Instance);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnOtherKey()
    {
        _failures = 0;
        _isOutdated = _isBusy;
        Timers.Cancel(TimerKey);
        Self.Tell(Check.Instance);
    }

    private void OnChecked(CloudFailure? failure)
    {
        _isBusy = false;
        if (_isOutdated)
        {
            // It was about the key before.
            _isOutdated = false;
            Self.Tell(Check.Instance);
            return;
        }

        Context.Parent.Tell(new CloudOutcome(failure, IsStartUp: true));
        if (failure is null)
        {
            _failures = 0;
            _pause.Reset();
        }
        else
        {
            ScheduleNext();
        }
    }

    private void ScheduleNext() =>
        Timers.StartSingleTimer(TimerKey, Check.Instance, Backoff.Restart.Delay(++_failures, _services.Jitter()));
}
