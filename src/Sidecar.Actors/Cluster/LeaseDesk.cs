using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// Speaks for this node with the others. It takes what owners answer and tell into this node's cache, and completes what waits for it; and it
/// keeps the leases that this node has granted. One an incarnation: with its end nothing that was granted to this node is followed any more.
/// </summary>
public sealed partial class LeaseDesk : UntypedActor, IWithTimers
{
    /// <summary>How often leases, and the shards that this node owns, are looked at.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>How many customers, or leases, are looked at in one go where all are.</summary>
    public const int PieceSize = 10_000;

    private readonly ActorServices _services;
    private readonly LeasedViews _views;
    private readonly OwnerId _self;
    private readonly Func<IActorRef?> _region;
    private readonly bool _isInCluster;
    private readonly ILogger _log;
    private readonly Action<CustomerViews> _onRemoved;

    // Of others: who granted what this node holds. An object a node, until it is lost.
    private readonly Dictionary<OwnerId, LeaseOwner> _owners = [];

    // Of this node: to whom it granted, and how they are reached.
    private readonly LeaseLedger _ledger;
    private readonly LeaseMetrics _metrics;
    private readonly Dictionary<OwnerId, IActorRef> _holders = [];
    private long _charged;
    private long _nodeEpoch;
    private bool _hasSeenShards;

    // What is done in pieces, and whether the next one is due.
    private IEnumerator<int>? _left;
    private IEnumerator<int>? _allEnd;
    private bool _hasMore;

    /// <summary>Makes the desk of an incarnation.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="views">What this node holds of others.</param>
    /// <param name="self">This incarnation.</param>
    /// <param name="region">The shard region, or null while there is none.</param>
    /// <param name="isInCluster">Whether to follow who is lost; false where somebody tells by <see cref="NodeLost"/>.</param>
    /// <param name="maxLeases">The most leases granted at once.</param>
    public LeaseDesk(
        ActorServices services,
        LeasedViews views,
        OwnerId self,
        Func<IActorRef?> region,
        bool isInCluster,
        int maxLeases = LeaseLedger.MaxLeases)
    {
        _services = services;
        _views = views;
        _self = self;
        _region = region;
        _isInCluster = isInCluster;
        _metrics = services.Counters.Cluster.Leases;
        _ledger = new LeaseLedger(maxLeases, _metrics);
        _log = services.Log.CreateLogger<LeaseDesk>();
        var desk = Self;
        _onRemoved = removed =>
        {
            // What is held of others concerns no holder.
            if (removed.Own is null or { Lease: null })
                desk.Tell(new Evicted(removed), ActorRefs.NoSender);
        };
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Evicted(CustomerViews Views) : INoSerializationVerificationNeeded;

    private sealed class Piece : INoSerializationVerificationNeeded
    {
        public static readonly Piece Instance = new();
    }

    private sealed class Ticked : INoSerializationVerificationNeeded
    {
        public static readonly Ticked Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _nodeEpoch = _services.Cache.NodeEpoch;
        _services.Cache.Removed = _onRemoved;
        Timers.StartPeriodicTimer(Ticked.Instance, Ticked.Instance, TickInterval);
        if (_isInCluster)
        {
            Akka.Cluster.Cluster.Get(Context.System).Subscribe(
                Self,
                ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
                typeof(ClusterEvent.UnreachableMember),
                typeof(ClusterEvent.MemberLeft),
                typeof(ClusterEvent.MemberExited),
                typeof(ClusterEvent.MemberDowned),
                typeof(ClusterEvent.MemberRemoved));
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        // The next incarnation's may stand there already.
        if (_services.Cache.Removed == _onRemoved)
            _services.Cache.Removed = null;
        if (_isInCluster)
            Akka.Cluster.Cluster.Get(Context.System).Unsubscribe(Self);
        foreach (var owner in _owners.Values)
            owner.Lose();
        _views.Shards.Own([]);
        _services.Cache.Charge(-_charged);
        _metrics.Held.Value = 0;
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case EntryGranted granted:
                OnGranted(granted);
                break;
            case OwnerReads reads:
                OnOwnerIsThere(reads.Id)?.TakeSign();
                break;
            case NewsBrought brought:
                OnOwnerIsThere(brought.Id)?.Take(brought);
                break;
            case OwnerReloaded reloaded:
                OnOwnerIsThere(reloaded.Id)?.Take(reloaded);
                break;
            case PushLease push:
                Sender.Tell(new LeasePushed(push.Push, _owners.TryGetValue(push.Owner, out var pusher) && _views.Take(pusher, push.Entry)), Self);
                break;
            case RevokeLease revoke:
                _views.Revoke(_owners.GetValueOrDefault(revoke.Owner), revoke.Key);
                Sender.Tell(new LeasePushed(revoke.Push, IsHeld: false), Self);
                break;
            case ClusterEvent.UnreachableMember unreachable:
                OnLost(IdOf(unreachable.Member), isGone: false);
                break;
            case ClusterEvent.MemberRemoved removed:
                OnLost(IdOf(removed.Member), isGone: true);
                break;
            case ClusterEvent.IMemberEvent leaving:
                OnLost(IdOf(leaving.Member), isGone: false);
                break;
            case NodeLost lost:
                OnLost(lost.Node, isGone: true);
                break;
            default:
                OnOwnersMessage(message);
                break;
        }
    }

    private static OwnerId IdOf(Member member) => new(member.UniqueAddress.Address.ToString(), member.UniqueAddress.Uid);

    private OwnerQuestion? OnOwnerIsThere(long id)
    {
        var question = _views.Questions.Find(id);
        if (question is not null)
            _views.Shards.Answered(ShardWatch.Of(question.Key.CustomerId));
        return question;
    }

    private void OnGranted(EntryGranted granted)
    {
        if (OnOwnerIsThere(granted.Id) is not { } question)
            return;
        // One that is longer than any of this release's would outlive what its owner is known to remember.
        var length = granted.Lease < Lease.Usual ? granted.Lease : Lease.Usual;
        if (granted.Owner != _self && length > TimeSpan.Zero)
        {
            if (!_owners.TryGetValue(granted.Owner, out var owner))
                _owners.Add(granted.Owner, owner = new LeaseOwner(granted.Owner.Address));
            // The customer's own first: a resource's rests on it.
            if (granted.Customer is { } customer)
                _views.Take(question, owner, customer, length);
            if (granted.Entry is { } entry)
                _views.Take(question, owner, entry, length);
        }

        question.Take(granted);
    }

    private void OnLost(OwnerId node, bool isGone)
    {
        if (_owners.Remove(node, out var owner))
        {
            owner.Lose();
            Log.Lost(_log, node);
        }

        // One that can't be reached may be back, and be owed what it missed: unacknowledged, that ends its leases.
        if (!isGone || !_holders.Remove(node))
            return;
        _ledger.Forget(node);
        Charge();
    }

    private static partial class Log
    {
        [LoggerMessage(640, LogLevel.Information, "node {Node} is lost, or leaves: what is held of it is asked for anew")]
        public static partial void Lost(ILogger logger, OwnerId node);
    }
}

/// <summary>Wiring of <see cref="LeaseDesk"/>.</summary>
public static class LeaseDeskSetup
{
    /// <summary>Starts the desk at <c>/user/leases</c>. Before the customers, who grant by it.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What all actors share.</param>
    /// <param name="views">What this node holds of others.</param>
    public static AkkaConfigurationBuilder AddLeaseDesk(this AkkaConfigurationBuilder builder, ActorServices services, LeasedViews views) =>
        builder.WithActors((system, registry) =>
        {
            var self = SelfOf(system);
            registry.Register<LeaseDesk>(system.ActorOf(
                ActorRecipe.Of(() => new LeaseDesk(services, views, self, () => registry.TryGet<CustomerActor>(out var region) ? region : null, isInCluster: true)),
                "leases"));
        });

    /// <summary>The incarnation that an actor system of a cluster is.</summary>
    public static OwnerId SelfOf(ActorSystem system)
    {
        var unique = Akka.Cluster.Cluster.Get(system).SelfUniqueAddress;
        return new OwnerId(unique.Address.ToString(), unique.Uid);
    }
}
