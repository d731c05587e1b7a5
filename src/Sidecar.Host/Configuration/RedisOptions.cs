using Sidecar.Actors;

namespace Sidecar.Host.Configuration;

/// <summary>Who keeps the entries in Redis up to date (<c>REDIS_MAINTAINED</c>).</summary>
public enum RedisMaintained
{
    /// <summary>Found out from what is in Redis.</summary>
    Auto = 0,

    /// <summary>This service and those beside it.</summary>
    Self,

    /// <summary>Another program.</summary>
    External,
}

/// <summary>The persistent cache. Each default stands beside its option.</summary>
public sealed record RedisOptions
{
    /// <summary>Default of <see cref="Port"/>.</summary>
    public const int DefaultPort = 6379;

    /// <summary>Begins all keys; null: there is no persistent cache.</summary>
    public string? EnvironmentPrefix { get; init; }

    /// <summary>The host.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>The port.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The number of the database.</summary>
    public int Database { get; init; }

    /// <summary>The user, or null.</summary>
    public string? Username { get; init; }

    /// <summary>The password, or null.</summary>
    public Secret? Password { get; init; }

    /// <summary>The file that the password comes from and that is watched, or null.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Whether it is spoken to over TLS.</summary>
    public bool UsesTls { get; init; }

    /// <summary>Path of the authorities that its certificate may come from, or null for the system's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Life of a key, or null for one without end.</summary>
    public TimeSpan? KeysTtl { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long it may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Who keeps the entries up to date.</summary>
    public RedisMaintained Maintained { get; init; } = RedisMaintained.Auto;
}
