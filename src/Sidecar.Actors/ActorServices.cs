using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tracing;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors;

/// <summary>What the actors of one process share. Everything in it is safe for any thread.</summary>
public sealed record ActorServices
{
    /// <summary>Both clocks.</summary>
    public required ProcessClock Clock { get; init; }

    /// <summary>This node's views.</summary>
    public required EntitlementCache Cache { get; init; }

    /// <summary>The counters.</summary>
    public required SidecarCounters Counters { get; init; }

    /// <summary>Where entitlements are read.</summary>
    public required ICloudReader Cloud { get; init; }

    /// <summary>What the stream of updates needs, or null where there is to be none.</summary>
    public UpdateStreamServices? Updates { get; init; }

    /// <summary>What reporting needs, or null where nothing is reported.</summary>
    public ReportServices? Reports { get; init; }

    /// <summary>Whether a key was given that can't be used, and that was told and counted already.</summary>
    public bool IsApiKeyFaulted { get; init; }

    /// <summary>The reads that failed last.</summary>
    public RecentFailures Failures { get; } = new();

    /// <summary>Cuts this process off from the cloud on purpose; null where there is no cloud, or nobody to do so.</summary>
    public Isolation? Isolation { get; init; }

    /// <summary>Where the cloud's status is shown.</summary>
    public CloudStatusBoard CloudStatus { get; init; } = new();

    /// <summary>The ages at which views lose trust.</summary>
    public FreshnessRules Freshness { get; init; } = new();

    /// <summary>How long a question waits for the re-read of a suspect view (<c>REVALIDATE_WAIT_MS</c>).</summary>
    public TimeSpan RevalidateWait { get; init; } = DefaultRevalidateWait;

    /// <summary>Redis, or null where it is not used.</summary>
    public RedisServices? Redis { get; init; }

    /// <summary>The persistent cache; null where nothing is kept beyond memory, so that there is nothing to load and to save.</summary>
    public SnapshotServices? Snapshots
    {
        get => field ?? Redis?.Snapshots;
        init;
    }

    /// <summary>Keeps calls and the requests that they cause together; null where no telemetry is exported.</summary>
    public UpstreamTracing? Tracing { get; init; }

    /// <summary>Randomness: 0 up to 1, a new one a call.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>The log.</summary>
    public required ILoggerFactory Log { get; init; }

    /// <summary>Default of <see cref="RevalidateWait"/>.</summary>
    public static readonly TimeSpan DefaultRevalidateWait = TimeSpan.FromMilliseconds(250);
}
