using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Several nodes in one process, in virtual time: caches, desks, owners and stand-ins of their own, and references for a network.</summary>
public abstract class NodesSpecs : ActorSpecs
{
    /// <summary>What the cloud says now.</summary>
    internal Func<EntryKey, EntitlementState?> Cloud { get; set; } = key => States.Granting(key.CustomerId);

    /// <summary>What it was asked.</summary>
    internal ConcurrentQueue<EntryKey> Reads { get; } = [];

    /// <summary>While it is set, reads are kept here and not answered.</summary>
    internal ConcurrentQueue<ReadEntry>? Held { get; set; }

    /// <summary>The nodes.</summary>
    internal List<Node> Nodes { get; } = [];

    /// <summary>The node of each shard; set where it moves.</summary>
    internal ConcurrentDictionary<int, Node> Owners { get; } = [];

    /// <summary>Starts nodes, and spreads the shards over them.</summary>
    internal void Start(int nodes)
    {
        for (var i = 0; i < nodes; i++)
            Nodes.Add(new Node(this, i));
        for (var shard = 0; shard < CustomerShards.Count; shard++)
            Owners[shard] = Nodes[shard % nodes];
        Pass(LeaseDesk.TickInterval);
    }

    /// <summary>Lets time pass.</summary>
    internal void Pass(TimeSpan time) => Advance(time, [.. Nodes.Select(n => n.Desk), .. Nodes.Select(n => n.StandIns)]);

    /// <summary>Waits until the actors have done what they were told.</summary>
    internal void SettleAll()
    {
        for (var round = 0; round < 3; round++)
        {
            foreach (var node in Nodes)
            {
                Settle(node.Region);
                Settle(node.OwnActors);
                foreach (var customer in ((ActorRefWithCell)node.OwnActors).Children)
                    Settle(customer);
                Settle(node.Desk);
                Settle(node.StandIns);
            }
        }
    }

    /// <summary>A customer whose shard belongs to a node.</summary>
    internal EntryKey CustomerOf(int node) => Enumerable.Range(0, 1_000).Select(i => new EntryKey($"customer-{i}"))
        .First(key => Owners[ShardWatch.Of(key.CustomerId)] == Nodes[node]);

    private IActorRef NewCloud() => Sys.ActorOf(Props.Create(() => new ScriptedCloud(this)));

    /// <summary>One node.</summary>
    internal sealed class Node : INodeSeats
    {
        public Node(NodesSpecs specs, int number)
        {
            Services = specs.NewServices(ScriptedHandler.Hanging()) with { Snapshots = null };
            Self = new OwnerId($"akka.tcp://sidecar@10.0.0.{number + 1}:5054", number);
            Views = new LeasedViews(Services);
            var cloud = specs.NewCloud();
            var store = specs.Sys.DeadLetters;
            Region = specs.Sys.ActorOf(Props.Create(() => new FakeRegion(specs, this)));
            Desk = specs.Sys.ActorOf(Props.Create(() => new LeaseDesk(Services, Views, Self, () => Region, false, LeaseLedger.MaxLeases)));
            var owner = CustomerActor.Props(Services, cloud, store, new CustomerRole.Owner(Self, Desk));
            OwnActors = specs.Sys.ActorOf(Props.Create(() => new CustomerShard(owner)));
            var standIn = CustomerActor.Props(Services, cloud, store, new CustomerRole.StandIn());
            StandIns = specs.Sys.ActorOf(Props.Create(() => new StandIns(standIn)));
            Now = new NodeSeat(Self, Region, Desk);
            Road = new ClusterRoad(Services, Views, this, _ => Task.FromResult(StandIns));
            Customers = new Customers(Services, Road);
        }

        public ActorServices Services { get; }

        public OwnerId Self { get; }

        public LeasedViews Views { get; }

        public IActorRef Region { get; }

        public IActorRef Desk { get; }

        public IActorRef OwnActors { get; }

        public IActorRef StandIns { get; }

        public ClusterRoad Road { get; }

        public Customers Customers { get; }

        public NodeSeat? Now { get; set; }

        /// <summary>Whether what is sent to it, and what it sends, is lost.</summary>
        public bool IsCutOff { get; set; }

        /// <summary>While it is set, what this node sends to owners is kept here.</summary>
        public ConcurrentQueue<(ICustomerMessage Message, IActorRef Sender)>? Underway { get; set; }

        public EntitlementView? ViewOf(EntryKey key) => Services.Cache.Find(key.CustomerId)?.Find(key.ResourceId);

        /// <summary>Has what was kept arrive.</summary>
        public void Deliver()
        {
            var underway = Underway!;
            Underway = null;
            foreach (var (message, sender) in underway)
                Region.Tell(message, sender);
        }

        /// <summary>Asks as the service does: the cache, then the road.</summary>
        public Task<Found> AskAsync(EntryKey key) => Customers.TryFind(key, Services.Clock.Now, out var found)
            ? Task.FromResult(found)
            : Customers.AskAsync(key, CancellationToken.None);

        public Freshness? Judge(EntryKey key) => ViewOf(key) is { } view
            ? Services.Freshness.Judge(view, Services.Clock.Now, Services.Cache.Stream, Services.Cache.NodeEpoch)
            : null;
    }

    // Finds the owner's actors on whichever node.
    private sealed class FakeRegion(NodesSpecs specs, Node node) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case GetShardRegionStats:
                    Sender.Tell(new ShardRegionStats(
                        specs.Owners.Where(o => o.Value == node).ToImmutableDictionary(o => o.Key.ToString(CultureInfo.InvariantCulture), _ => 0),
                        ImmutableHashSet<string>.Empty));
                    break;
                case ICustomerMessage customer when node.Underway is { } underway:
                    underway.Enqueue((customer, Sender));
                    break;
                case ICustomerMessage customer:
                    var owner = specs.Owners[ShardWatch.Of(customer.Key.CustomerId)];
                    if (owner == node || (!owner.IsCutOff && !node.IsCutOff))
                        owner.OwnActors.Forward(message);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }

    private sealed class ScriptedCloud(NodesSpecs specs) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not ReadEntry read)
            {
                Unhandled(message);
                return;
            }

            specs.Reads.Enqueue(read.Key);
            if (specs.Held is { } held)
                held.Enqueue(read);
            else
                specs.Answer(read);
        }
    }

    /// <summary>Answers a read.</summary>
    internal void Answer(ReadEntry read) => read.ReplyTo.Tell(
        new EntryRead(
            read.Key,
            read.Number,
            Cloud(read.Key) is { } state ? new CloudRead(state, null) : CloudRead.Failed(CloudFailureKind.Network, "unplugged")),
        ActorRefs.NoSender);
}
