using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>A fact that needs a redis-server, Node and npm. Where one is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class NodeSdkFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public NodeSdkFactAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = RedisServer.Missing ?? NodeSdk.Missing;
    }
}
