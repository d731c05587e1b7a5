namespace Sidecar.Host.Configuration;

/// <summary>One environment variable: all there is to say about it.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Default">Its default, as people read it.</param>
/// <param name="Accepted">What is accepted, as people read it.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="IsSecret">Whether its value must never be shown.</param>
public sealed record Setting(string Name, string Default, string Accepted, string Meaning, bool IsSecret = false);

/// <summary>The variables that this release reads (the operations contract, "Environment variables").</summary>
public static class Settings
{
    /// <summary>The server key.</summary>
    public static readonly Setting ServerApiKey = new(
        "SERVER_API_KEY", "none", "visible ASCII characters", "The environment's server key. Missing: nothing is sent upstream, fallbacks answer.",
        IsSecret: true);

    /// <summary>Edge's address.</summary>
    public static readonly Setting EdgeApiUrl = new(
        "EDGE_API_URL", "https://edge.api.stigg.io", "an http or https URL without user or password", "Where entitlements are read.");

    /// <summary>The global fallbacks.</summary>
    public static readonly Setting EntitlementsFallback = new(
        "ENTITLEMENTS_FALLBACK", "none", "a JSON object that maps feature ids to fallbacks", "What to answer when nothing is known.");

    /// <summary>The gRPC port.</summary>
    public static readonly Setting GrpcPort = new(
        "GRPC_PORT", "80", "0 to 65535; 0 takes any free port", "Port of the service: plaintext HTTP/2 with prior knowledge.");

    /// <summary>The gRPC address.</summary>
    public static readonly Setting GrpcBind = new(
        "GRPC_BIND", "::", "an IP address", "Address that the service listens on; :: means every address of both families.");

    /// <summary>The metrics port.</summary>
    public static readonly Setting MetricsPort = new(
        "METRICS_PORT", "8080", "0 to 65535 or off; 0 takes any free port", "Port of health, readiness and metrics: HTTP/1.1.");

    /// <summary>The metrics address.</summary>
    public static readonly Setting MetricsBind = new(
        "METRICS_BIND", "::", "an IP address", "Address that health and metrics listen on.");

    /// <summary>The health path.</summary>
    public static readonly Setting HealthEndpointUrl = new(
        "HEALTH_ENDPOINT_URL", "livez", "a path, with or without the leading /", "Path of the health endpoint.");

    /// <summary>The readiness path.</summary>
    public static readonly Setting ReadyEndpointUrl = new(
        "READY_ENDPOINT_URL", "readyz", "a path, with or without the leading /", "Path of the readiness endpoint.");

    /// <summary>The cache's bound.</summary>
    public static readonly Setting CacheMaxSizeBytes = new(
        "CACHE_MAX_SIZE_BYTES", "50 % of the memory available", "1048576 (1 MiB) and up", "Bound of the in-memory cache, per process.");

    /// <summary>The age from which a view is re-read behind the answer.</summary>
    public static readonly Setting CacheRevalidateSeconds = new(
        "CACHE_REVALIDATE_SECONDS", "10", "0 to 86400", "Without updates, from this age on an entry is read again behind the answer.");

    /// <summary>The age beyond which a view is suspect.</summary>
    public static readonly Setting CacheMaxAgeSeconds = new(
        "CACHE_MAX_AGE_SECONDS", "60", "0 to 86400", "Without updates, beyond this age an entry is read again before the answer.");

    /// <summary>How long an unknown customer is taken as such.</summary>
    public static readonly Setting NegativeCacheSeconds = new(
        "NEGATIVE_CACHE_SECONDS", "60", "0 to 86400", "How long an unknown customer is taken as such; at most 5 s without updates.");

    /// <summary>The wait for a re-read.</summary>
    public static readonly Setting RevalidateWaitMs = new(
        "REVALIDATE_WAIT_MS", "250", "0 to 10000", "How long a question waits for a re-read before the last known answer is given.");

    /// <summary>What readiness asks for.</summary>
    public static readonly Setting ReadyWhen = new(
        "READY_WHEN", "serving", "serving, data or cloud", "What has to be true once before the service calls itself ready.");

    /// <summary>The drain delay.</summary>
    public static readonly Setting ShutdownDrainSeconds = new(
        "SHUTDOWN_DRAIN_SECONDS", "5", "0 to 10", "How long new calls are answered after SIGTERM, for load balancers to notice.");

    /// <summary>The log level.</summary>
    public static readonly Setting LogLevel = new(
        "LOG_LEVEL", "warn", "error, warn, info or debug", "The least important level that is logged.");

    /// <summary>The key of the message.</summary>
    public static readonly Setting LogMessageKey = new("LOG_MESSAGE_KEY", "msg", "text", "Key of the message in the JSON line.");

    /// <summary>The key of the error.</summary>
    public static readonly Setting LogErrorKey = new("LOG_ERROR_KEY", "err", "text", "Key of the error in the JSON line.");
}
