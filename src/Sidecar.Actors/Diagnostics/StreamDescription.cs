using Akka.Actor;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Asks the cloud's supervisor how the stream of updates stands; answered by <see cref="StreamDescription"/>.</summary>
public sealed class DescribeStream : INoSerializationVerificationNeeded
{
    /// <summary>The one instance.</summary>
    public static readonly DescribeStream Instance = new();
}

/// <summary>How the stream of updates stands, as its owner knows it.</summary>
/// <param name="FailuresInARow">Tries that failed since it was last up for a while.</param>
/// <param name="Fault">Why the last connection, or try, ended; null where none did.</param>
/// <param name="Detail">What exactly happened; it holds no secret.</param>
/// <param name="EndedAt">When.</param>
public sealed record StreamDescription(int FailuresInARow, UpdateSocketFault? Fault = null, string Detail = "", DateTimeOffset? EndedAt = null)
    : INoSerializationVerificationNeeded
{
    /// <summary>There is no stream.</summary>
    public static readonly StreamDescription None = new(0);
}

/// <summary>Has the stream's connection ended and another one made at once; answered by <see cref="ReconnectAnswer"/>.</summary>
public sealed class ReconnectStream : INoSerializationVerificationNeeded
{
    /// <summary>The one instance.</summary>
    public static readonly ReconnectStream Instance = new();
}

/// <summary>What became of it.</summary>
/// <param name="Refusal">Why it was not done, or null.</param>
public sealed record ReconnectAnswer(string? Refusal = null) : INoSerializationVerificationNeeded;
