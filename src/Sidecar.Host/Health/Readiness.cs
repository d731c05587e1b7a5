using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Host.WarmUp;

namespace Sidecar.Host.Health;

/// <summary>The one source of readiness: the endpoint and the gRPC health service both show what it says.</summary>
/// <param name="facts">How things stand; whether the port is open and the process is ending is known here.</param>
public sealed class Readiness(Func<ReadinessFacts> facts)
{
    private readonly Lock _gate = new();
    private ReadinessVerdict _verdict = ReadinessVerdict.Initial;
    private TaskCompletionSource _turn = NewTurn();
    private bool _isOpen;
    private bool _isEnding;

    /// <summary>Looks how things stand.</summary>
    public ReadinessVerdict Look() => Follow().Verdict;

    /// <summary>Looks how things stand.</summary>
    /// <returns>The verdict, and a task that ends when another look finds the service ready that was not, or the other way.</returns>
    public (ReadinessVerdict Verdict, Task Turned) Follow()
    {
        lock (_gate)
        {
            var before = _verdict;
            _verdict = ReadinessRules.Judge(before, facts() with { IsOpen = _isOpen, IsEnding = _isEnding });
            if (_verdict.IsReady != before.IsReady)
            {
                _turn.SetResult();
                _turn = NewTurn();
            }

            return (_verdict, _turn.Task);
        }
    }

    /// <summary>The port is open.</summary>
    public void Open() => Change(ref _isOpen);

    /// <summary>The process is ending.</summary>
    public void End() => Change(ref _isEnding);

    private void Change(ref bool fact)
    {
        lock (_gate)
            fact = true;
        Look();
    }

    // Whoever waits must not go on inside the lock.
    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Wiring of <see cref="Readiness"/>.</summary>
internal static class ReadinessSetup
{
    /// <summary>Adds readiness and what shows it over gRPC.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">What is in force.</param>
    public static void AddReadiness(this IServiceCollection services, SidecarOptions options)
    {
        services.AddSingleton(provider =>
        {
            var actors = provider.GetRequiredService<ActorServices>();
            var cluster = provider.GetService<ClusterKeeper>();
            var warmUp = provider.GetRequiredService<WarmUpProgress>();
            var fallbacks = provider.GetRequiredService<GlobalFallbacks>();
            return new Readiness(() => FactsOf(actors.CloudStatus.Status));

            ReadinessFacts FactsOf(CloudStatus cloud) => new()
            {
                When = options.ReadyWhen,
                Key = cloud.Key,
                WasCloudAsked = cloud.WasAsked,
                HasGlobalFallback = fallbacks.Table.FeatureIds.Count > 0,
                IsOffline = options.IsOffline,
                IsRedisLoaded = actors.Counters.Redis[RedisOperation.Load, RedisOutcome.Success].Value > 0,
                IsStreamAwaited = options.IsStreamEnabled,
                IsStreamUp = actors.Cache.Stream.IsUp,
                KeyAge = actors.Clock.Uptime - cloud.KeySince,
                IsClusterAwaited = cluster is { WasMember: false },
                WarmUp = warmUp.IsAwaited ? (warmUp.Read, warmUp.Listed) : null,
                WarmUpPatience = options.WarmUpTimeout,
                Uptime = actors.Clock.Uptime,
            };
        });
        services.AddSingleton<GrpcHealth>();
        services.AddHostedService<ReadinessWatch>();
    }
}
