using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// The customers' actors of this node alone, for those whose one actor in the cluster does not answer. As the shards do for theirs, it starts
/// them with their first message, and stops those that have nothing to do.
/// </summary>
/// <param name="recipe">The recipe of a stand-in.</param>
public sealed class StandIns(Props recipe) : UntypedActor
{
    /// <summary>Messages for one customer that may wait while its actor stops.</summary>
    public const int MaxBuffered = 1_000;

    private readonly Dictionary<string, Child> _byCustomer = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Child> _byActor = [];
    private long _started;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Invalidate or StoredChanged:
                Pass((ICustomerMessage)message, ChildOf((ICustomerMessage)message));
                break;
            case ICustomerMessage customer:
                Pass(customer, ChildOf(customer) ?? Start(customer.Key.CustomerId));
                break;
            case Passivate passivate when _byActor.TryGetValue(Sender, out var idle):
                idle.IsStopping = true;
                Sender.Tell(passivate.StopMessage);
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private Child? ChildOf(ICustomerMessage message) => _byCustomer.GetValueOrDefault(message.Key.CustomerId);

    private Child Start(string customerId)
    {
        // A number: an id may be no name, or one with a meaning of its own.
        var actor = Context.Watch(Context.ActorOf(recipe, (++_started).ToString(CultureInfo.InvariantCulture)));
        var child = new Child(customerId, actor);
        _byCustomer[customerId] = child;
        _byActor.Add(actor, child);
        return child;
    }

    private void Pass(ICustomerMessage message, Child? child)
    {
        if (child is null)
            return;
        if (!child.IsStopping)
            child.Actor.Forward(message);
        else if (child.Buffered.Count < MaxBuffered)
            child.Buffered.Enqueue((message, Sender));
        else
            Refuse(message);
    }

    private void Refuse(ICustomerMessage message)
    {
        object? answer = message switch
        {
            Question => CustomerAnswer.NothingKnown,
            Reload => ReloadAnswer.Failed,
            TakeNews => new NewsTaken(NewsOutcome.Lost),
            _ => null,
        };
        if (answer is not null)
            Sender.Tell(answer);
    }

    private void OnTerminated(IActorRef actor)
    {
        if (!_byActor.Remove(actor, out var ended))
            return;
        _byCustomer.Remove(ended.CustomerId);
        foreach (var (message, sender) in ended.Buffered)
            Self.Tell(message, sender);
    }

    private sealed class Child(string customerId, IActorRef actor)
    {
        public string CustomerId => customerId;

        public IActorRef Actor => actor;

        public bool IsStopping { get; set; }

        public Queue<(ICustomerMessage Message, IActorRef Sender)> Buffered { get; } = new();
    }
}

/// <summary>Wiring of <see cref="StandIns"/>.</summary>
public static class StandInsSetup
{
    /// <summary>Starts the stand-ins' parent at <c>/user/stand-ins</c>. After the cloud's supervisor, whom they ask.</summary>
    public static AkkaConfigurationBuilder AddStandIns(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.WithActors((system, registry) =>
        {
            var store = Persistence.Instance.Apply(system).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
            var recipe = CustomerActor.Props(services, registry.Get<CloudSupervisor>(), store, new CustomerRole.StandIn());
            registry.Register<StandIns>(system.ActorOf(ActorRecipe.Of(() => new StandIns(recipe)), "stand-ins"));
        });
}
