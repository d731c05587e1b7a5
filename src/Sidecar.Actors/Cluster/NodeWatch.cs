using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Sidecar.Actors.Cluster;

/// <summary>Sees who comes and goes in the cluster of one incarnation, and how that one stands itself.</summary>
internal sealed partial class NodeWatch : UntypedActor
{
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly HashSet<UniqueAddress> _members = [];
    private readonly Incarnation _incarnation;
    private readonly ClusterMetrics _metrics;
    private readonly ILogger _log;
    private bool _isEnding;

    /// <summary>Makes the watch.</summary>
    /// <param name="incarnation">Told how it stands.</param>
    /// <param name="services">What all actors share.</param>
    public NodeWatch(Incarnation incarnation, ActorServices services)
    {
        _incarnation = incarnation;
        _metrics = services.Counters.Cluster;
        _log = services.Log.CreateLogger<NodeWatch>();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _metrics.Members.Value = 0;
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                OnRemoved(removed.Member);
                break;
            case ClusterEvent.IMemberEvent change:
                OnChange(change.Member);
                break;
            case ThisActorSystemQuarantinedEvent quarantined:
                Log.ShutOut(_log, quarantined.RemoteAddress);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnChange(Member member)
    {
        var isSelf = member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);
        if (member.Status is MemberStatus.Up or MemberStatus.WeaklyUp)
        {
            if (_members.Add(member.UniqueAddress) && !isSelf)
                Log.Joined(_log, member.Address);
            _metrics.Members.Value = _members.Count;
            if (isSelf)
                _incarnation.BecomeUp();
        }
        else if (isSelf && member.Status is not MemberStatus.Joining)
        {
            OnEnd(isExiting: member.Status is not MemberStatus.Leaving);
        }
    }

    // Who leaves sees everybody go.
    private void OnRemoved(Member member)
    {
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
            OnEnd(isExiting: true);
        if (!_members.Remove(member.UniqueAddress) || _isEnding)
            return;
        _metrics.Members.Value = _members.Count;
        Log.Left(_log, member.Address);
    }

    private void OnEnd(bool isExiting)
    {
        _isEnding = true;
        _incarnation.BecomeGone();
        if (isExiting)
            _incarnation.BecomeExiting();
    }

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Information, "node {Address} has joined")]
        public static partial void Joined(ILogger logger, Address address);

        [LoggerMessage(621, LogLevel.Information, "node {Address} is no member any more")]
        public static partial void Left(ILogger logger, Address address);

        [LoggerMessage(622, LogLevel.Warning, "node {Address} has shut this node's actor system out for good: it gave this node up meanwhile")]
        public static partial void ShutOut(ILogger logger, Address address);
    }
}
