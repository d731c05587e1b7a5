using System.Net;
using Sidecar.Actors;
using Sidecar.Actors.Redis;

namespace Sidecar.Host.Configuration;

/// <summary>Who keeps the entries in Redis up to date (<c>REDIS_MAINTAINED</c>).</summary>
public enum RedisMaintained
{
    /// <summary>Another program, where no updates are listened to; else this service.</summary>
    Auto = 0,

    /// <summary>This service and those beside it.</summary>
    Self,

    /// <summary>Another program.</summary>
    External,
}

/// <summary>The persistent cache. Each default stands beside its option.</summary>
public sealed record RedisOptions
{
    /// <summary>The port of a server.</summary>
    public const int DefaultPort = 6379;

    /// <summary>Begins all keys; null: there is no persistent cache.</summary>
    public string? EnvironmentPrefix { get; init; }

    /// <summary>The server; with <see cref="SentinelMaster"/> the sentinels.</summary>
    public IReadOnlyList<DnsEndPoint> EndPoints { get; init; } = [new("localhost", DefaultPort)];

    /// <summary>The name by which the sentinels know the master; null where there are no sentinels.</summary>
    public string? SentinelMaster { get; init; }

    /// <summary>The number of the database.</summary>
    public int Database { get; init; }

    /// <summary>The user, or null.</summary>
    public string? Username { get; init; }

    /// <summary>The password, or null.</summary>
    public Secret? Password { get; init; }

    /// <summary>The file that the password comes from and that is watched, or null.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Whether a password was given that can't be used or read, so that a fault of its own tells it.</summary>
    public bool IsPasswordFaulted { get; init; }

    /// <summary>Whether it is spoken to over TLS.</summary>
    public bool UsesTls { get; init; }

    /// <summary>Path of the authorities that its certificate may come from, or null for the system's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Life of a key, or null for one without end.</summary>
    public TimeSpan? KeysTtl { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long a question waits for it alone.</summary>
    public TimeSpan Timeout { get; init; } = RedisSettings.DefaultTimeout;

    /// <summary>Who keeps the entries up to date.</summary>
    public RedisMaintained Maintained { get; init; } = RedisMaintained.Auto;
}
