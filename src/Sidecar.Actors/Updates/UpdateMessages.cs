using Akka.Actor;

namespace Sidecar.Actors.Updates;

/// <summary>What the stream tells the cloud's supervisor: a connection came up, or one, or a try to make one, ended.</summary>
/// <param name="Key">The key that it was made with: of another one it says nothing.</param>
/// <param name="Fault">Why it ended, or null where it came up.</param>
/// <param name="Detail">What exactly happened.</param>
internal sealed record StreamOutcome(Secret Key, UpdateSocketFault? Fault, string Detail) : INoSerializationVerificationNeeded;

/// <summary>Tells the stream that another key is in force.</summary>
internal sealed class ConnectWithOtherKey : INoSerializationVerificationNeeded
{
    public static readonly ConnectWithOtherKey Instance = new();
}

/// <summary>A connection is up.</summary>
/// <param name="Number">Its number.</param>
internal sealed record ConnectionUp(long Number) : INoSerializationVerificationNeeded;

/// <summary>A connection ended, or the try to make one.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Fault">Why.</param>
/// <param name="Detail">What exactly happened; holds no secret and nothing of a message.</param>
internal sealed record ConnectionEnded(long Number, UpdateSocketFault Fault, string Detail) : INoSerializationVerificationNeeded;

/// <summary>Messages came that can't be read.</summary>
/// <param name="Count">How many, since a connection last told.</param>
/// <param name="Fault">What is wrong with the last one.</param>
internal sealed record MessagesUnreadable(long Count, string Fault) : INoSerializationVerificationNeeded;
