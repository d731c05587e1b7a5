using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Sidecar.Actors.Cluster;

/// <summary>Hands the downing what it works with.</summary>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed class PatientDowningSetup(TimeProvider time, ILoggerFactory log) : Setup
{
    /// <summary>The source of time.</summary>
    public TimeProvider Time => time;

    /// <summary>The log.</summary>
    public ILoggerFactory Log => log;
}

/// <summary>
/// Has nodes that this one can't reach for a while removed from the cluster, and never the own side: a node that is alone answers by itself,
/// and two clusters become one again. The cluster makes it by its name, with just these parameters.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="cluster">Its cluster.</param>
public sealed class PatientDowning(ActorSystem system, AkkaCluster cluster) : IDowningProvider
{
    /// <inheritdoc/>
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    /// <inheritdoc/>
    public Props DowningActorProps
    {
        get
        {
            var setup = system.Settings.Setup.Get<PatientDowningSetup>().Value;
            return Props.Create(() => new PatientDowner(cluster, setup));
        }
    }
}

/// <summary>Every node decides for itself: to remove one twice does no harm.</summary>
internal sealed partial class PatientDowner : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly AkkaCluster _cluster;
    private readonly UnreachableNodes<UniqueAddress> _unreachable;
    private readonly ILogger _log;

    public PatientDowner(AkkaCluster cluster, PatientDowningSetup setup)
    {
        _cluster = cluster;
        _unreachable = new UnreachableNodes<UniqueAddress>(Interval, setup.Time);
        _log = setup.Log.CreateLogger<PatientDowning>();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed class Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Interval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                Look();
                break;
            case ClusterEvent.UnreachableMember gone:
                _unreachable.Add(gone.Member.UniqueAddress);
                break;
            case ClusterEvent.ReachableMember back:
                _unreachable.Remove(back.Member.UniqueAddress);
                break;
            case ClusterEvent.MemberRemoved removed:
                _unreachable.Remove(removed.Member.UniqueAddress);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Look()
    {
        var lost = _unreachable.Look(IsHeard, _cluster.State.Members.Count, out var stoodStill);
        if (stoodStill > TimeSpan.Zero)
            Log.StoodStill(_log, stoodStill);
        foreach (var node in lost)
        {
            Log.GivenUp(_log, node.Address);
            _cluster.Down(node.Address);
        }
    }

    // In a large cluster a node watches some of the others alone, and takes the others' word for the rest.
    private bool IsHeard(UniqueAddress node) =>
        _cluster.FailureDetector.IsMonitoring(node.Address) && _cluster.FailureDetector.IsAvailable(node.Address);

    private static partial class Log
    {
        [LoggerMessage(630, LogLevel.Warning, "node {Address} is out of reach and given up")]
        public static partial void GivenUp(ILogger logger, Address address);

        [LoggerMessage(631, LogLevel.Warning, "this process stood still for {Time}: no node is given up for that")]
        public static partial void StoodStill(ILogger logger, TimeSpan time);
    }
}

/// <summary>Wiring of <see cref="PatientDowning"/>.</summary>
public static class PatientDowningWiring
{
    /// <summary>Lets it decide whom the cluster removes. After the clustering, which brings one of its own.</summary>
    public static AkkaConfigurationBuilder AddPatientDowning(this AkkaConfigurationBuilder builder, ActorServices services) => builder
        .AddHocon("akka.cluster.downing-provider-class = \"Sidecar.Actors.Cluster.PatientDowning, Sidecar.Actors\"", HoconAddMode.Prepend)
        .AddSetup(new PatientDowningSetup(services.Clock.Time, services.Log));
}
