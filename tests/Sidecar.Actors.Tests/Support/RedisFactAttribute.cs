using Sidecar.Testing;
using Sidecar.Testing.Timed;

namespace Sidecar.Actors.Tests.Support;

/// <summary>A fact about a real redis-server. Where there is none it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = ReasonToSkip;

    /// <summary>Why specs with a redis-server can't run here, and need not; or null.</summary>
    internal static string? ReasonToSkip =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase) ? null : RedisServer.Missing;
}

/// <summary>A theory about a real redis-server. Where there is none it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = RedisFactAttribute.ReasonToSkip;
}

/// <summary>A fact that measures real time, about a real redis-server. Where there is none it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class TimedRedisFactAttribute : TimedFactAttribute
{
    public TimedRedisFactAttribute() => Skip = RedisFactAttribute.ReasonToSkip;
}
