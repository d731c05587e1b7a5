using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>A theory that needs a redis-server. Where that is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    /// <summary>Makes one.</summary>
    public RedisTheoryAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = RedisServer.Missing;
    }
}
