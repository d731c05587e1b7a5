using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A fact that needs the previous release. Where the history does not have it, as in a shallow clone, it is skipped.</summary>
public sealed class ReleaseFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public ReleaseFactAttribute() => Skip = PreviousRelease.Missing;

    /// <summary>Whether it needs a redis-server too; where that is missing it is skipped, but with <c>CI=true</c> it fails.</summary>
    public bool NeedsRedis
    {
        get;
        init
        {
            field = value;
            if (value && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
                Skip ??= RedisServer.Missing;
        }
    }
}
