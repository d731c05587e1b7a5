using Akka.Actor;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Asks the shards of a process by itself how many customers' actors are at work; answered by <see cref="ActorsCounted"/>.</summary>
public sealed class CountActors : INoSerializationVerificationNeeded
{
    /// <summary>The one instance.</summary>
    public static readonly CountActors Instance = new();
}

/// <summary>How many customers' actors are at work.</summary>
/// <param name="ByShard">By the number of the shard, of those that were ever asked for.</param>
public sealed record ActorsCounted(IReadOnlyDictionary<int, int> ByShard) : INoSerializationVerificationNeeded;
