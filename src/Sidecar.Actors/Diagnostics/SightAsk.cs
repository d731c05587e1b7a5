using Akka.Actor;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Asks an actor from beside the actors.</summary>
internal static class SightAsk
{
    /// <summary>Asks.</summary>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public static Task<TAnswer> AskAsync<TAnswer>(IActorRef actor, object message, TimeSpan patience, TimeProvider time)
        where TAnswer : class
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        actor.Tell(message, new ReplyAddress(actor, reply => _ = reply is TAnswer told && answer.TrySetResult(told)));
        return answer.Task.WaitAsync(patience, time);
    }
}
