using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace Sidecar.Actors;

/// <summary>
/// An address for replies that are no actor's business: what comes is handed to a delegate, on the thread of whoever sends it. It has no name
/// among the system's, which is what makes an Ask, or an actor for one reply, cost many times as much.
/// </summary>
/// <param name="near">The actor beside which it stands.</param>
/// <param name="take">Takes a reply; for any thread.</param>
[SuppressMessage("Design", "MA0097:A class that implements IComparable<T> or IComparable should override comparison operators", Justification = "it is the base class that is comparable")]
internal sealed class ReplyAddress(IActorRef near, Action<object> take) : MinimalActorRef
{
    /// <inheritdoc/>
    public override ActorPath Path => near.Path / "reply";

    /// <inheritdoc/>
    public override IActorRefProvider Provider => ((IInternalActorRef)near).Provider;

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender) => take(message);
}
