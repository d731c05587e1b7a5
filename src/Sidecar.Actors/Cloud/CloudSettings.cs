using Sidecar.Actors.Tracing;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Cloud;

/// <summary>How the cloud is reached. Limits stand as constants beside what they limit.</summary>
public sealed record CloudSettings
{
    /// <summary>A read of entitlements ends after this time, retries included (the upstream contract: the documented latency guard).</summary>
    public static readonly TimeSpan ReadGuard = TimeSpan.FromSeconds(10);

    /// <summary>Any other request ends after this time.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    /// <summary>One try of a read ends after this time: a cloud that takes longer is taken for a hanging one.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A try that the guard ends before this time says nothing of the cloud.</summary>
    public static readonly TimeSpan ShortestTelling = TimeSpan.FromSeconds(1);

    /// <summary>A connection is up after this time or never.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Tries of a read from Edge after the first one (the upstream contract).</summary>
    public const int MaxEdgeRetries = 3;

    /// <summary>Tries of a query to the API after the first one (the upstream contract: up to five attempts).</summary>
    public const int MaxApiRetries = 4;

    /// <summary>Default of <see cref="MaxRequestsPerSecond"/>.</summary>
    public const int DefaultMaxRequestsPerSecond = 500;

    /// <summary>Reads under way at once: enough for the default rate at a cloud that takes half a second.</summary>
    public const int MaxConcurrentReads = 256;

    /// <summary>Reads waiting for their turn; one more is refused at once.</summary>
    public const int MaxQueuedReads = 10_000;

    /// <summary>The largest body that is read, in bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>The environment's server key.</summary>
    public required ApiKeyHolder ApiKey { get; init; }

    /// <summary>Base address of Edge.</summary>
    public required Uri EdgeUrl { get; init; }

    /// <summary>Base address of the API.</summary>
    public required Uri ApiUrl { get; init; }

    /// <summary>The path of ordinary reads: Edge, or the API with <c>EDGE_ENABLED=false</c>.</summary>
    public CloudPath ReadPath { get; init; } = CloudPath.Edge;

    /// <summary>Requests about entitlements in a second (<c>UPSTREAM_MAX_RPS</c>).</summary>
    public int MaxRequestsPerSecond { get; init; } = DefaultMaxRequestsPerSecond;

    /// <summary>What this process tells about itself.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>Makes spans of requests; null where no telemetry is exported.</summary>
    public UpstreamTracing? Tracing { get; init; }
}
