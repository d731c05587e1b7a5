using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>How the stream of updates is reached. Limits stand as constants beside what they limit.</summary>
public sealed record UpdateSettings
{
    /// <summary>The largest message that is read, in bytes: 4 MiB.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>News being applied at once; while there are so many, nothing more is received.</summary>
    public const int MaxNewsUnderWay = 256;

    /// <summary>Between two pings (the upstream contract).</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);

    /// <summary>A connection over which nothing came for so long is dead.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(22);

    /// <summary>A connection stands after this time or never.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The cloud acknowledges a connection within this time or never.</summary>
    public static readonly TimeSpan AcknowledgeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// From the pong that follows the subscriptions until the stream counts as up: no subscription is acknowledged, so nothing tells when the
    /// last of them is in force.
    /// </summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(1);

    /// <summary>The base address, <c>WS_URL</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>What this process tells about itself.</summary>
    public required ClientIdentity Identity { get; init; }
}
