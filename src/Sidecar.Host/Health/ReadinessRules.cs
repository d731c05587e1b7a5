using Sidecar.Actors.Cloud;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.Health;

/// <summary>All that readiness depends on, as it stands at one moment.</summary>
public sealed record ReadinessFacts
{
    /// <summary>What is asked for (<c>READY_WHEN</c>).</summary>
    public required ReadyWhen When { get; init; }

    /// <summary>Whether the gRPC port is open.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether the process is ending.</summary>
    public bool IsEnding { get; init; }

    /// <summary>What is known of the key.</summary>
    public KeyState Key { get; init; }

    /// <summary>Whether the cloud was asked about the key and that request has ended, whatever with.</summary>
    public bool WasCloudAsked { get; init; }

    /// <summary>Whether there is a global fallback to answer from.</summary>
    public bool HasGlobalFallback { get; init; }

    /// <summary>Whether nothing at all is asked of the cloud.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Whether an entry was loaded from Redis.</summary>
    public bool IsRedisLoaded { get; init; }

    /// <summary>Whether the stream of updates has to be up.</summary>
    public bool IsStreamAwaited { get; init; }

    /// <summary>Whether the stream of updates is up.</summary>
    public bool IsStreamUp { get; init; }

    /// <summary>Time since the key came into force: since the process's start, unless it was replaced.</summary>
    public TimeSpan KeyAge { get; init; }

    /// <summary>Whether there is to be a cluster, and this node has not been a member yet.</summary>
    public bool IsClusterAwaited { get; init; }

    /// <summary>Of the entries that are to be read at the start, how many have been, of how many; null where none is waited for.</summary>
    public (int Read, int Listed)? WarmUp { get; init; }

    /// <summary>How long they are waited for, from the process's start on.</summary>
    public TimeSpan WarmUpPatience { get; init; }

    /// <summary>Time since the process's start.</summary>
    public TimeSpan Uptime { get; init; }
}

/// <summary>Whether the service is ready.</summary>
/// <param name="IsMet">Whether what <c>READY_WHEN</c> asks for has been true once; it stays true from then on.</param>
/// <param name="Reasons">Why the service is not ready; empty where it is.</param>
public sealed record ReadinessVerdict(bool IsMet, IReadOnlyList<string> Reasons)
{
    /// <summary>The verdict before anything was looked at.</summary>
    public static readonly ReadinessVerdict Initial = new(IsMet: false, [ReadinessRules.NotOpen]);

    /// <summary>Whether the service is ready.</summary>
    public bool IsReady => Reasons.Count == 0;
}

/// <summary>When the service is ready (the operations contract, "Health").</summary>
public static class ReadinessRules
{
    /// <summary>How long membership of a configured cluster is waited for.</summary>
    public static readonly TimeSpan ClusterPatience = TimeSpan.FromSeconds(30);

    /// <summary>The reason before the port is open.</summary>
    public const string NotOpen = "starting: the gRPC port is not open yet";

    /// <summary>The reason from SIGTERM on.</summary>
    public const string Ending = "ending: the process was told to end; calls are still answered, new clients should go elsewhere";

    /// <summary>How long <see cref="ReadyWhen.Data"/> waits for a cloud that says nothing about the key.</summary>
    public static readonly TimeSpan CloudPatience = TimeSpan.FromSeconds(30);

    /// <summary>How long it waits for it where there is something else to answer from.</summary>
    public static readonly TimeSpan ShortCloudPatience = TimeSpan.FromSeconds(3);

    private static readonly ReadinessVerdict Ready = new(IsMet: true, []);

    /// <summary>Judges anew.</summary>
    /// <param name="before">The last verdict.</param>
    /// <param name="facts">How things stand now.</param>
    public static ReadinessVerdict Judge(ReadinessVerdict before, ReadinessFacts facts)
    {
        string?[] missing = before.IsMet ? [] : [Missing(facts), MissingCluster(facts), MissingWarmUp(facts)];
        string?[] reasons = [facts.IsOpen ? null : NotOpen, facts.IsEnding ? Ending : null, .. missing];
        return Array.TrueForAll(reasons, reason => reason is null)
            ? Ready
            : new ReadinessVerdict(Array.TrueForAll(missing, reason => reason is null), reasons.OfType<string>().ToArray());
    }

    // A node by itself answers too.
    private static string? MissingCluster(ReadinessFacts facts) => facts.IsClusterAwaited && facts.Uptime < ClusterPatience
        ? $"CLUSTER_ENABLED: this node is in no cluster yet; without one the service is ready {ClusterPatience.TotalSeconds:0} s after its start"
        : null;

    // A question about what is not in memory yet is answered too.
    private static string? MissingWarmUp(ReadinessFacts facts) => facts.WarmUp is { } warmUp && facts.Uptime < facts.WarmUpPatience
        ? $"WARM_UP_CUSTOMERS_FILE: {warmUp.Read} of {warmUp.Listed} entries are in memory; without the others the service is ready "
            + $"{facts.WarmUpPatience.TotalSeconds:0} s after its start"
        : null;

    private static string? Missing(ReadinessFacts facts) => facts.When switch
    {
        ReadyWhen.Data => MissingData(facts),
        ReadyWhen.Cloud => MissingCloud(facts),
        _ => null,
    };

    private static string? MissingData(ReadinessFacts facts)
    {
        var hasOther = facts.HasGlobalFallback || facts.IsRedisLoaded;
        var patience = hasOther ? ShortCloudPatience : CloudPatience;
        return facts.Key switch
        {
            _ when facts.IsOffline => null,
            KeyState.Valid => null,
            // A wrong key must keep a rollout from going on, whatever else there is to answer from; so its verdict is waited for.
            KeyState.Invalid => $"READY_WHEN=data: {KeyTrouble(facts.Key)}",
            KeyState.Missing => hasOther
                ? null
                : $"READY_WHEN=data: {KeyTrouble(facts.Key)}, and there is no global fallback and no entry from Redis to answer from",
            // A cloud that can't be reached must not.
            _ when facts.KeyAge >= patience || (hasOther && facts.WasCloudAsked) => null,
            _ => "READY_WHEN=data: the cloud has not answered yet whether SERVER_API_KEY is valid; without an answer the "
                + $"service is ready {patience.TotalSeconds:0} s after its start, or after the key was replaced",
        };
    }

    private static string? MissingCloud(ReadinessFacts facts)
    {
        if (facts.IsOffline)
            return "READY_WHEN=cloud: OFFLINE is set, so that the cloud is never asked; choose READY_WHEN=data or serving";
        return facts.Key switch
        {
            KeyState.Valid when facts.IsStreamUp || !facts.IsStreamAwaited => null,
            KeyState.Valid => "READY_WHEN=cloud: the stream of updates has not been up yet",
            KeyState.Unknown => "READY_WHEN=cloud: the cloud has not answered yet whether SERVER_API_KEY is valid",
            _ => $"READY_WHEN=cloud: {KeyTrouble(facts.Key)}",
        };
    }

    private static string KeyTrouble(KeyState key) =>
        key == KeyState.Missing ? "SERVER_API_KEY is missing" : "the cloud refused SERVER_API_KEY as invalid";
}
