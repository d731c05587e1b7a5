using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Host.Configuration;

namespace Sidecar.Host;

/// <summary>Wiring of the persistent cache.</summary>
internal static class RedisRegistration
{
    /// <summary>Adds Redis where it is configured. Offline nothing goes into what others share, and nothing comes from there.</summary>
    public static void AddRedis(this IServiceCollection services, SidecarOptions options)
    {
        if (options.IsOffline || options.Redis.EnvironmentPrefix is not { } prefix)
            return;
        var password = new RedisPassword(options.Redis.Password);
        services.AddSingleton(provider => new RedisConnection(
            new RedisSettings
            {
                Prefix = prefix,
                EndPoints = options.Redis.EndPoints,
                SentinelMaster = options.Redis.SentinelMaster,
                Database = options.Redis.Database,
                Username = options.Redis.Username,
                Password = password,
                UsesTls = options.Redis.UsesTls,
                TlsCaFile = options.Redis.TlsCaFile,
                KeysTtl = options.Redis.KeysTtl,
                Timeout = options.Redis.Timeout,
                IsMaintainedElsewhere = options.Redis.Maintained switch
                {
                    RedisMaintained.External => true,
                    RedisMaintained.Self => false,
                    _ => !options.IsStreamEnabled,
                },
                IsStream = !options.IsStreamEnabled,
                // Other connections of this process, and other processes, must not be taken for this one's.
                ClientName = $"sidecar-{Guid.NewGuid():N}",
            },
            provider.GetRequiredService<SidecarCounters>(),
            provider.GetRequiredService<ProcessClock>(),
            Random.Shared.NextDouble,
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new RedisServices(
            provider.GetRequiredService<RedisConnection>(),
            provider.GetRequiredService<SidecarCounters>(),
            provider.GetRequiredService<ProcessClock>(),
            provider.GetRequiredService<EntitlementCache>()));
        services.AddHostedService<RedisStart>();
        if (options.Redis.PasswordFile is { } file)
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<RedisPasswordWatcher>(
                provider, file, options.Redis.IsPasswordFaulted, password));
        }
    }

    // Nothing waits for the connection.
    private sealed class RedisStart(RedisServices redis) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            redis.Connection.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
