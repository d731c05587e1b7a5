using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>Asks the cloud's supervisor for one read; answered by exactly one <see cref="EntryRead"/>.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Number">The asker's number of the read.</param>
/// <param name="Deadline">When the read has to have ended, on the monotonic clock.</param>
/// <param name="ReplyTo">Who gets the result.</param>
/// <param name="Path">The way to read.</param>
/// <param name="IsFirst">Whether nothing is known of the entry: such reads come before others.</param>
/// <param name="IsAwaited">Whether somebody waits for it, or may.</param>
public sealed record ReadEntry(
    EntryKey Key, long Number, TimeSpan Deadline, IActorRef ReplyTo, CloudPath Path = CloudPath.Edge, bool IsFirst = true, bool IsAwaited = true)
    : INoSerializationVerificationNeeded;

/// <summary>Says that somebody waits by now for a read that nobody waited for at its start. Not answered.</summary>
/// <param name="Number">The asker's number of the read.</param>
/// <param name="ReplyTo">Who gets the result.</param>
public sealed record ReadIsAwaited(long Number, IActorRef ReplyTo) : INoSerializationVerificationNeeded;

/// <summary>A read's result.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Number">The asker's number of the read.</param>
/// <param name="Result">What it brought.</param>
public sealed record EntryRead(EntryKey Key, long Number, CloudRead Result) : INoSerializationVerificationNeeded;

/// <summary>What a child of the supervisor learned of the cloud: a failure, or null for a success.</summary>
/// <param name="Failure">The failure, or null.</param>
/// <param name="IsStartUp">True for the check of the key, whose failure is a start-up error.</param>
/// <param name="PassedOver">Entitlements in the answer that could not be read.</param>
internal sealed record CloudOutcome(CloudFailure? Failure, bool IsStartUp, int PassedOver = 0) : INoSerializationVerificationNeeded;

/// <summary>Says that reads on a path are suspended, or no more.</summary>
/// <param name="Path">The path.</param>
/// <param name="IsSuspended">Whether they are.</param>
internal sealed record PathSuspended(CloudPath Path, bool IsSuspended) : INoSerializationVerificationNeeded;

/// <summary>Asks for a check at once: another key is in force.</summary>
internal sealed class CheckOtherKey : INoSerializationVerificationNeeded
{
    public static readonly CheckOtherKey Instance = new();
}

/// <summary>Asks for another check of the key: the cloud refused it.</summary>
internal sealed class CheckKeyAgain : INoSerializationVerificationNeeded
{
    public static readonly CheckKeyAgain Instance = new();
}
