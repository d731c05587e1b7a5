using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Owns all that talks to the cloud and knows how it stands. Each child starts on its own; one that fails is restarted with backoff,
/// and nothing above it falls. Reads reach the fetcher through this actor, so that nobody needs to know who does them.
/// </summary>
public sealed class CloudSupervisor : UntypedActor
{
    private readonly ActorServices _services;
    private readonly CloudLog _log;
    private IActorRef _fetcher = ActorRefs.Nobody;
    private IActorRef _keyCheck = ActorRefs.Nobody;
    private CloudFailureKind? _startUpError;

    /// <summary>Makes the supervisor.</summary>
    public CloudSupervisor(ActorServices services)
    {
        _services = services;
        _log = new CloudLog(services.Log.CreateLogger<CloudSupervisor>());
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _fetcher = Context.ActorOf(EntitlementFetcher.Props(_services), "fetcher");
        if (_services.HasApiKey)
        {
            _keyCheck = Context.ActorOf(KeyCheck.Props(_services), "key-check");
            return;
        }

        _services.Counters.InitializationErrors.Increment();
        _services.CloudStatus.Status = new CloudStatus(KeyState.Missing);
        _log.NoKey();
    }

    /// <inheritdoc/>
    // A child restarts at once, keeping its mailbox, and pauses before it works: see RestartPause.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadEntry read:
                _fetcher.Tell(read);
                break;
            case CloudOutcome outcome:
                OnOutcome(outcome);
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
            _startUpError = null;
            _log.Succeeded();
            Show(KeyState.Valid);
            return;
        }

        if (failure.Kind == CloudFailureKind.NoKey)
            return;

        // One a cause: as long as it stays the same one it is not counted again.
        if (outcome.IsStartUp && _startUpError != failure.Kind)
        {
            _startUpError = failure.Kind;
            _services.Counters.InitializationErrors.Increment();
        }

        _log.Failed(failure, _services.Clock.Uptime);
        if (failure.Kind == CloudFailureKind.InvalidKey)
        {
            Show(KeyState.Invalid);
            _keyCheck.Tell(CheckKeyAgain.Instance);
        }
    }

    private void Show(KeyState key)
    {
        if (_services.CloudStatus.Status.Key != key)
            _services.CloudStatus.Status = new CloudStatus(key);
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
