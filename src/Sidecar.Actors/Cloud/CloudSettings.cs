using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Cloud;

/// <summary>How the cloud is reached. Limits stand as constants beside what they limit.</summary>
public sealed record CloudSettings
{
    /// <summary>A read of entitlements ends after this time, retries included (the upstream contract: the documented latency guard).</summary>
    public static readonly TimeSpan ReadGuard = TimeSpan.FromSeconds(10);

    /// <summary>Any other request ends after this time.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A connection is up after this time or never.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Tries after the first one.</summary>
    public const int MaxReadRetries = 3;

    /// <summary>Reads under way at once.</summary>
    public const int MaxConcurrentReads = 64;

    /// <summary>Reads waiting for their turn; one more is refused at once.</summary>
    public const int MaxQueuedReads = 10_000;

    /// <summary>The largest body that is read, in bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>The environment's server key, or null: then nothing is sent.</summary>
    public Secret? ApiKey { get; init; }

    /// <summary>Base address of Edge.</summary>
    public required Uri EdgeUrl { get; init; }

    /// <summary>What this process tells about itself.</summary>
    public required ClientIdentity Identity { get; init; }
}
