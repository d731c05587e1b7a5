using System.Net;

namespace Sidecar.Actors.Redis;

/// <summary>How Redis is spoken to (the operations contract, <c>REDIS_…</c>).</summary>
public sealed record RedisSettings
{
    /// <summary>Default of <see cref="Timeout"/>.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>Begins all keys.</summary>
    public required string Prefix { get; init; }

    /// <summary>The server; with <see cref="SentinelMaster"/> the sentinels.</summary>
    public required IReadOnlyList<DnsEndPoint> EndPoints { get; init; }

    /// <summary>The name by which the sentinels know the master; null where there are no sentinels.</summary>
    public string? SentinelMaster { get; init; }

    /// <summary>The number of the database.</summary>
    public int Database { get; init; }

    /// <summary>The user, or null.</summary>
    public string? Username { get; init; }

    /// <summary>The password in force.</summary>
    public RedisPassword Password { get; init; } = new(null);

    /// <summary>Whether it is spoken to over TLS; the certificate has to fit the host.</summary>
    public bool UsesTls { get; init; }

    /// <summary>Path of a PEM file with the authorities that the certificate may come from; null for the system's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Life of a key; null for one without end.</summary>
    public TimeSpan? KeysTtl { get; init; } = TimeSpan.FromDays(7);

    /// <summary>So long a question waits for Redis alone; then the cloud is asked beside it.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>
    /// Whether another program keeps what is there up to date (<c>REDIS_MAINTAINED</c>), so that it is as good as read from the cloud.
    /// </summary>
    public bool IsMaintainedElsewhere { get; init; }

    /// <summary>Whether following the other program takes the place of the stream of updates, which is not listened to.</summary>
    public bool IsStream { get; init; }

    /// <summary>The name that this process's connections have on the server.</summary>
    public required string ClientName { get; init; }
}

/// <summary>The password at Redis. It may be replaced while the process runs; each new connection uses the one in force.</summary>
/// <param name="initial">The password at the start, or null where there is none.</param>
public sealed class RedisPassword(Secret? initial)
{
    private Secret? _current = initial;

    /// <summary>The password, or null.</summary>
    public Secret? Current => Volatile.Read(ref _current);

    /// <summary>Puts another password in force.</summary>
    /// <returns>False where it is the same one.</returns>
    public bool Replace(Secret next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var previous = Interlocked.Exchange(ref _current, next);
        return !string.Equals(previous?.Reveal(), next.Reveal(), StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override string ToString() => Current?.ToString() ?? "none";
}
