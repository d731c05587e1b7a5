using System.Net;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Configuration;

/// <summary>What is in force. Each default stands beside its option.</summary>
public sealed record SidecarOptions
{
    /// <summary>Default of <see cref="GrpcPort"/>.</summary>
    public const int DefaultGrpcPort = 80;

    /// <summary>Default of <see cref="MetricsPort"/>.</summary>
    public const int DefaultMetricsPort = 8080;

    /// <summary>Default of <see cref="UpstreamMaxRps"/>.</summary>
    public const int DefaultUpstreamMaxRps = 500;

    /// <summary>The value of <see cref="MetricsPort"/> that means none.</summary>
    public const int NoPort = -1;

    private const int MaxSeconds = 86_400;
    private const int MaxDrainSeconds = 10;

    /// <summary>The server key, or null.</summary>
    public Secret? ApiKey { get; init; }

    /// <summary>Edge's address.</summary>
    public Uri EdgeUrl { get; init; } = new("https://edge.api.stigg.io");

    /// <summary>The API's address, under which GraphQL is served.</summary>
    public Uri ApiUrl { get; init; } = new("https://api.stigg.io");

    /// <summary>Whether entitlements are read from Edge; else from the API.</summary>
    public bool IsEdgeEnabled { get; init; } = true;

    /// <summary>Whether the stream of updates is listened to.</summary>
    public bool IsStreamEnabled { get; init; } = true;

    /// <summary>Whether nothing at all is asked of the cloud.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Path of the file that answers come from when offline, or null.</summary>
    public string? OfflineDataFile { get; init; }

    /// <summary>Reads that may be sent to the cloud in a second.</summary>
    public int UpstreamMaxRps { get; init; } = DefaultUpstreamMaxRps;

    /// <summary>What has to be true once before the service calls itself ready.</summary>
    public ReadyWhen ReadyWhen { get; init; } = ReadyWhen.Serving;

    /// <summary>How long calls are answered as before after the process was told to end.</summary>
    public TimeSpan ShutdownDrain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The global fallbacks.</summary>
    public FallbackTable Fallbacks { get; init; } = FallbackTable.Empty;

    /// <summary>Port of the service; 0 for any free one.</summary>
    public int GrpcPort { get; init; } = DefaultGrpcPort;

    /// <summary>Address of the service.</summary>
    public IPAddress GrpcBind { get; init; } = IPAddress.IPv6Any;

    /// <summary>Port of health and metrics; 0 for any free one, <see cref="NoPort"/> for none.</summary>
    public int MetricsPort { get; init; } = DefaultMetricsPort;

    /// <summary>Address of health and metrics.</summary>
    public IPAddress MetricsBind { get; init; } = IPAddress.IPv6Any;

    /// <summary>Path of the health endpoint, with its slash.</summary>
    public string HealthPath { get; init; } = "/livez";

    /// <summary>Path of the readiness endpoint, with its slash.</summary>
    public string ReadyPath { get; init; } = "/readyz";

    /// <summary>The cache's bound, in bytes.</summary>
    public long CacheMaxBytes { get; init; } = EntitlementCache.SmallestMaxBytes;

    /// <summary>The ages at which views lose trust.</summary>
    public FreshnessRules Freshness { get; init; } = new();

    /// <summary>How long a question waits for a re-read.</summary>
    public TimeSpan RevalidateWait { get; init; } = ActorServices.DefaultRevalidateWait;

    /// <summary>The least important level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Key of the message in a log line.</summary>
    public string LogMessageKey { get; init; } = "msg";

    /// <summary>Key of the error in a log line.</summary>
    public string LogErrorKey { get; init; } = "err";

    /// <summary>Reads all options.</summary>
    /// <param name="reader">Where from; keeps the faults.</param>
    /// <param name="availableMemory">Memory available to the process, in bytes.</param>
    public static SidecarOptions Read(SettingsReader reader, long availableMemory)
    {
        var defaults = new SidecarOptions();
        var fallbacks = FallbackTable.Empty;
        if (reader.Text(Settings.EntitlementsFallback) is { } json)
        {
            (fallbacks, var faults) = FallbackParser.Parse(json);
            foreach (var fault in faults)
                reader.AddFault(Settings.EntitlementsFallback, fault);
        }

        return new SidecarOptions
        {
            // Any other character could not stand in a header.
            ApiKey = reader.Text(Settings.ServerApiKey, text => text.All(c => c is > ' ' and <= '~')) is { } key ? new Secret(key) : null,
            EdgeUrl = reader.Url(Settings.EdgeApiUrl, Uri.UriSchemeHttp, Uri.UriSchemeHttps) ?? defaults.EdgeUrl,
            Fallbacks = fallbacks,
            GrpcPort = reader.Port(Settings.GrpcPort) ?? DefaultGrpcPort,
            GrpcBind = reader.Address(Settings.GrpcBind) ?? defaults.GrpcBind,
            MetricsPort = reader.Port(Settings.MetricsPort, off: NoPort) ?? DefaultMetricsPort,
            MetricsBind = reader.Address(Settings.MetricsBind) ?? defaults.MetricsBind,
            HealthPath = PathOf(reader, Settings.HealthEndpointUrl) ?? defaults.HealthPath,
            ReadyPath = PathOf(reader, Settings.ReadyEndpointUrl) ?? defaults.ReadyPath,
            CacheMaxBytes = reader.WholeNumber(Settings.CacheMaxSizeBytes, EntitlementCache.SmallestMaxBytes, long.MaxValue)
                ?? Math.Max(EntitlementCache.SmallestMaxBytes, availableMemory / 2),
            Freshness = new FreshnessRules
            {
                RevalidateAfter = Seconds(reader, Settings.CacheRevalidateSeconds) ?? FreshnessRules.DefaultRevalidateAfter,
                MaxAge = Seconds(reader, Settings.CacheMaxAgeSeconds) ?? FreshnessRules.DefaultMaxAge,
                UnknownMaxAge = Seconds(reader, Settings.NegativeCacheSeconds) ?? FreshnessRules.DefaultUnknownMaxAge,
            },
            RevalidateWait = reader.WholeNumber(Settings.RevalidateWaitMs, 0, 10_000) is { } milliseconds
                ? TimeSpan.FromMilliseconds(milliseconds)
                : defaults.RevalidateWait,
            ReadyWhen = reader.OneOf(Settings.ReadyWhen, "serving", "data", "cloud") switch
            {
                "data" => ReadyWhen.Data,
                "cloud" => ReadyWhen.Cloud,
                _ => ReadyWhen.Serving,
            },
            ShutdownDrain = reader.WholeNumber(Settings.ShutdownDrainSeconds, 0, MaxDrainSeconds) is { } drain
                ? TimeSpan.FromSeconds(drain)
                : defaults.ShutdownDrain,
            LogLevel = reader.OneOf(Settings.LogLevel, "error", "warn", "info", "debug") switch
            {
                "error" => LogLevel.Error,
                "info" => LogLevel.Information,
                "debug" => LogLevel.Debug,
                _ => LogLevel.Warning,
            },
            LogMessageKey = reader.Text(Settings.LogMessageKey) ?? defaults.LogMessageKey,
            LogErrorKey = reader.Text(Settings.LogErrorKey) ?? defaults.LogErrorKey,
        };
    }

    private static TimeSpan? Seconds(SettingsReader reader, Setting setting) =>
        reader.WholeNumber(setting, 0, MaxSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static string? PathOf(SettingsReader reader, Setting setting)
    {
        var path = reader.Text(setting, text => text.Trim('/').Length > 0 && text.All(c => c is > ' ' and <= '~' and not ('?' or '#' or '%')));
        return path is null ? null : "/" + path.TrimStart('/');
    }
}
