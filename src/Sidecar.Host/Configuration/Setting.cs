namespace Sidecar.Host.Configuration;

/// <summary>One environment variable: all there is to say about it.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Default">Its default, as people read it.</param>
/// <param name="Accepted">What is accepted, as people read it.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="IsSecret">Whether its value must never be shown.</param>
public sealed record Setting(
    string Name, string Default, string Accepted, string Meaning, bool IsSecret = false)
{
    /// <summary>What stands for a default where there is none.</summary>
    public const string NoDefault = "none";

    /// <summary>The variable that names a file with the value.</summary>
    public string FileName => Name + "_FILE";
}

/// <summary>The variables of this service (the operations contract, "Environment variables").</summary>
public static class Settings
{
    /// <summary>The server key.</summary>
    public static readonly Setting ServerApiKey = new(
        "SERVER_API_KEY", Setting.NoDefault, "visible ASCII characters", "The environment's server key. Missing: nothing is sent upstream, fallbacks answer.",
        IsSecret: true);

    /// <summary>The API's address.</summary>
    public static readonly Setting ApiUrl = new(
        "API_URL", "https://api.stigg.io", HttpUrl, "The cloud's API: GraphQL under /graphql.");

    /// <summary>Whether Edge is asked.</summary>
    public static readonly Setting EdgeEnabled = new(
        "EDGE_ENABLED", "true", Flag, "Whether entitlements are read from Edge; else from the API.");

    /// <summary>Edge's address.</summary>
    public static readonly Setting EdgeApiUrl = new(
        "EDGE_API_URL", "https://edge.api.stigg.io", HttpUrl, "Where Edge is.");

    /// <summary>Whether the stream of updates is listened to.</summary>
    public static readonly Setting WsEnabled = new(
        "WS_ENABLED", "true", Flag, "Whether the cloud's updates are listened to.");

    /// <summary>The stream's address.</summary>
    public static readonly Setting WsUrl = new(
        "WS_URL", "wss://api.stigg.io", "a ws or wss URL without user, password, query or fragment", "The cloud's updates: GraphQL subscriptions under /graphql.");

    /// <summary>The prefix of all keys in Redis, and what turns Redis on.</summary>
    public static readonly Setting RedisEnvironmentPrefix = new(
        "REDIS_ENVIRONMENT_PREFIX", Setting.NoDefault, "text without blanks", "Begins all keys in Redis; set: Redis is the persistent cache.");

    /// <summary>The host of Redis.</summary>
    public static readonly Setting RedisHost = new(
        "REDIS_HOST", "localhost", "a host name or an IP address; with REDIS_SENTINEL_MASTER a comma list of host:port",
        "Where Redis is, or its sentinels.");

    /// <summary>The port of Redis.</summary>
    public static readonly Setting RedisPort = new("REDIS_PORT", "6379", "1 to 65535", "Port of Redis; with REDIS_SENTINEL_MASTER the list has the ports.");

    /// <summary>The name by which sentinels know the master.</summary>
    public static readonly Setting RedisSentinelMaster = new(
        "REDIS_SENTINEL_MASTER", Setting.NoDefault, "text without blanks", "The name by which Redis Sentinel knows the master; set: REDIS_HOST names the sentinels.");

    /// <summary>The number of the database in Redis.</summary>
    public static readonly Setting RedisDb = new("REDIS_DB", "0", "0 to 2147483647", "Number of the database in Redis.");

    /// <summary>The user at Redis.</summary>
    public static readonly Setting RedisUsername = new("REDIS_USERNAME", Setting.NoDefault, "text", "The user at Redis; needs REDIS_PASSWORD.");

    /// <summary>The password at Redis.</summary>
    public static readonly Setting RedisPassword = new(
        "REDIS_PASSWORD", Setting.NoDefault, "text", "The password at Redis.", IsSecret: true);

    /// <summary>Whether Redis is spoken to over TLS.</summary>
    public static readonly Setting RedisTls = new(
        "REDIS_TLS", "0", Flag, "Whether Redis is spoken to over TLS; its certificate has to fit the host.");

    /// <summary>The authorities that Redis's certificate may come from.</summary>
    public static readonly Setting RedisTlsCaFile = new(
        "REDIS_TLS_CA_FILE", Setting.NoDefault, PemFile, "Authorities that the certificate of Redis may come from; needs REDIS_TLS.");

    /// <summary>The life of a key in Redis.</summary>
    public static readonly Setting RedisKeysTtlInSecs = new(
        "REDIS_KEYS_TTL_IN_SECS", "604800", "1 to 2147483647, or negative: no expiry", "Life of a key in Redis, in seconds.");

    /// <summary>How long Redis may take.</summary>
    public static readonly Setting RedisTimeoutMs = new(
        "REDIS_TIMEOUT_MS", "250", "1 to 60000", "How long a question waits for Redis alone; then the cloud is asked beside it.");

    /// <summary>Who keeps Redis up to date.</summary>
    public static readonly Setting RedisMaintained = new(
        "REDIS_MAINTAINED", "auto", "auto, self or external",
        "Who keeps Redis up to date: this service and those beside it, or another program; auto: another one where WS_ENABLED is false.");

    /// <summary>The global fallbacks.</summary>
    public static readonly Setting EntitlementsFallback = new(
        "ENTITLEMENTS_FALLBACK", Setting.NoDefault, "a JSON object that maps feature ids to fallbacks", "What to answer when nothing is known.");

    /// <summary>The list of what is read at the start.</summary>
    public static readonly Setting WarmUpCustomersFile = new(
        "WARM_UP_CUSTOMERS_FILE", Setting.NoDefault, "a path", "List of customers, one a line, that are read at the start.");

    /// <summary>How long readiness waits for the list.</summary>
    public static readonly Setting WarmUpTimeoutSeconds = new(
        "WARM_UP_TIMEOUT_SECONDS", "30", "0 to 3600", "How long readiness waits for WARM_UP_CUSTOMERS_FILE.");

    /// <summary>The gRPC port.</summary>
    public static readonly Setting GrpcPort = new(
        "GRPC_PORT", "80", "0 to 65535 or off (with PORT or GRPC_UNIX_SOCKET); 0 takes any free port", "Port of the service: plaintext HTTP/2 with prior knowledge.");

    /// <summary>The gRPC address.</summary>
    public static readonly Setting GrpcBind = new(
        "GRPC_BIND", "::", "an IP address", "Address that the service listens on; :: means every address of both families.");

    /// <summary>The Unix socket.</summary>
    public static readonly Setting GrpcUnixSocket = new(
        "GRPC_UNIX_SOCKET", Setting.NoDefault, "an absolute path of at most 107 bytes", "Unix socket of the service: plaintext HTTP/2 with prior knowledge.");

    /// <summary>Who may open the Unix socket.</summary>
    public static readonly Setting GrpcUnixSocketMode = new(
        "GRPC_UNIX_SOCKET_MODE", "0660", "an octal number up to 0777", "Mode of the Unix socket's file: who may connect.");

    /// <summary>The age at which connections are closed.</summary>
    public static readonly Setting GrpcMaxConnectionAgeSeconds = new(
        "GRPC_MAX_CONNECTION_AGE_SECONDS", "off", "1 to 86400 or off",
        "Age (± 10 %) from which a client's connection is closed in a quiet moment, so that new processes get their share.");

    /// <summary>The deprecated TLS port.</summary>
    public static readonly Setting TlsPort = new(
        "PORT", "8443", AnyPortOrOff, "Deprecated port of the service: HTTP/2 over TLS, on GRPC_BIND.");

    /// <summary>The certificate of the TLS port.</summary>
    public static readonly Setting TlsCertFile = new(
        "TLS_CERT_FILE", Setting.NoDefault, PemFile, "Certificate of the TLS port, with its chain; watched. Without it one is made at the first connection.");

    /// <summary>The key of the TLS port's certificate.</summary>
    public static readonly Setting TlsKeyFile = new(
        "TLS_KEY_FILE", Setting.NoDefault, PemFile, "Private key of TLS_CERT_FILE; watched.",
        // The key itself in the place of its file's path is an easy slip.
        IsSecret: true);

    /// <summary>The authorities that clients of the TLS port have their certificates from.</summary>
    public static readonly Setting TlsClientCaFile = new(
        "TLS_CLIENT_CA_FILE", Setting.NoDefault, PemFile, "Authorities of the clients of the TLS port, which then need a certificate; watched.");

    /// <summary>The HTTP port.</summary>
    public static readonly Setting HttpPort = new(
        "HTTP_PORT", "off", AnyPortOrOff, "Port of the same calls as JSON over HTTP/1.1, in the form of Connect's unary calls.");

    /// <summary>The HTTP address.</summary>
    public static readonly Setting HttpBind = new(
        "HTTP_BIND", "::", "an IP address", "Address that HTTP_PORT listens on.");

    /// <summary>The metrics port.</summary>
    public static readonly Setting MetricsPort = new(
        "METRICS_PORT", "8080", AnyPortOrOff, "Port of health, readiness, metrics and the status page: HTTP/1.1.");

    /// <summary>The metrics address.</summary>
    public static readonly Setting MetricsBind = new(
        "METRICS_BIND", "::", "an IP address", "Address that health and metrics listen on.");

    /// <summary>The health path.</summary>
    public static readonly Setting HealthEndpointUrl = new(
        "HEALTH_ENDPOINT_URL", "livez", "a path other than metrics, with or without the leading /", "Path of the health endpoint.");

    /// <summary>The readiness path.</summary>
    public static readonly Setting ReadyEndpointUrl = new(
        "READY_ENDPOINT_URL", "readyz", "a path other than metrics, with or without the leading /", "Path of the readiness endpoint.");

    /// <summary>Whether the status page is shown.</summary>
    public static readonly Setting StatusPage = new(
        "STATUS_PAGE", "on", "on or off", "Whether METRICS_PORT shows the status page at /status; a health or readiness endpoint there takes its place.");

    /// <summary>What readiness asks for.</summary>
    public static readonly Setting ReadyWhen = new(
        "READY_WHEN", "serving", "serving, data or cloud",
        "What has to be true once for readiness: an open port, something to answer from, or a cloud that accepts the key.");

    /// <summary>How long calls are still answered after the word to end.</summary>
    public static readonly Setting ShutdownDrainSeconds = new(
        "SHUTDOWN_DRAIN_SECONDS", "5", "0 to 10", "How long new calls are still answered after SIGTERM, for load balancers to notice.");

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

    /// <summary>The bound of reads in a second.</summary>
    public static readonly Setting UpstreamMaxRps = new(
        "UPSTREAM_MAX_RPS", "500", "1 to 100000", "Reads that may be sent to the cloud in a second.");

    /// <summary>Whether nothing is asked of the cloud.</summary>
    public static readonly Setting Offline = new("OFFLINE", "false", Flag, "No request to the cloud at all.");

    /// <summary>What is answered from when offline.</summary>
    public static readonly Setting OfflineDataFile = new(
        "OFFLINE_DATA_FILE", Setting.NoDefault, "a path", "File that answers come from when offline.");

    /// <summary>Whether this process is a node of a cluster.</summary>
    public static readonly Setting ClusterEnabled = new(
        "CLUSTER_ENABLED", "false", Flag, "Whether this process is one node of a cluster, which asks the cloud once for each customer.");

    /// <summary>The address between nodes.</summary>
    public static readonly Setting ClusterHost = new(
        "CLUSTER_HOST", "this machine's first IPv4 address", "an IPv4 address of this machine, not 0.0.0.0",
        "The one address that this node listens on for other nodes, and that they are told.");

    /// <summary>The port between nodes.</summary>
    public static readonly Setting ClusterPort = new(
        "CLUSTER_PORT", "5054", "1 to 65534", "Port of messages between nodes; on the next one they tell each other who is a member.");

    /// <summary>How nodes find each other.</summary>
    public static readonly Setting ClusterDiscovery = new(
        "CLUSTER_DISCOVERY", "dns", "dns or static", "How nodes find each other: by CLUSTER_DNS_NAME or by CLUSTER_NODES.");

    /// <summary>The name that stands for all nodes.</summary>
    public static readonly Setting ClusterDnsName = new(
        "CLUSTER_DNS_NAME", Setting.NoDefault, "a host name", "Name whose addresses are all nodes', such as a headless Service's; all have the same CLUSTER_PORT.");

    /// <summary>All nodes.</summary>
    public static readonly Setting ClusterNodes = new(
        "CLUSTER_NODES", Setting.NoDefault, "a comma list of host:port, names or IPv4 addresses, ports 1 to 65534, on one host not next to each other",
        "With CLUSTER_DISCOVERY=static: all nodes, this one among them, with their CLUSTER_PORT.");

    /// <summary>How many nodes form a cluster at once.</summary>
    public static readonly Setting ClusterRequiredContactPoints = new(
        "CLUSTER_REQUIRED_CONTACT_POINTS", "with CLUSTER_NODES all of them, else 2", "1 to 1000",
        "How many nodes, this one included, have to be seen before a new cluster is formed at once; after 4 s fewer do.");

    /// <summary>Whether nodes speak TLS.</summary>
    public static readonly Setting ClusterTls = new(
        "CLUSTER_TLS", "on", "on or off", "Whether nodes speak TLS, each with a certificate. Off: whoever reaches the ports can read and write all.");

    /// <summary>This node's certificate.</summary>
    public static readonly Setting ClusterTlsCertFile = new(
        "CLUSTER_TLS_CERT_FILE", Setting.NoDefault, PemFile, "Certificate of this node, for servers and for clients; watched.");

    /// <summary>The key of this node's certificate.</summary>
    public static readonly Setting ClusterTlsKeyFile = new(
        "CLUSTER_TLS_KEY_FILE", Setting.NoDefault, PemFile, "Private key of CLUSTER_TLS_CERT_FILE; watched.",
        // The key itself in the place of its file's path is an easy slip.
        IsSecret: true);

    /// <summary>The authorities of nodes' certificates.</summary>
    public static readonly Setting ClusterTlsCaFile = new(
        "CLUSTER_TLS_CA_FILE", Setting.NoDefault, PemFile, "Authorities of all nodes' certificates; watched.");

    /// <summary>The name that nodes' certificates have in common.</summary>
    public static readonly Setting ClusterTlsName = new(
        "CLUSTER_TLS_NAME", "sidecar-node", "a host name", "DNS name that the certificates of all nodes carry.");

    /// <summary>The diagnostics port.</summary>
    public static readonly Setting DiagnosticsPort = new(
        "DIAGNOSTICS_PORT", "8081", AnyPortOrOff, "Port of the diagnostics: HTTP/1.1, for people who run the service.");

    /// <summary>The diagnostics address.</summary>
    public static readonly Setting DiagnosticsBind = new(
        "DIAGNOSTICS_BIND", "127.0.0.1", "an IP address; one off the loopback needs DIAGNOSTICS_TOKEN", "Address that the diagnostics listen on.");

    /// <summary>What the diagnostics are asked with.</summary>
    public static readonly Setting DiagnosticsToken = new(
        "DIAGNOSTICS_TOKEN", Setting.NoDefault, "16 to 1024 visible ASCII characters",
        "Token without which the diagnostics show no customer and do nothing.", IsSecret: true);

    /// <summary>The log level.</summary>
    public static readonly Setting LogLevel = new(
        "LOG_LEVEL", "warn", "error, warn, info or debug", "The least important level that is logged.");

    /// <summary>The key of the message.</summary>
    public static readonly Setting LogMessageKey = new("LOG_MESSAGE_KEY", "msg", LogKey, "Key of the message in the JSON line.");

    /// <summary>The key of the error.</summary>
    public static readonly Setting LogErrorKey = new("LOG_ERROR_KEY", "err", LogKey, "Key of the error in the JSON line.");

    private const string PemFile = "the path of a PEM file";
    private const string HttpUrl = "an http or https URL without user, password, query or fragment";
    private const string Flag = "true or false, 1 or 0, yes or no";
    private const string AnyPortOrOff = "0 to 65535 or off; 0 takes any free port";
    private const string LogKey = "text that is no other key of the line (level, time, pid, hostname, logger)";

    /// <summary>Those that have an effect only where Redis is used.</summary>
    public static IReadOnlyList<Setting> OfRedis { get; } =
    [
        RedisEnvironmentPrefix, RedisHost, RedisPort, RedisSentinelMaster, RedisDb, RedisUsername, RedisPassword, RedisTls, RedisTlsCaFile,
        RedisKeysTtlInSecs, RedisTimeoutMs, RedisMaintained,
    ];

    /// <summary>Those that have an effect only in a cluster.</summary>
    public static IReadOnlyList<Setting> OfCluster { get; } =
    [
        ClusterHost, ClusterPort, ClusterDiscovery, ClusterDnsName, ClusterNodes, ClusterRequiredContactPoints, ClusterTls, .. OfClusterTls,
    ];

    /// <summary>Those that have an effect only in a cluster that speaks TLS.</summary>
    public static IReadOnlyList<Setting> OfClusterTls => [ClusterTlsCertFile, ClusterTlsKeyFile, ClusterTlsCaFile, ClusterTlsName];

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        ServerApiKey, ApiUrl, EdgeEnabled, EdgeApiUrl, WsEnabled, WsUrl, EntitlementsFallback, Offline, OfflineDataFile, UpstreamMaxRps,
        WarmUpCustomersFile, WarmUpTimeoutSeconds,
        .. OfRedis,
        GrpcPort, GrpcBind, GrpcUnixSocket, GrpcUnixSocketMode, GrpcMaxConnectionAgeSeconds,
        TlsPort, TlsCertFile, TlsKeyFile, TlsClientCaFile,
        HttpPort, HttpBind,
        MetricsPort, MetricsBind, HealthEndpointUrl, ReadyEndpointUrl, StatusPage, ReadyWhen, ShutdownDrainSeconds,
        CacheMaxSizeBytes, CacheRevalidateSeconds, CacheMaxAgeSeconds, NegativeCacheSeconds, RevalidateWaitMs,
        ClusterEnabled, .. OfCluster,
        DiagnosticsPort, DiagnosticsBind, DiagnosticsToken,
        LogLevel, LogMessageKey, LogErrorKey,
    ];
}
