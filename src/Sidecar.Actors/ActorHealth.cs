using Akka.Actor;

namespace Sidecar.Actors;

/// <summary>Tells whether the actor system works.</summary>
/// <param name="anyActor">An actor that lives as long as the system, once there is one.</param>
public sealed class ActorHealth(Func<CancellationToken, Task<IActorRef>> anyActor)
{
    /// <summary>The longest that an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>True where an actor answers in time.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var actor = await anyActor(limit.Token);
            var identity = await actor.Ask<ActorIdentity>(new Identify(null), limit.Token);
            return identity.Subject is not null;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is OperationCanceledException or AskTimeoutException)
        {
            return false;
        }
    }
}
