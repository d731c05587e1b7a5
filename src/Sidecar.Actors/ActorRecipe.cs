using Akka.Actor;

namespace Sidecar.Actors;

/// <summary>
/// Props of actors that are made all the time, one for a customer or a load. <see cref="Props.Create{TActor}(System.Linq.Expressions.Expression{Func{TActor}}, SupervisorStrategy)"/>
/// compiles each argument of the expression at every call, which takes some hundred microseconds.
/// </summary>
internal static class ActorRecipe
{
    /// <summary>Props that make the actor by a delegate.</summary>
    /// <param name="make">Makes a new one at each start, and at each restart.</param>
    public static Props Of<TActor>(Func<TActor> make)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(make));

    private sealed class Producer<TActor>(Func<TActor> make) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
