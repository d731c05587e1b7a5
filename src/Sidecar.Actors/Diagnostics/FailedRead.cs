using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>A read that brought nothing.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Failure">Why; its text holds no secret.</param>
/// <param name="At">When it ended.</param>
public sealed record FailedRead(EntryKey Key, CloudFailure Failure, DateTimeOffset At);
