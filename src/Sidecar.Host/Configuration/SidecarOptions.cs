using System.Net;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Host.Telemetry;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Configuration;

/// <summary>What is in force. Each default stands beside its option.</summary>
public sealed partial record SidecarOptions
{
    /// <summary>Default of <see cref="GrpcPort"/>.</summary>
    public const int DefaultGrpcPort = 80;

    /// <summary>Default of <see cref="MetricsPort"/>.</summary>
    public const int DefaultMetricsPort = 8080;

    /// <summary>Default of <see cref="UpstreamMaxRps"/>.</summary>
    public const int DefaultUpstreamMaxRps = 500;

    /// <summary>Default of <see cref="TlsPort"/>.</summary>
    public const int DefaultTlsPort = 8443;

    /// <summary>Default of <see cref="DiagnosticsPort"/>.</summary>
    public const int DefaultDiagnosticsPort = 8081;

    /// <summary>The shortest token of the diagnostics: a short one could be guessed.</summary>
    public const int MinTokenLength = 16;

    /// <summary>The longest one.</summary>
    public const int MaxTokenLength = 1024;

    /// <summary>The value of a port that means none.</summary>
    public const int NoPort = -1;

    private const int MaxSeconds = 86_400;
    private const string MetricsPath = "metrics";

    // With the ten seconds that calls under way may take after it, and what the actors need after those, the end fits into 25 s.
    private const int MaxDrainSeconds = 10;
    private const int MaxUpstreamRps = 100_000;
    private const int MaxWarmUpSeconds = 3600;
    private const int MaxSocketPathBytes = 107;
    private const int MaxRedisTimeoutMs = 60_000;
    private const int DefaultSentinelPort = 26379;

    /// <summary>The server key, or null.</summary>
    public Secret? ApiKey { get; init; }

    /// <summary>The file that the server key comes from and that is watched, or null where the variable itself holds it.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>
    /// Whether a server key was given that can't be used or read: a fault of its own tells it, so that it is not also missing.
    /// </summary>
    public bool IsApiKeyFaulted { get; init; }

    /// <summary>Edge's address.</summary>
    public Uri EdgeUrl { get; init; } = new("https://edge.api.stigg.io");

    /// <summary>The API's address, under which GraphQL is served.</summary>
    public Uri ApiUrl { get; init; } = new("https://api.stigg.io");

    /// <summary>Whether entitlements are read from Edge; else from the API.</summary>
    public bool IsEdgeEnabled { get; init; } = true;

    /// <summary>Whether the stream of updates is listened to.</summary>
    public bool IsStreamEnabled { get; init; } = true;

    /// <summary>The stream's address, under which subscriptions are served.</summary>
    public Uri StreamUrl { get; init; } = new("wss://api.stigg.io");

    /// <summary>The persistent cache.</summary>
    public RedisOptions Redis { get; init; } = new();

    /// <summary>Whether nothing at all is asked of the cloud.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Path of the file that answers come from when offline, or null.</summary>
    public string? OfflineDataFile { get; init; }

    /// <summary>Reads that may be sent to the cloud in a second.</summary>
    public int UpstreamMaxRps { get; init; } = DefaultUpstreamMaxRps;

    /// <summary>Path of the list of what is read at the start, or null.</summary>
    public string? WarmUpFile { get; init; }

    /// <summary>How long readiness waits for that.</summary>
    public TimeSpan WarmUpTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What has to be true once before the service calls itself ready.</summary>
    public ReadyWhen ReadyWhen { get; init; } = ReadyWhen.Serving;

    /// <summary>How long calls are answered as before after the process was told to end.</summary>
    public TimeSpan ShutdownDrain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The global fallbacks.</summary>
    public FallbackTable Fallbacks { get; init; } = FallbackTable.Empty;

    /// <summary>The file that the global fallbacks come from and that is watched, or null where the variable itself holds them.</summary>
    public string? FallbackFile { get; init; }

    /// <summary>Whether global fallbacks were given of which not all can be used.</summary>
    public bool AreFallbacksFaulted { get; init; }

    /// <summary>Port of the service; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int GrpcPort { get; init; } = DefaultGrpcPort;

    /// <summary>Address of the service.</summary>
    public IPAddress GrpcBind { get; init; } = IPAddress.IPv6Any;

    /// <summary>Path of the service's Unix socket, or null.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>Who may open the Unix socket.</summary>
    public UnixFileMode UnixSocketMode { get; init; } =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>The age from which a client's connection is closed in a quiet moment, or null.</summary>
    public TimeSpan? MaxConnectionAge { get; init; }

    /// <summary>The deprecated TLS port; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int TlsPort { get; init; } = DefaultTlsPort;

    /// <summary>Path of the TLS port's certificate, or null for one that is made; never without <see cref="TlsKeyFile"/>.</summary>
    public string? TlsCertFile { get; init; }

    /// <summary>Path of the key of the TLS port's certificate, or null.</summary>
    public string? TlsKeyFile { get; init; }

    /// <summary>Path of the authorities of the TLS port's clients, or null where they need no certificate.</summary>
    public string? TlsClientCaFile { get; init; }

    /// <summary>Port of calls over HTTP; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int HttpPort { get; init; } = NoPort;

    /// <summary>Address of calls over HTTP.</summary>
    public IPAddress HttpBind { get; init; } = IPAddress.IPv6Any;

    /// <summary>Port of health and metrics; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int MetricsPort { get; init; } = DefaultMetricsPort;

    /// <summary>Address of health and metrics.</summary>
    public IPAddress MetricsBind { get; init; } = IPAddress.IPv6Any;

    /// <summary>Path of the health endpoint, with its slash.</summary>
    public string HealthPath { get; init; } = "/livez";

    /// <summary>Path of the readiness endpoint, with its slash.</summary>
    public string ReadyPath { get; init; } = "/readyz";

    /// <summary>Whether the status page is shown.</summary>
    public bool IsStatusPageOn { get; init; } = true;

    /// <summary>The cache's bound, in bytes.</summary>
    public long CacheMaxBytes { get; init; } = EntitlementCache.SmallestMaxBytes;

    /// <summary>The ages at which views lose trust.</summary>
    public FreshnessRules Freshness { get; init; } = new();

    /// <summary>How long a question waits for a re-read.</summary>
    public TimeSpan RevalidateWait { get; init; } = ActorServices.DefaultRevalidateWait;

    /// <summary>The cluster that this process is a node of.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Port of the diagnostics; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int DiagnosticsPort { get; init; } = DefaultDiagnosticsPort;

    /// <summary>Whether anything was set of the diagnostics, so that somebody counts on them.</summary>
    public bool IsDiagnosticsChosen { get; init; }

    /// <summary>Address of the diagnostics.</summary>
    public IPAddress DiagnosticsBind { get; init; } = IPAddress.Loopback;

    /// <summary>What the diagnostics are asked with, or null.</summary>
    public Secret? DiagnosticsToken { get; init; }

    /// <summary>What is exported of telemetry.</summary>
    public TelemetryOptions Telemetry { get; init; } = TelemetryOptions.Off;

    /// <summary>The least important level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Key of the message in a log line.</summary>
    public string LogMessageKey { get; init; } = "msg";

    /// <summary>Key of the error in a log line.</summary>
    public string LogErrorKey { get; init; } = "err";

    /// <summary>Variables that are set, but have no effect, since another one would have to be set, or takes their place.</summary>
    public IReadOnlyList<string> WithoutEffect { get; init; } = [];
}
