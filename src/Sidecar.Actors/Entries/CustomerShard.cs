using Akka.Actor;
using Sidecar.Actors.Diagnostics;

namespace Sidecar.Actors.Entries;

/// <summary>
/// Customers' actors of this process: it starts each with the customer's first message, stops those that have nothing to do, and keeps what
/// comes for one that is stopping until it is known whether it or the next one takes it.
/// </summary>
/// <param name="recipe">The recipe of a customer's actor.</param>
public class CustomerShard(Props recipe) : UntypedActor
{
    /// <summary>Messages for one customer that may wait while its actor stops.</summary>
    public const int MaxBuffered = 1_000;

    private readonly Dictionary<string, Child> _byCustomer = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Child> _byActor = [];

    // Who asked for the end, and is told when no actor is left.
    private IActorRef? _finisher;

    /// <summary>Has all actors stopped, as <see cref="CustomerActor.Stop"/> says; answered with <see cref="Finished"/> when none is left.</summary>
    public sealed class Finish : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Finish Instance = new();
    }

    /// <summary>No actor is left, and none is started any more.</summary>
    public sealed class Finished : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Finished Instance = new();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ICustomerMessage customer:
                OnCustomer(customer, Sender);
                break;
            case CustomerActor.Idle when _byActor.TryGetValue(Sender, out var idle):
                // It may say so twice; one that has ended is told nothing more.
                if (!idle.IsStopping)
                    Stop(idle, CustomerActor.StopIfIdle.Instance);
                break;
            case CustomerActor.Busy:
                // At the end it stays told to stop.
                if (_finisher is null && _byActor.TryGetValue(Sender, out var busy))
                    OnBusy(busy);
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            case Finish:
                _finisher = Sender;
                foreach (var child in _byActor.Values)
                    Stop(child, CustomerActor.Stop.Instance);
                TellIfFinished();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Whether a message starts the customer's actor where there is none; else it is for nobody.</summary>
    /// <param name="message">The message.</param>
    protected virtual bool Starts(ICustomerMessage message) => true;

    /// <summary>The name of a customer's actor, unlike those of all others that live.</summary>
    /// <param name="customerId">The customer.</param>
    protected virtual string NameOf(string customerId) => Uri.EscapeDataString(CustomerShards.EntityOf(customerId));

    private static void Stop(Child child, object how)
    {
        child.IsStopping = true;
        child.Actor.Tell(how);
    }

    // What came in between is not made to wait for what it is busy with.
    private static void OnBusy(Child child)
    {
        child.IsStopping = false;
        if (child.HasMissed)
            child.Actor.Tell(new InvalidateAll(child.CustomerId));
        child.HasMissed = false;
        while (child.Buffered.TryDequeue(out var one))
            child.Actor.Tell(one.Message, one.Sender);
    }

    private void OnCustomer(ICustomerMessage message, IActorRef sender)
    {
        if (_byCustomer.TryGetValue(message.Key.CustomerId, out var child))
            Pass(message, sender, child);
        else if (message is Describe)
            sender.Tell(ActorDescription.None);
        else if (!Starts(message))
            return;
        else if (_finisher is null)
            Start(message.Key.CustomerId).Tell(message, sender);
        else
            Refuse(message, sender);
    }

    private void Pass(ICustomerMessage message, IActorRef sender, Child child)
    {
        if (!child.IsStopping)
            child.Actor.Tell(message, sender);
        else if (message is Describe)
            sender.Tell(ActorDescription.Ending);
        else if (_finisher is null && child.Buffered.Count < MaxBuffered)
            child.Buffered.Enqueue((message, sender));
        else
            RefuseTo(child, message, sender);
    }

    // Who brought it may have no other way to tell the actor, should that not end but be busy again.
    private static void RefuseTo(Child child, ICustomerMessage message, IActorRef sender)
    {
        child.HasMissed |= message is TakeNews or Invalidate or StoredChanged;
        Refuse(message, sender);
    }

    private IActorRef Start(string customerId)
    {
        var child = new Child(customerId, Context.Watch(Context.ActorOf(recipe, NameOf(customerId))));
        _byCustomer[customerId] = child;
        _byActor.Add(child.Actor, child);
        return child.Actor;
    }

    private static void Refuse(ICustomerMessage message, IActorRef sender)
    {
        object? answer = message switch
        {
            Question => CustomerAnswer.NothingKnown,
            Reload => ReloadAnswer.Failed,
            TakeNews => NewsTaken.Refused,
            _ => null,
        };
        if (answer is not null)
            sender.Tell(answer);
    }

    private void OnTerminated(IActorRef actor)
    {
        if (!_byActor.Remove(actor, out var ended))
            return;
        _byCustomer.Remove(ended.CustomerId);
        // It may have published what it knew once more.
        if (ended.HasMissed)
            OnCustomer(new InvalidateAll(ended.CustomerId), Self);
        // Before what came after it, and still stands in the mailbox.
        foreach (var (message, sender) in ended.Buffered)
            OnCustomer(message, sender);
        TellIfFinished();
    }

    private void TellIfFinished()
    {
        if (_byActor.Count == 0)
            _finisher?.Tell(Finished.Instance);
    }

    private sealed class Child(string customerId, IActorRef actor)
    {
        private Queue<(ICustomerMessage Message, IActorRef Sender)>? _buffered;

        public string CustomerId => customerId;

        public IActorRef Actor => actor;

        public bool IsStopping { get; set; }

        // Whether something was refused that would have changed what it knows.
        public bool HasMissed { get; set; }

        public Queue<(ICustomerMessage Message, IActorRef Sender)> Buffered => _buffered ??= new();
    }
}
