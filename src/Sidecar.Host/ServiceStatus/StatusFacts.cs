using Sidecar.Actors.Cloud;
using Sidecar.Actors.Redis;

namespace Sidecar.Host.ServiceStatus;

/// <summary>How the process stands at one moment. No id, no key, no address.</summary>
public sealed record StatusFacts
{
    /// <summary>The moment.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Time since the process's start.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>The build.</summary>
    public string Version { get; init; } = "";

    /// <summary>Why the service is not ready; empty where it is.</summary>
    public IReadOnlyList<string> NotReadyFor { get; init; } = [];

    /// <summary>Whether the process was told to end.</summary>
    public bool IsEnding { get; init; }

    /// <summary>Errors at the start, one a cause.</summary>
    public long StartErrors { get; init; }

    /// <summary>Whether nothing at all is asked of the cloud.</summary>
    public bool IsOffline { get; init; }

    /// <summary>What is known of the key.</summary>
    public KeyState Key { get; init; }

    /// <summary>Where entitlements are read.</summary>
    public CloudPath ReadPath { get; init; }

    /// <summary>The ways to the cloud on which reads are suspended.</summary>
    public IReadOnlyList<CloudPath> Suspended { get; init; } = [];

    /// <summary>How long the process stays cut off from the cloud on purpose; zero where it is not.</summary>
    public TimeSpan IsolatedFor { get; init; }

    /// <summary>Reads that wait for their turn.</summary>
    public long ReadsWaiting { get; init; }

    /// <summary>Whether the stream of updates is listened to.</summary>
    public bool IsStreamEnabled { get; init; }

    /// <summary>Whether it is up.</summary>
    public bool IsStreamUp { get; init; }

    /// <summary>Time since its last message; null before the first one.</summary>
    public TimeSpan? StreamAge { get; init; }

    /// <summary>
    /// How long it has been down, from its last sign of life or the start on; zero while it is up. What a connection that never comes up
    /// brings is none.
    /// </summary>
    public TimeSpan StreamDownFor { get; init; }

    /// <summary>Whether Redis is used.</summary>
    public bool IsRedisUsed { get; init; }

    /// <summary>Whether there is a connection to it.</summary>
    public bool IsRedisUp { get; init; }

    /// <summary>Whether loads from it, or saves, are suspended because it hangs.</summary>
    public bool IsRedisSuspended { get; init; }

    /// <summary>Why it does not do what it is asked, or null.</summary>
    public RedisFailureKind? RedisTrouble { get; init; }

    /// <summary>What the cache counts as used.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Its bound.</summary>
    public long CacheMaxBytes { get; init; }

    /// <summary>Customers in memory.</summary>
    public long Customers { get; init; }

    /// <summary>Entitlements in memory.</summary>
    public long Entitlements { get; init; }

    /// <summary>Whether this process is to be a node of a cluster.</summary>
    public bool IsClustered { get; init; }

    /// <summary>Members of the cluster that this node is in, itself included; 0 while it is in none.</summary>
    public long Members { get; init; }

    /// <summary>How many members there are to be at least.</summary>
    public long MembersExpected { get; init; }

    /// <summary>Shards that are on this node.</summary>
    public long Shards { get; init; }

    /// <summary>Leases of this node's entries that others hold.</summary>
    public long Leases { get; init; }

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>What was counted since the start.</summary>
    public StatusCounts Totals { get; init; } = StatusCounts.None;
}
