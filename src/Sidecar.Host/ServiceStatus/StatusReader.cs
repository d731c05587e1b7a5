using System.Reflection;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Sidecar.Host.Metrics;

namespace Sidecar.Host.ServiceStatus;

/// <summary>Looks how the process stands. Nothing is asked of an actor or of the network: what is shown anyway is read.</summary>
/// <param name="services">What the actors show.</param>
/// <param name="answers">The answers.</param>
/// <param name="readiness">The readiness.</param>
/// <param name="history">What was counted before.</param>
/// <param name="options">What is in force.</param>
public sealed class StatusReader(
    ActorServices services, AnswerMetrics answers, Readiness readiness, StatusHistory history, SidecarOptions options)
{
    private static readonly string Version =
        (typeof(StatusReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    // With a name for all of them it is not known how many they are to be.
    private readonly long _membersExpected = options.Cluster.Discovery == ClusterDiscovery.Static
        ? options.Cluster.Nodes.Count
        : options.Cluster.RequiredNodes;

    /// <summary>Looks.</summary>
    public StatusReport Look() => Look(withMemory: true);

    /// <summary>Looks.</summary>
    /// <param name="withMemory">Whether the system is asked for the resident memory, which takes longer than all the rest.</param>
    internal StatusReport Look(bool withMemory)
    {
        var facts = Facts(withMemory);
        var moment = LatestRequests(facts);
        var minute = history.Recent(Minute, facts.Totals, facts.Uptime);
        var minutes = history.Recent(FiveMinutes, facts.Totals, facts.Uptime);
        return new StatusReport(facts, moment, minute, minutes, StatusRules.Judge(facts, moment, minute, minutes));
    }

    // A cloud that nobody has asked for a while is as it was when it was asked last.
    private StatusRates LatestRequests(StatusFacts facts)
    {
        var rates = history.Recent(Moment, facts.Totals, facts.Uptime);
        for (var stretch = Moment + StatusHistory.Pace; stretch <= Minute && rates.Counts.Requests(facts.ReadPath) == 0; stretch += StatusHistory.Pace)
            rates = history.Recent(stretch, facts.Totals, facts.Uptime);
        return rates;
    }

    private StatusFacts Facts(bool withMemory)
    {
        var (now, counters, cache) = (services.Clock.Now, services.Counters, services.Cache);
        var (stream, redis, cluster) = (counters.Stream, counters.Redis, counters.Cluster);
        var ready = readiness.Look();
        return new StatusFacts
        {
            At = now.Utc,
            Uptime = now.Uptime,
            Version = Version,
            NotReadyFor = ready.Reasons,
            IsEnding = ready.Reasons.Contains(ReadinessRules.Ending),
            StartErrors = counters.InitializationErrors.Value,
            IsOffline = options.IsOffline,
            Key = services.CloudStatus.Status.Key,
            ReadPath = options.IsEdgeEnabled ? CloudPath.Edge : CloudPath.Api,
            Suspended = [.. Enum.GetValues<CloudPath>().Where(services.Cloud.IsOpen)],
            IsolatedFor = services.Isolation?.Left ?? TimeSpan.Zero,
            ReadsWaiting = counters.ReadsWaiting.Value,
            IsStreamEnabled = stream.IsEnabled,
            IsStreamUp = stream.IsUp,
            StreamAge = stream.LastMessage == 0 ? null : TimeSpan.FromSeconds(Math.Max(0, now.Utc.ToUnixTimeSeconds() - stream.LastMessage)),
            StreamDownFor = stream.IsUp ? TimeSpan.Zero : now.Uptime - cache.Stream.LastSignOfLife,
            IsRedisUsed = redis.IsEnabled,
            IsRedisUp = redis.IsUp.Value != 0,
            IsRedisSuspended = redis.AreLoadsSuspended.Value != 0 || redis.AreSavesSuspended.Value != 0,
            RedisTrouble = redis.Trouble,
            CacheBytes = cache.Bytes,
            CacheMaxBytes = cache.MaxBytes,
            Customers = cache.Count,
            Entitlements = cache.Entitlements,
            IsClustered = options.Cluster.IsEnabled,
            Members = cluster.Members.Value,
            MembersExpected = _membersExpected,
            Shards = cluster.Shards.Value,
            Leases = cluster.Leases.Held.Value,
            ResidentBytes = withMemory ? Environment.WorkingSet : 0,
            Totals = StatusCounts.Read(services, answers),
        };
    }
}
