using System.Globalization;
using System.Net;
using System.Text;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Host.Logging;
using Sidecar.Host.ServiceStatus;
using Sidecar.Host.Telemetry;
using Sidecar.Protocol;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Configuration;

/// <summary>How the options are read, and what is made of those that don't go together.</summary>
public sealed partial record SidecarOptions
{
    /// <summary>Reads all options.</summary>
    /// <param name="reader">Where from; keeps the faults.</param>
    /// <param name="availableMemory">Memory available to the process, in bytes.</param>
    public static SidecarOptions Read(SettingsReader reader, long availableMemory)
    {
        var defaults = new SidecarOptions();
        var (messageKey, errorKey) = LogKeysOf(reader, defaults);
        var (healthPath, readyPath) = PathsOf(reader, defaults);
        var (certFile, keyFile) = CertificateOf(reader);
        var tlsPort = reader.Port(Settings.TlsPort, off: NoPort) ?? DefaultTlsPort;
        var socket = reader.Text(Settings.GrpcUnixSocket, IsSocketPath);
        var options = new SidecarOptions
        {
            ApiKey = reader.Text(Settings.ServerApiKey, IsUsableApiKey) is { } key ? new Secret(key) : null,
            ApiKeyFile = reader.FileOf(Settings.ServerApiKey),
            IsApiKeyFaulted = reader.IsFaulted(Settings.ServerApiKey),
            ApiUrl = reader.Url(Settings.ApiUrl, Uri.UriSchemeHttp, Uri.UriSchemeHttps) ?? defaults.ApiUrl,
            IsEdgeEnabled = reader.Flag(Settings.EdgeEnabled) ?? defaults.IsEdgeEnabled,
            EdgeUrl = reader.Url(Settings.EdgeApiUrl, Uri.UriSchemeHttp, Uri.UriSchemeHttps) ?? defaults.EdgeUrl,
            IsStreamEnabled = reader.Flag(Settings.WsEnabled) ?? defaults.IsStreamEnabled,
            StreamUrl = reader.Url(Settings.WsUrl, Uri.UriSchemeWs, Uri.UriSchemeWss) ?? defaults.StreamUrl,
            Fallbacks = FallbacksOf(reader),
            FallbackFile = reader.FileOf(Settings.EntitlementsFallback),
            AreFallbacksFaulted = reader.IsFaulted(Settings.EntitlementsFallback),
            IsOffline = reader.Flag(Settings.Offline) ?? defaults.IsOffline,
            OfflineDataFile = reader.Text(Settings.OfflineDataFile),
            UpstreamMaxRps = (int)(reader.WholeNumber(Settings.UpstreamMaxRps, 1, MaxUpstreamRps) ?? DefaultUpstreamMaxRps),
            WarmUpFile = reader.Text(Settings.WarmUpCustomersFile),
            WarmUpTimeout = Seconds(reader, Settings.WarmUpTimeoutSeconds, MaxWarmUpSeconds) ?? defaults.WarmUpTimeout,
            Redis = RedisOf(reader),
            GrpcPort = GrpcPortOf(reader, hasOtherWay: tlsPort != NoPort || socket is not null),
            GrpcBind = reader.Address(Settings.GrpcBind) ?? defaults.GrpcBind,
            UnixSocket = socket,
            UnixSocketMode = reader.FileMode(Settings.GrpcUnixSocketMode) ?? defaults.UnixSocketMode,
            MaxConnectionAge = reader.WholeNumberOrOff(Settings.GrpcMaxConnectionAgeSeconds, 1, MaxSeconds, off: 0) is > 0 and var age
                ? TimeSpan.FromSeconds(age)
                : null,
            TlsPort = tlsPort,
            TlsCertFile = certFile,
            TlsKeyFile = keyFile,
            TlsClientCaFile = reader.Text(Settings.TlsClientCaFile),
            HttpPort = reader.Port(Settings.HttpPort, off: NoPort) ?? NoPort,
            HttpBind = reader.Address(Settings.HttpBind) ?? defaults.HttpBind,
            MetricsPort = reader.Port(Settings.MetricsPort, off: NoPort) ?? DefaultMetricsPort,
            MetricsBind = reader.Address(Settings.MetricsBind) ?? defaults.MetricsBind,
            HealthPath = healthPath,
            ReadyPath = readyPath,
            IsStatusPageOn = StatusPageOf(reader, healthPath, readyPath),
            ReadyWhen = reader.OneOf(Settings.ReadyWhen, "serving", "data", "cloud") switch
            {
                "data" => ReadyWhen.Data,
                "cloud" => ReadyWhen.Cloud,
                _ => ReadyWhen.Serving,
            },
            ShutdownDrain = Seconds(reader, Settings.ShutdownDrainSeconds, MaxDrainSeconds) ?? defaults.ShutdownDrain,
            CacheMaxBytes = CacheMaxBytesOf(reader, availableMemory),
            Freshness = new FreshnessRules
            {
                RevalidateAfter = Seconds(reader, Settings.CacheRevalidateSeconds) ?? FreshnessRules.DefaultRevalidateAfter,
                MaxAge = Seconds(reader, Settings.CacheMaxAgeSeconds) ?? FreshnessRules.DefaultMaxAge,
                UnknownMaxAge = Seconds(reader, Settings.NegativeCacheSeconds) ?? FreshnessRules.DefaultUnknownMaxAge,
            },
            RevalidateWait = Milliseconds(reader, Settings.RevalidateWaitMs, 0, 10_000) ?? defaults.RevalidateWait,
            Cluster = ClusterOptions.Read(reader),
            DiagnosticsPort = reader.Port(Settings.DiagnosticsPort, off: NoPort) ?? DefaultDiagnosticsPort,
            IsDiagnosticsChosen = IsDiagnosticsSet(reader),
            DiagnosticsBind = reader.Address(Settings.DiagnosticsBind) ?? defaults.DiagnosticsBind,
            DiagnosticsToken = reader.Text(Settings.DiagnosticsToken, IsUsableToken) is { } token ? new Secret(token) : null,
            Telemetry = TelemetryOptions.Read(reader),
            LogLevel = reader.OneOf(Settings.LogLevel, "error", "warn", "info", "debug") switch
            {
                "error" => LogLevel.Error,
                "info" => LogLevel.Information,
                "debug" => LogLevel.Debug,
                _ => LogLevel.Warning,
            },
            LogMessageKey = messageKey,
            LogErrorKey = errorKey,
        };
        options = PortsBesideEachOther(options, reader);
        options = ClusterBesideOthers(options, reader);
        options = DiagnosticsBesideOthers(options, reader);
        return options with
        {
            WithoutEffect = [.. Settings.All
                .Where(setting => reader.IsSet(setting) && IsIdle(setting, options))
                .Select(setting => setting.Name)],
        };
    }

    /// <summary>Whether a text can be a server key: any other character could not stand in a header.</summary>
    internal static bool IsUsableApiKey(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    private static FallbackTable FallbacksOf(SettingsReader reader)
    {
        if (reader.Text(Settings.EntitlementsFallback) is not { } json)
            return FallbackTable.Empty;
        var (fallbacks, faults) = FallbackParser.Parse(json);
        foreach (var fault in faults)
            reader.AddFault(Settings.EntitlementsFallback, fault);
        if (faults.Count > 0 && fallbacks.FeatureIds.Count == 0)
            reader.TakeDefault(Settings.EntitlementsFallback);
        return fallbacks;
    }

    private static RedisOptions RedisOf(SettingsReader reader)
    {
        var defaults = new RedisOptions();
        var master = reader.Text(Settings.RedisSentinelMaster, IsOneWord);
        var port = (int)(reader.WholeNumber(Settings.RedisPort, 1, IPEndPoint.MaxPort) ?? RedisOptions.DefaultPort);
        var prefix = reader.Text(Settings.RedisEnvironmentPrefix, IsOneWord);
        var endPoints = RedisEndPointsOf(reader, master is not null, port);
        if (prefix is not null && master is not null && !reader.IsSet(Settings.RedisHost))
        {
            reader.AddFault(
                Settings.RedisSentinelMaster,
                $"is '{Excerpt.Of(master)}' without {Settings.RedisHost.Name}, expected the sentinels there, a comma list of host:port; "
                + $"localhost:{DefaultSentinelPort} is asked");
        }

        return new RedisOptions
        {
            EnvironmentPrefix = prefix,
            SentinelMaster = master,
            EndPoints = endPoints,
            Database = (int)(reader.WholeNumber(Settings.RedisDb, 0, int.MaxValue) ?? defaults.Database),
            Username = reader.Text(Settings.RedisUsername),
            Password = reader.Text(Settings.RedisPassword) is { } password ? new Secret(password) : null,
            PasswordFile = reader.FileOf(Settings.RedisPassword),
            IsPasswordFaulted = reader.IsFaulted(Settings.RedisPassword),
            UsesTls = reader.Flag(Settings.RedisTls) ?? defaults.UsesTls,
            TlsCaFile = reader.Text(Settings.RedisTlsCaFile),
            KeysTtl = reader.WholeNumber(Settings.RedisKeysTtlInSecs, int.MinValue, int.MaxValue, except: 0) switch
            {
                null => defaults.KeysTtl,
                < 0 => null,
                { } seconds => TimeSpan.FromSeconds(seconds),
            },
            Timeout = Milliseconds(reader, Settings.RedisTimeoutMs, 1, MaxRedisTimeoutMs) ?? defaults.Timeout,
            Maintained = reader.OneOf(Settings.RedisMaintained, "auto", "self", "external") switch
            {
                "self" => RedisMaintained.Self,
                "external" => RedisMaintained.External,
                _ => RedisMaintained.Auto,
            },
        };
    }

    private static bool IsOneWord(string text) => !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static IReadOnlyList<DnsEndPoint> RedisEndPointsOf(SettingsReader reader, bool areSentinels, int port)
    {
        var text = reader.Text(
            Settings.RedisHost, text => areSentinels ? Places.In(text) is not null : Uri.CheckHostName(text) != UriHostNameType.Unknown);
        return text is null ? [new("localhost", areSentinels ? DefaultSentinelPort : port)]
            : areSentinels ? Places.In(text)!
            : [new(text, port)];
    }

    // Whether something else would have to be set for it, or takes its place.
    private static bool IsIdle(Setting setting, SidecarOptions options) =>
        (Settings.OfRedis.Contains(setting) && (options.IsOffline || options.Redis.EnvironmentPrefix is null))
        || options.Cluster.IsIdle(setting)
        || (setting == Settings.RedisPort && options.Redis.SentinelMaster is not null)
        || (setting == Settings.RedisTlsCaFile && !options.Redis.UsesTls)
        // A password's file may appear later.
        || (setting == Settings.RedisUsername && options.Redis is { Password: null, PasswordFile: null })
        || (setting == Settings.OfflineDataFile && !options.IsOffline)
        || (setting == Settings.WarmUpCustomersFile && options.IsOffline)
        || (setting == Settings.WarmUpTimeoutSeconds && (options.IsOffline || options.WarmUpFile is null))
        || ((setting == Settings.DiagnosticsBind || setting == Settings.DiagnosticsToken) && options.DiagnosticsPort == NoPort)
        || (setting == Settings.HttpBind && options.HttpPort == NoPort)
        || (setting == Settings.GrpcUnixSocketMode && options.UnixSocket is null)
        || ((setting == Settings.TlsCertFile || setting == Settings.TlsKeyFile || setting == Settings.TlsClientCaFile) && options.TlsPort == NoPort);

    // The name of a socket's file has so much room in the system's structure.
    private static bool IsSocketPath(string text) =>
        Path.IsPathFullyQualified(text) && !Path.EndsInDirectorySeparator(text) && !text.Any(char.IsControl)
        && Encoding.UTF8.GetByteCount(text) <= MaxSocketPathBytes;

    private static (string? Cert, string? Key) CertificateOf(SettingsReader reader)
    {
        var (cert, key) = (reader.Text(Settings.TlsCertFile), reader.Text(Settings.TlsKeyFile));
        if (cert is null == key is null)
            return (cert, key);
        var (given, missing) = cert is null ? (Settings.TlsKeyFile, Settings.TlsCertFile) : (Settings.TlsCertFile, Settings.TlsKeyFile);
        // One that was given and can't be used has a fault of its own, which says enough.
        if (!reader.IsFaulted(missing))
            reader.AddFault(given, $"is set without {missing.Name}, expected both or none; the TLS port shows a certificate that it makes itself");
        reader.TakeInstead(given, given.Default);
        return (null, null);
    }

    private static int GrpcPortOf(SettingsReader reader, bool hasOtherWay)
    {
        var port = reader.Port(Settings.GrpcPort, off: NoPort) ?? DefaultGrpcPort;
        if (port != NoPort || hasOtherWay)
            return port;
        reader.TakeDefault(Settings.GrpcPort);
        reader.AddFault(
            Settings.GrpcPort,
            $"is 'off', expected {Settings.GrpcPort.Accepted}: with {Settings.TlsPort.Name} off and no {Settings.GrpcUnixSocket.Name} nobody could reach the service",
            endsProcess: true);
        return DefaultGrpcPort;
    }

    // The gRPC port goes first: without it nothing could be reached. The deprecated one goes last, unless it is the only way in.
    private static SidecarOptions PortsBesideEachOther(SidecarOptions options, SettingsReader reader)
    {
        // What stands in the place of a value that ends the process clashes with nothing.
        if (reader.Faults.Any(fault => fault.EndsProcess))
            return options;
        if (Clash(options.TlsPort, options.GrpcBind, options.GrpcPort, options.GrpcBind))
            options = options with { TlsPort = DoWithout(Settings.TlsPort, options.TlsPort, Settings.GrpcPort, "TLS") };
        if (Clash(options.MetricsPort, options.MetricsBind, options.GrpcPort, options.GrpcBind))
            options = options with { MetricsPort = DoWithout(Settings.MetricsPort, options.MetricsPort, Settings.GrpcPort, "health and metrics") };
        if (Clash(options.HttpPort, options.HttpBind, options.GrpcPort, options.GrpcBind))
            options = options with { HttpPort = DoWithout(Settings.HttpPort, options.HttpPort, Settings.GrpcPort, "calls over HTTP") };
        if (Clash(options.HttpPort, options.HttpBind, options.MetricsPort, options.MetricsBind))
            options = options with { HttpPort = DoWithout(Settings.HttpPort, options.HttpPort, Settings.MetricsPort, "calls over HTTP") };
        if (Clash(options.HttpPort, options.HttpBind, options.TlsPort, options.GrpcBind))
            options = options with { HttpPort = DoWithout(Settings.HttpPort, options.HttpPort, Settings.TlsPort, "calls over HTTP") };
        if (!Clash(options.TlsPort, options.GrpcBind, options.MetricsPort, options.MetricsBind))
            return options;
        return options.GrpcPort == NoPort && options.UnixSocket is null
            ? options with { MetricsPort = DoWithout(Settings.MetricsPort, options.MetricsPort, Settings.TlsPort, "health and metrics") }
            : options with { TlsPort = DoWithout(Settings.TlsPort, options.TlsPort, Settings.MetricsPort, "TLS") };

        static bool Clash(int port, IPAddress address, int other, IPAddress otherAddress) =>
            port is not (NoPort or 0) && port == other && Overlap(address, otherAddress);

        int DoWithout(Setting setting, int port, Setting other, string without)
        {
            reader.TakeInstead(setting, "off");
            reader.AddFault(
                setting, $"is {port}, which is {other.Name}'s too, expected another port, 0 or off; the service runs without {without}");
            return NoPort;
        }
    }

    // Clients, health and metrics go first: a node that no other one reaches still answers.
    private static SidecarOptions ClusterBesideOthers(SidecarOptions options, SettingsReader reader)
    {
        if (options.Cluster is not { IsEnabled: true, Host: { } host } cluster)
            return options;
        (Setting Setting, int Port, IPAddress Address)[] others =
        [
            (Settings.GrpcPort, options.GrpcPort, options.GrpcBind),
            (Settings.TlsPort, options.TlsPort, options.GrpcBind),
            (Settings.MetricsPort, options.MetricsPort, options.MetricsBind),
            (Settings.HttpPort, options.HttpPort, options.HttpBind),
        ];
        foreach (var other in others)
        {
            if ((other.Port != cluster.Port && other.Port != cluster.ExchangePort) || !Overlap(other.Address, host))
                continue;
            reader.AddFault(
                Settings.ClusterPort,
                $"is {cluster.Port}, and {other.Setting.Name} takes {other.Port}, expected two ports of its own; {ClusterOptions.Alone}");
            return options with { Cluster = cluster with { IsEnabled = false } };
        }

        return options;
    }

    internal static bool Overlap(IPAddress one, IPAddress other)
    {
        // The address that stands for all of both families, then that for all of one.
        if (one.Equals(IPAddress.IPv6Any) || other.Equals(IPAddress.IPv6Any))
            return true;
        var (left, right) = (Plain(one), Plain(other));
        return left.Equals(right)
            || (left.AddressFamily == right.AddressFamily && (left.Equals(IPAddress.Any) || right.Equals(IPAddress.Any)));

        static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    // Each key is sound by itself; if they are the same, the one goes that makes them differ again.
    private static (string Message, string Error) LogKeysOf(SettingsReader reader, SidecarOptions defaults)
    {
        var message = reader.Text(Settings.LogMessageKey, text => !JsonLineFormatter.IsReserved(text)) ?? defaults.LogMessageKey;
        var error = reader.Text(Settings.LogErrorKey, text => !JsonLineFormatter.IsReserved(text)) ?? defaults.LogErrorKey;
        if (message != error)
            return (message, error);
        if (error != defaults.LogErrorKey)
        {
            Refuse(Settings.LogErrorKey, Settings.LogMessageKey);
            return (message, defaults.LogErrorKey);
        }

        Refuse(Settings.LogMessageKey, Settings.LogErrorKey);
        return (defaults.LogMessageKey, error);

        void Refuse(Setting setting, Setting other)
        {
            reader.TakeInstead(setting, setting.Default);
            reader.AddFault(setting, $"is '{Excerpt.Of(message)}', the same as {other.Name}; its default is taken: {setting.Default}");
        }
    }

    // Probes go first: a page in the place of a health endpoint would call everything healthy.
    private static bool StatusPageOf(SettingsReader reader, params string[] probes)
    {
        if (reader.OneOf(Settings.StatusPage, "on", "off") == "off")
            return false;
        if (Array.Find(probes, static path => IsOfStatusPage(path)) is not { } taken)
            return true;
        // Who set nothing but a path that the page did not have before misses nothing.
        if (reader.IsSet(Settings.StatusPage) && !reader.IsFaulted(Settings.StatusPage))
        {
            var (setting, other) = (Settings.StatusPage, taken == probes[0] ? Settings.HealthEndpointUrl : Settings.ReadyEndpointUrl);
            reader.AddFault(setting, $"is 'on', but {other.Name} takes the page's path, {taken}; the service runs without the page");
        }

        reader.TakeInstead(Settings.StatusPage, "off");
        return false;

        static bool IsOfStatusPage(string path) =>
            path.Equals(StatusEndpoints.PagePath, StringComparison.OrdinalIgnoreCase) || path.Equals(StatusEndpoints.DataPath, StringComparison.OrdinalIgnoreCase);
    }

    private static long CacheMaxBytesOf(SettingsReader reader, long availableMemory)
    {
        if (reader.WholeNumber(Settings.CacheMaxSizeBytes, EntitlementCache.SmallestMaxBytes, long.MaxValue) is { } bytes)
            return bytes;
        var half = Math.Max(EntitlementCache.SmallestMaxBytes, availableMemory / 2);
        reader.TakeDefault(Settings.CacheMaxSizeBytes, half.ToString(CultureInfo.InvariantCulture));
        return half;
    }

    private static TimeSpan? Seconds(SettingsReader reader, Setting setting, int highest = MaxSeconds) =>
        reader.WholeNumber(setting, 0, highest) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static TimeSpan? Milliseconds(SettingsReader reader, Setting setting, int lowest, int highest) =>
        reader.WholeNumber(setting, lowest, highest) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

    private static string? PathOf(SettingsReader reader, Setting setting)
    {
        var path = reader.Text(setting, text => text.Trim('/').Length > 0 && text.All(c => c is > ' ' and <= '~' and not ('?' or '#' or '%'))
            && !text.Trim('/').Equals(MetricsPath, StringComparison.OrdinalIgnoreCase)
            && !text.Split('/').Any(segment => segment is "." or ".."));
        return path is null ? null : "/" + path.TrimStart('/');
    }

    // One of two that are the same would hide the other.
    private static (string Health, string Ready) PathsOf(SettingsReader reader, SidecarOptions defaults)
    {
        var health = PathOf(reader, Settings.HealthEndpointUrl) ?? defaults.HealthPath;
        var ready = PathOf(reader, Settings.ReadyEndpointUrl) ?? defaults.ReadyPath;
        if (!health.Equals(ready, StringComparison.OrdinalIgnoreCase))
            return (health, ready);
        var (setting, other) = ready == defaults.ReadyPath
            ? (Settings.HealthEndpointUrl, Settings.ReadyEndpointUrl)
            : (Settings.ReadyEndpointUrl, Settings.HealthEndpointUrl);
        reader.TakeInstead(setting, setting.Default);
        reader.AddFault(setting, $"is '{Excerpt.Of(health)}', the same as {other.Name}; its default is taken: {setting.Default}");
        return setting == Settings.ReadyEndpointUrl ? (health, defaults.ReadyPath) : (defaults.HealthPath, ready);
    }
}
