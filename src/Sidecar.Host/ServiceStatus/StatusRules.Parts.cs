using Sidecar.Actors.Redis;
using Sidecar.Actors.Updates;
using static System.FormattableString;

namespace Sidecar.Host.ServiceStatus;

/// <summary>The causes beside the cloud's requests: stream, Redis, memory, cluster, reports.</summary>
public static partial class StatusRules
{
    // What the key or the network keeps from the stream too is told once.
    private static bool IsExplained(UpdateSocketFault? fault, StatusCause? key, StatusCause? cloud) =>
        key is not null || cloud is { Name: CauseNames.Isolated } || (cloud is { Name: CauseNames.CloudUnreachable } && fault is null or UpdateSocketFault.Network or UpdateSocketFault.Timeout);

    private static StatusCause? StreamCause(StatusFacts facts, UpdateSocketFault? fault, StatusCounts counts)
    {
        var timeouts = counts[UpdateSocketFault.Timeout];
        const string Meanwhile = "Changes in the cloud are learnt by re-reading meanwhile, up to a minute late.";
        if (facts.IsStreamUp)
        {
            var isSilent = facts.StreamAge > SilentAfter;
            // Tries that never came up are none that fell silent.
            var falls = Math.Min(timeouts, counts[StatusCount.StreamReconnects]);
            if (!isSilent && falls < StreamFalls)
                return null;
            return new StatusCause(
                CauseNames.StreamFrozen,
                isSilent
                    ? Invariant($"The stream of updates is connected, but silent for {facts.StreamAge!.Value.TotalSeconds:0} s: not even its pongs come")
                    : Invariant($"The stream of updates keeps falling silent: {falls} connections within five minutes ended without a sign of life"),
                $"It is given up after {UpdateSettings.DeadAfter.TotalSeconds:0} s of silence and made anew by itself. {Meanwhile} If it comes again, look at "
                + "proxies and load balancers on the way to WS_URL, and at the cloud's status page.");
        }

        if (facts.Uptime < StartPatience || facts.StreamDownFor < StreamPatience)
            return null;
        return fault == UpdateSocketFault.Timeout
            ? new StatusCause(
                CauseNames.StreamFrozen,
                Invariant($"The stream of updates is down: {timeouts} connections within five minutes fell silent or never answered"),
                $"{Meanwhile} Something on the way to WS_URL takes connections and passes nothing on: look at proxies and load balancers, and at the "
                + "cloud's status page.")
            : new StatusCause(
                CauseNames.StreamDown,
                $"The stream of updates is down: {Words(fault)}",
                $"{Meanwhile} It is tried again by itself. Does a WebSocket get to WS_URL, through proxies, firewalls and egress rules? Where there is no "
                + "way for one, set WS_ENABLED=false.");
    }

    private static StatusCause? RedisCause(StatusFacts facts, StatusRates minute)
    {
        const string Meanwhile = "Answers come from memory and the cloud meanwhile; it is tried again by itself.";
        var failures = minute.Counts[StatusCount.RedisFailures];
        switch (facts.RedisTrouble)
        {
            case RedisFailureKind.OutOfMemory:
                return new StatusCause(
                    CauseNames.RedisFull,
                    "Redis is full: it refuses writes for want of memory (OOM)",
                    "What is there is still read, but nothing new is kept, and a restart would read it from the cloud. Raise maxmemory of Redis, or give "
                    + "it an eviction policy, or lower REDIS_KEYS_TTL_IN_SECS; what is owed is then written by itself.");
            case RedisFailureKind.Denied:
                return Refuses("it does not let this service in, or forbids what it needs", "Compare REDIS_USERNAME, REDIS_PASSWORD and the user's rights; a password in a file is taken over without a restart.");
            case RedisFailureKind.ReadOnly:
                return Refuses("it takes no writes: it is a replica, or can't save to disk", "Point REDIS_HOST at the master, or look at the disk of Redis.");
            case RedisFailureKind.Cluster:
                return Refuses("it is a Redis Cluster, which can't be used", "Set REDIS_HOST to one server, or use Sentinel.");
            case RedisFailureKind.Settings:
                return Refuses("a setting does not fit it, so that it is not used", "The log names the setting: REDIS_DB, or REDIS_SENTINEL_MASTER.");
            case RedisFailureKind.Error when failures > 0:
                return Refuses("it answers with an error", "The log has its words.");
        }

        if (!facts.IsRedisUp)
        {
            return facts.Uptime < StartPatience && facts.RedisTrouble is null ? null : new StatusCause(
                CauseNames.RedisUnreachable,
                "Redis can't be reached",
                $"{Meanwhile} Look whether it runs, and at REDIS_HOST, REDIS_PORT, REDIS_TLS and the network; the log has the reason.");
        }

        return facts.IsRedisSuspended || (facts.RedisTrouble is not null && failures >= CloudFailures)
            ? new StatusCause(
                CauseNames.RedisUnreachable,
                facts.IsRedisSuspended ? "Redis hangs: it is connected and does not answer" : Invariant($"Redis does not answer in time: {failures} operations failed within the last minute"),
                $"{Meanwhile} Look at its load, at slow commands, and at the network.")
            : null;

        StatusCause Refuses(string why, string what) => new(CauseNames.RedisRefuses, $"Redis does not do what it is asked: {why}", $"{what} {Meanwhile}");
    }

    private static StatusCause? MemoryCause(StatusFacts facts, StatusRates minutes)
    {
        var counts = minutes.Counts;
        var (returns, refusals) = (counts[StatusCount.Returns], counts[StatusCount.Refusals]);
        var isThrashing = returns >= Telling && returns >= ReturnShare * counts[StatusCount.CacheMisses];
        if (!isThrashing && refusals < Telling)
            return null;
        return new StatusCause(
            CauseNames.MemoryTooSmall,
            isThrashing
                ? Invariant($"The memory bound is too small: {returns} customers within five minutes were evicted and soon read again")
                : Invariant($"The memory bound is too small: {refusals} answers of the cloud within five minutes found no room"),
            $"Questions about them wait for Redis or the cloud. Raise CACHE_MAX_SIZE_BYTES (now {Sizes.Of(facts.CacheMaxBytes)}) and with it the memory of "
            + "the process, or spread the customers over the nodes of a cluster.");
    }

    private static StatusCause? ClusterCause(StatusFacts facts, StatusRates minute)
    {
        const string Look = "Are all nodes up, and do name service, certificates and network policies let them reach each other's CLUSTER_PORT and the one after it?";
        if (facts.Members <= 1 && facts.MembersExpected > 1)
        {
            return facts.Uptime < ClusterPatience ? null : new StatusCause(
                CauseNames.ClusterAlone,
                facts.Members == 0 ? "This node is in no cluster" : "This node is alone in its cluster",
                $"It answers by itself, and the cloud is asked more than once for a customer. {Look}");
        }

        if (facts.Members < facts.MembersExpected)
        {
            return facts.Uptime < ClusterPatience ? null : new StatusCause(
                CauseNames.ClusterIncomplete,
                Invariant($"The cluster has {facts.Members} members, and {facts.MembersExpected} are expected"),
                $"The others took over what was the missing ones' part. {Look}");
        }

        var standIns = minute.Counts[StatusCount.StandIns];
        return standIns < Telling || standIns < 0.01 * minute.Counts.Answers ? null : new StatusCause(
            CauseNames.ClusterOwnersSilent,
            Invariant($"Other nodes do not answer within 500 ms: {standIns} questions within the last minute were answered without a customer's owner"),
            "Each may be a read of the cloud more. Are nodes short of CPU, or does the network between them lose messages?");
    }

    private static IEnumerable<StatusCause> ReportCauses(StatusRates minutes, StatusCause? key)
    {
        var (failed, uncertain) = (minutes.Counts[StatusCount.ReportsFailed], minutes.Counts[StatusCount.ReportsUncertain]);
        if (failed > 0)
        {
            yield return new StatusCause(
                CauseNames.ReportsFailing,
                Invariant($"{failed} reports of usage within five minutes were not taken"),
                key is null
                    ? "Their callers were told. Look at sidecar_usage_reports_total by outcome, and at the API."
                    : "Their callers were told. It is the key, see above.");
        }

        if (uncertain > 0)
        {
            yield return new StatusCause(
                CauseNames.ReportsUncertain,
                Invariant($"{uncertain} reports of usage within five minutes were sent, and the cloud did not say what became of them"),
                "That usage may be missing; nothing is sent twice. Their callers were told. Look at the times of requests to the API.");
        }
    }

    /// <summary>Why the stream ended or did not come up, in words.</summary>
    internal static string Words(UpdateSocketFault? fault) => fault switch
    {
        UpdateSocketFault.InvalidKey => "the cloud refuses its key",
        UpdateSocketFault.Throttled => "the cloud has too many connections of us",
        UpdateSocketFault.Closed => "the cloud closes it",
        UpdateSocketFault.TooLarge => "the cloud sends a message above 4 MiB",
        UpdateSocketFault.Timeout => "nothing answers in time",
        UpdateSocketFault.Network => "the network fails",
        _ => "it has not come up",
    };
}
