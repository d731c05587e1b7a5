using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <content>What the keeper is told, by others and by itself.</content>
public sealed partial class RedisKeeper
{
    /// <summary>An entry is owed to Redis.</summary>
    /// <param name="Key">The entry.</param>
    public sealed record Owed(EntryKey Key) : INoSerializationVerificationNeeded;

    /// <summary>An entry is in memory again that was not when all was written anew.</summary>
    /// <param name="Key">The entry.</param>
    public sealed record PassedOver(EntryKey Key) : INoSerializationVerificationNeeded;

    /// <summary>The connection is up again.</summary>
    public sealed class LookNow : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly LookNow Instance = new();
    }

    /// <summary>What Redis held is gone, or may be: another server process answers, or it was told to forget everything.</summary>
    public sealed class Lost : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Lost Instance = new();
    }

    /// <summary>The process ends: what is owed is written now, as long as Redis takes it. Answered with <see cref="Finished"/>.</summary>
    public sealed class Finish : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Finish Instance = new();
    }

    /// <summary>Nothing more will be written.</summary>
    /// <param name="Left">Entries that are still owed.</param>
    public sealed record Finished(int Left) : INoSerializationVerificationNeeded;

    private sealed record Paid(EntryKey Key, EntitlementState State, bool IsOwed, bool IsDone) : INoSerializationVerificationNeeded;

    private sealed record Looked(int Asked, int? Found) : INoSerializationVerificationNeeded;

    private sealed class Ticked : INoSerializationVerificationNeeded
    {
        public static readonly Ticked Instance = new();
    }
}
