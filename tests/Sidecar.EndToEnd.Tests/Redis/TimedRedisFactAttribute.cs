using Sidecar.Testing;
using Sidecar.Testing.Timed;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>A fact that measures real time and needs a redis-server. Where that is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class TimedRedisFactAttribute : TimedFactAttribute
{
    /// <summary>Makes one.</summary>
    public TimedRedisFactAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = RedisServer.Missing;
    }
}
