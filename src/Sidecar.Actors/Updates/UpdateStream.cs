using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Diagnostics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Updates;

/// <summary>
/// Keeps the stream of updates up: one connection at a time, each a child of its own, and a pause after each that ended. It alone shows
/// whether the stream is up; whatever happens to it or to a child, the stream then counts as down.
/// </summary>
internal sealed class UpdateStream : UntypedActor, IWithTimers
{
    private const string TryTimer = "next-try";
    private const string SteadyTimer = "steady";

    private readonly ActorServices _services;
    private readonly UpdateStreamServices _updates;
    private readonly INewsDesk _desk;
    private readonly UpdateLog _log;
    private readonly EventHandler _tellIsolation;
    private RestartPause _pause = null!;
    private Connection? _present;
    private bool _isUp;
    private int _failures;
    private Exception? _crash;

    // Why the last connection, or try, ended.
    private (UpdateSocketFault Fault, string Detail, DateTimeOffset At)? _lastEnd;

    public UpdateStream(ActorServices services, UpdateStreamServices updates)
    {
        _services = services;
        _updates = updates;
        _desk = updates.Desk();
        _log = new UpdateLog(services.Log.CreateLogger<UpdateStream>());
        var self = Self;
        _tellIsolation = (_, _) => self.Tell(IsolationChanged.Instance);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Connection(long Number, Secret Key, SignOfLife Life, IActorRef Child);

    private sealed class Try : INoSerializationVerificationNeeded
    {
        public static readonly Try Instance = new();
    }

    private sealed class IsolationChanged : INoSerializationVerificationNeeded
    {
        public static readonly IsolationChanged Instance = new();
    }

    private sealed class Steady : INoSerializationVerificationNeeded
    {
        public static readonly Steady Instance = new();
    }

    public static Props Props(ActorServices services, UpdateStreamServices updates) =>
        Akka.Actor.Props.Create(() => new UpdateStream(services, updates));

    protected override void PreStart()
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        Follow();
        Connect();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Self.Tell(new Restarted(_pause.Failures));
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        Follow();
        _pause.Begin(0);
    }

    // Also before a restart.
    protected override void PostStop()
    {
        if (_services.Isolation is { } isolation)
            isolation.Changed -= _tellIsolation;
        ShowDown();
    }

    // A connection that failed within is as good as dropped.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        _crash = e;
        return Directive.Stop;
    });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Try:
                Connect();
                break;
            case ConnectionUp up:
                if (up.Number == _present?.Number)
                    OnUp(_present);
                break;
            case ConnectionEnded ended:
                if (ended.Number == _present?.Number)
                    OnEnded(_present, ended.Fault, ended.Detail);
                break;
            case Terminated gone:
                if (gone.ActorRef.Equals(_present?.Child))
                    OnEnded(_present!, UpdateSocketFault.Network, $"the connection failed within: {_crash?.GetType().Name ?? "it stopped"}");
                break;
            case MessagesUnreadable unreadable:
                _log.Unreadable(unreadable.Count, unreadable.Fault, _services.Clock.Uptime);
                break;
            case Steady:
                _failures = 0;
                _pause.Reset();
                break;
            case ConnectWithOtherKey:
                OnOtherKey();
                break;
            case IsolationChanged:
                OnIsolationChanged();
                break;
            case ReconnectStream:
                Sender.Tell(OnReconnect());
                break;
            case DescribeStream:
                Sender.Tell(new StreamDescription(_failures, _lastEnd?.Fault, _lastEnd?.Detail ?? "", _lastEnd?.At));
                break;
            case Restarted restarted:
                if (restarted.Failures > 0)
                    _pause.Begin(restarted.Failures);
                break;
            case RestartPause.Over:
                _pause.End();
                Connect();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Follow()
    {
        if (_services.Isolation is { } isolation)
            isolation.Changed += _tellIsolation;
    }

    private void OnIsolationChanged()
    {
        if (_services.Isolation is { IsOn: true })
            LeavePresent();
        else
            ConnectAnew();
    }

    private ReconnectAnswer OnReconnect()
    {
        if (_services.Isolation is { IsOn: true })
            return new ReconnectAnswer("this process is cut off from the cloud on purpose; isolate with 0 minutes ends that");
        if (_services.Cloud.ApiKey.Current is null)
            return new ReconnectAnswer("there is no SERVER_API_KEY to connect with");
        LeavePresent();
        ConnectAnew();
        return new ReconnectAnswer();
    }

    private void LeavePresent()
    {
        Timers.Cancel(TryTimer);
        if (_present is not { } former)
            return;
        Leave(former);
        Context.Stop(former.Child);
    }

    private void ConnectAnew()
    {
        _failures = 0;
        Connect();
    }

    // Without a key it is waited for one.
    private void Connect()
    {
        if (_present is not null || _pause.IsOn || _services.Isolation is { IsOn: true } || _services.Cloud.ApiKey.Current is not { } key)
            return;
        Timers.Cancel(TryTimer);
        // Unlike those of any other connection, also of those that a crashed predecessor made.
        var number = _services.Cache.NextNumber();
        var life = new SignOfLife();
        var child = Context.ActorOf(UpdateConnection.Props(_services, _updates, _desk, key, number, life), $"connection-{number}");
        Context.Watch(child);
        _present = new Connection(number, key, life, child);
    }

    private void OnUp(Connection connection)
    {
        _isUp = true;
        // What was missed may have any date, and none of what came before counts against it.
        _services.Cache.RaiseNodeEpoch();
        _services.Cache.Stream = new StreamState(IsUp: true, _services.Clock.Uptime, connection.Life.Last);
        _services.Counters.Stream.CameUp();
        Timers.StartSingleTimer(SteadyTimer, Steady.Instance, StreamPause.SteadyAfter);
        _log.Up();
        Context.Parent.Tell(new StreamOutcome(connection.Key, Fault: null, ""));
    }

    private void OnEnded(Connection connection, UpdateSocketFault fault, string detail)
    {
        var wasUp = _isUp;
        Leave(connection);
        if (!_services.Cloud.ApiKey.IsInForce(connection.Key))
        {
            // It says nothing of the key that is.
            Connect();
            return;
        }

        _failures++;
        detail = connection.Key.MaskedIn(detail);
        _lastEnd = (fault, detail, _services.Clock.Now.Utc);
        Count(fault, wasUp);
        _log.Down(fault, detail, _services.Clock.Uptime);
        Context.Parent.Tell(new StreamOutcome(connection.Key, fault, detail));
        var jitter = _services.Jitter();
        Timers.StartSingleTimer(TryTimer, Try.Instance, fault switch
        {
            UpdateSocketFault.InvalidKey => StreamPause.AfterRefusedKey(jitter),
            UpdateSocketFault.Throttled => StreamPause.AfterThrottling(_failures, jitter),
            _ => StreamPause.AfterFailure(_failures, jitter),
        });
    }

    private void OnOtherKey()
    {
        // It may have been used already.
        if (_present is not null && _services.Cloud.ApiKey.IsInForce(_present.Key))
            return;
        LeavePresent();
        _log.KeyReplaced();
        ConnectAnew();
    }

    private void Leave(Connection connection)
    {
        Context.Unwatch(connection.Child);
        ShowDown();
        _present = null;
        _crash = null;
    }

    private void ShowDown()
    {
        Timers.Cancel(SteadyTimer);
        _services.Counters.Stream.IsDown();
        if (_isUp)
            _services.Cache.Stream = _services.Cache.Stream with { IsUp = false, LastSignOfLife = _present!.Life.Last };
        _isUp = false;
    }

    private void Count(UpdateSocketFault fault, bool wasUp)
    {
        var counters = _services.Counters;
        counters.Stream[fault].Increment();
        // A connection that the cloud closes in good order is no error; one that it does not let come up is.
        if (fault == UpdateSocketFault.InvalidKey)
            counters.InvalidApiKeyErrors.Increment();
        else if (fault is UpdateSocketFault.Network or UpdateSocketFault.Timeout || (!wasUp && fault != UpdateSocketFault.Throttled))
            counters.NetworkRequestErrors.Increment();
    }
}
