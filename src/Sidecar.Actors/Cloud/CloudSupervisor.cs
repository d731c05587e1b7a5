using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Owns all that talks to the cloud and knows how it stands. Each child starts on its own; one that fails is restarted with backoff,
/// and nothing above it falls. Reads and reports reach their actors through this one, so that nobody needs to know
/// who does them.
/// </summary>
public sealed class CloudSupervisor : UntypedActor
{
    private readonly ActorServices _services;
    private readonly CloudLog _log;
    private readonly EventHandler _tellReplaced;
    private IActorRef _fetcher = ActorRefs.Nobody;
    private IActorRef _keyCheck = ActorRefs.Nobody;
    private IActorRef _stream = ActorRefs.Nobody;
    private IActorRef _reporter = ActorRefs.Nobody;
    private CloudFailureKind? _startUpError;

    // Causes that kept the stream from coming up the first time.
    private readonly HashSet<CloudFailureKind> _streamErrors = [];
    private bool _hasStreamBeenUp;

    /// <summary>Makes the supervisor.</summary>
    public CloudSupervisor(ActorServices services)
    {
        _services = services;
        _log = new CloudLog(services.Log.CreateLogger<CloudSupervisor>());
        var self = Self;
        _tellReplaced = (_, _) => self.Tell(KeyReplaced.Instance);
    }

    private sealed class KeyReplaced : INoSerializationVerificationNeeded
    {
        public static readonly KeyReplaced Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _fetcher = Context.ActorOf(EntitlementFetcher.Props(_services), "fetcher");
        if (_services.Cloud.IsOffline)
            return;
        _services.Cloud.ApiKey.Replaced += _tellReplaced;
        if (_services.Reports is { } reports)
            _reporter = Context.ActorOf(Reporter.Props(_services, reports), "reporter");
        if (_services.Updates is { } updates)
        {
            _services.Counters.Stream.IsEnabled = true;
            _stream = Context.ActorOf(UpdateStream.Props(_services, updates), "stream");
        }

        if (_services.Cloud.ApiKey.Current is not null)
        {
            _keyCheck = Context.ActorOf(KeyCheck.Props(_services), "key-check");
            return;
        }

        _services.CloudStatus.Status = new CloudStatus(KeyState.Missing);
        // A key that was given and can't be used has been told and counted as a bad setting.
        if (_services.IsApiKeyFaulted)
            return;
        _services.Counters.InitializationErrors.Increment();
        _log.NoKey();
    }

    /// <inheritdoc/>
    protected override void PostStop() => _services.Cloud.ApiKey.Replaced -= _tellReplaced;

    /// <inheritdoc/>
    // A child restarts at once, keeping its mailbox, and pauses before it works: see RestartPause.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadEntry or ReadIsAwaited:
                _fetcher.Tell(message);
                break;
            case SendReport or WithdrawReport or EndReports:
                _reporter.Forward(message);
                break;
            case DescribeStream or ReconnectStream when _stream.IsNobody():
                Sender.Tell(message is DescribeStream ? StreamDescription.None : new ReconnectAnswer("no stream of updates is listened to"));
                break;
            case DescribeStream or ReconnectStream:
                _stream.Forward(message);
                break;
            case CloudOutcome outcome:
                OnOutcome(outcome);
                break;
            case StreamOutcome outcome:
                // Of a key that is no longer in force it says nothing.
                if (_services.Cloud.ApiKey.IsInForce(outcome.Key))
                    OnStreamOutcome(outcome.Fault);
                break;
            case PathSuspended suspension:
                _log.Suspended(suspension.Path, suspension.IsSuspended, _services.Clock.Uptime);
                break;
            case KeyReplaced:
                OnKeyReplaced();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnOutcome(CloudOutcome outcome)
    {
        if (outcome.PassedOver > 0)
            _log.PassedOver(outcome.PassedOver, _services.Clock.Uptime);
        if (outcome.Failure is not { } failure)
        {
            // A read that succeeds does not end what keeps the check from succeeding.
            if (outcome.IsStartUp)
                _startUpError = null;
            _log.Succeeded();
            if (!_services.Cloud.IsOffline)
                Show(KeyState.Valid);
            return;
        }

        // Nothing was sent: nothing was learned.
        if (failure.Kind is CloudFailureKind.NoKey or CloudFailureKind.Suspended or CloudFailureKind.Offline)
            return;

        _services.Failures.OfCloud = new CloudFailureAt(failure, _services.Clock.Now.Utc);
        // One a cause: as long as it stays the same one it is not counted again, nor where it keeps the stream down and was counted so.
        if (outcome.IsStartUp && _startUpError != failure.Kind)
        {
            _startUpError = failure.Kind;
            if (!_streamErrors.Contains(failure.Kind))
                _services.Counters.InitializationErrors.Increment();
        }

        _log.Failed(failure, _services.Clock.Uptime, outcome.IsStartUp);
        if (failure.Kind == CloudFailureKind.InvalidKey)
            OnKeyRefused();
        else
            Show(_services.CloudStatus.Status.Key);
    }

    // The stream writes its log itself.
    private void OnStreamOutcome(UpdateSocketFault? fault)
    {
        if (fault is null)
        {
            _hasStreamBeenUp = true;
            _streamErrors.Clear();
            Show(KeyState.Valid);
            return;
        }

        if (!_hasStreamBeenUp && KindOf(fault.Value) is { } kind && _streamErrors.Add(kind) && _startUpError != kind)
            _services.Counters.InitializationErrors.Increment();
        if (fault == UpdateSocketFault.InvalidKey)
            OnKeyRefused();
    }

    private void OnKeyRefused()
    {
        Show(KeyState.Invalid);
        _keyCheck.Tell(CheckKeyAgain.Instance);
    }

    // It may belong to another environment: nothing that is known is certain. Whoever replaced it has told so.
    private void OnKeyReplaced()
    {
        _startUpError = null;
        _streamErrors.Clear();
        _services.Cache.ChangeSource();
        _services.CloudStatus.Status = new CloudStatus(KeyState.Unknown, WasAsked: false, _services.Clock.Uptime);
        _log.KeyReplaced();
        if (_keyCheck.IsNobody())
            _keyCheck = Context.ActorOf(KeyCheck.Props(_services), "key-check");
        else
            _keyCheck.Tell(CheckOtherKey.Instance);
        _stream.Tell(ConnectWithOtherKey.Instance);
    }

    // The same cause has the same name, whoever meets it.
    private static CloudFailureKind? KindOf(UpdateSocketFault fault) => fault switch
    {
        UpdateSocketFault.Network => CloudFailureKind.Network,
        UpdateSocketFault.Timeout => CloudFailureKind.Timeout,
        UpdateSocketFault.InvalidKey => CloudFailureKind.InvalidKey,
        UpdateSocketFault.TooLarge => CloudFailureKind.Unreadable,
        UpdateSocketFault.Closed => CloudFailureKind.Refused,
        _ => null,
    };

    private void Show(KeyState key)
    {
        var status = _services.CloudStatus.Status with { Key = key, WasAsked = true };
        if (_services.CloudStatus.Status != status)
            _services.CloudStatus.Status = status;
    }
}

/// <summary>Wiring of <see cref="CloudSupervisor"/>.</summary>
public static class CloudSupervisorSetup
{
    /// <summary>Starts the supervisor at <c>/user/cloud</c>.</summary>
    public static AkkaConfigurationBuilder AddCloudSupervisor(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.WithActors((system, registry) =>
            registry.Register<CloudSupervisor>(system.ActorOf(Props.Create(() => new CloudSupervisor(services)), "cloud")));
}
