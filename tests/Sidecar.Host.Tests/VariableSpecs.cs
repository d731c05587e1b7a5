using System.Net;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>Each variable by itself: its default, what it takes, an empty value, what it refuses.</summary>
public sealed class VariableSpecs
{
    private const long Memory = 1L << 30;

    private static readonly Row[] Rows =
    [
        new("SERVER_API_KEY", o => o.ApiKey?.Reveal(), null, [("key-1", "key-1")], ["with a blank", "line\nbreak", "ключ"]),
        new("API_URL", o => o.ApiUrl.ToString(), "https://api.stigg.io/", [("http://api:5000/base", "http://api:5000/base")], HttpNonsense),
        new("EDGE_ENABLED", o => o.IsEdgeEnabled, true, Flags, FlagNonsense),
        new("EDGE_API_URL", o => o.EdgeUrl.ToString(), "https://edge.api.stigg.io/", [("https://edge", "https://edge/")], HttpNonsense),
        new("WS_ENABLED", o => o.IsStreamEnabled, true, Flags, FlagNonsense),
        new("WS_URL", o => o.StreamUrl.ToString(), "wss://api.stigg.io/", [("ws://api:5000", "ws://api:5000/")], ["https://api", "api", "ws://a:b@api"]),
        new("ENTITLEMENTS_FALLBACK", o => o.Fallbacks.FeatureIds.Count, 0, [("""{"a":{"hasAccess":true}}""", 1)], ["{", "[]", """{"a":1}"""]),
        new("OFFLINE", o => o.IsOffline, false, Flags, FlagNonsense),
        new("OFFLINE_DATA_FILE", o => o.OfflineDataFile, null, [("/data.json", "/data.json")], []),
        new("UPSTREAM_MAX_RPS", o => o.UpstreamMaxRps, 500, [("1", 1), ("100000", 100_000)], ["0", "100001", "-1", "fast"]),
        new("WARM_UP_CUSTOMERS_FILE", o => o.WarmUpFile, null, [("/customers.txt", "/customers.txt")], []),
        new("WARM_UP_TIMEOUT_SECONDS", o => o.WarmUpTimeout, TimeSpan.FromSeconds(30), [("0", TimeSpan.Zero), ("3600", TimeSpan.FromHours(1))], ["-1", "3601", "soon"]),
        new("REDIS_ENVIRONMENT_PREFIX", o => o.Redis.EnvironmentPrefix, null, [("production", "production")], ["pro duction", "a\tb"]),
        new("REDIS_HOST", o => o.Redis.EndPoints.Single().Host, "localhost", [("redis.example", "redis.example"), ("my_redis", "my_redis"), ("::1", "::1")], ["redis:6379", "a b"]),
        new("REDIS_PORT", o => o.Redis.EndPoints.Single().Port, 6379, [("1", 1), ("65535", 65535)], ["0", "65536", "off"]),
        new("REDIS_SENTINEL_MASTER", o => o.Redis.SentinelMaster, null, [("mymaster", "mymaster")], ["my master"]),
        new("REDIS_DB", o => o.Redis.Database, 0, [("15", 15)], ["-1", "first"]),
        new("REDIS_USERNAME", o => o.Redis.Username, null, [("a user", "a user")], []),
        new("REDIS_PASSWORD", o => o.Redis.Password?.Reveal(), null, [("a pass word", "a pass word")], []),
        new("REDIS_TLS", o => o.Redis.UsesTls, false, Flags, FlagNonsense),
        new("REDIS_TLS_CA_FILE", o => o.Redis.TlsCaFile, null, [("/ca.pem", "/ca.pem")], []),
        new("REDIS_KEYS_TTL_IN_SECS", o => o.Redis.KeysTtl, TimeSpan.FromDays(7), [("1", TimeSpan.FromSeconds(1)), ("-1", null)], ["0", "-0", "a week", "2147483648"]),
        new("REDIS_TIMEOUT_MS", o => o.Redis.Timeout, TimeSpan.FromMilliseconds(250), [("1", TimeSpan.FromMilliseconds(1))], ["0", "60001", "-5"]),
        new("REDIS_MAINTAINED", o => o.Redis.Maintained, RedisMaintained.Auto, [("self", RedisMaintained.Self), ("External", RedisMaintained.External)], ["yes"]),
        new("GRPC_PORT", o => o.GrpcPort, 80, [("0", 0), ("65535", 65535), ("off", -1)], ["65536", "-1", "http", " 80"], EndsProcess: true),
        new("GRPC_BIND", o => o.GrpcBind, IPAddress.IPv6Any, [("127.0.0.1", IPAddress.Loopback)], ["everywhere", "localhost"], EndsProcess: true),
        new("GRPC_UNIX_SOCKET", o => o.UnixSocket, null, [("/run/sidecar/s", "/run/sidecar/s"), ("/" + new string('x', 106), "/" + new string('x', 106))], ["run/s", "/run/", "/", "/" + new string('x', 107), "/" + new string('ä', 54), "/a\nb"]),
        new("GRPC_UNIX_SOCKET_MODE", o => (int)o.UnixSocketMode, 0b110_110_000, [("0600", 0b110_000_000), ("777", 0b111_111_111), ("0", 0)], ["1777", "0o660", "rw", "888", "00660", "-1"]),
        new("GRPC_MAX_CONNECTION_AGE_SECONDS", o => o.MaxConnectionAge, null, [("1", TimeSpan.FromSeconds(1)), ("86400", TimeSpan.FromDays(1)), ("Off", null)], ["0", "86401", "-1", "5m"]),
        new("PORT", o => o.TlsPort, 8443, [("0", 0), ("OFF", -1)], ["65536", "on"], EndsProcess: true),
        // One of the two alone is a mistake.
        new("TLS_CERT_FILE", o => o.TlsCertFile, null, [], ["/tls.crt"]),
        new("TLS_KEY_FILE", o => o.TlsKeyFile, null, [], ["/tls.key"]),
        new("TLS_CLIENT_CA_FILE", o => o.TlsClientCaFile, null, [("/ca.crt", "/ca.crt")], []),
        new("HTTP_PORT", o => o.HttpPort, -1, [("0", 0), ("8082", 8082), ("OFF", -1)], ["65536", "on"], EndsProcess: true),
        new("HTTP_BIND", o => o.HttpBind, IPAddress.IPv6Any, [("127.0.0.1", IPAddress.Loopback)], ["localhost"], EndsProcess: true),
        new("METRICS_PORT", o => o.MetricsPort, 8080, [("0", 0), ("off", -1)], ["x", "-1"], EndsProcess: true),
        new("METRICS_BIND", o => o.MetricsBind, IPAddress.IPv6Any, [("::1", IPAddress.IPv6Loopback)], ["localhost"], EndsProcess: true),
        new("HEALTH_ENDPOINT_URL", o => o.HealthPath, "/livez", [("a/b", "/a/b"), ("/c", "/c")], ["/", "a?b", "a b"]),
        new("READY_ENDPOINT_URL", o => o.ReadyPath, "/readyz", [("a/b", "/a/b"), ("/c", "/c")], ["/", "a#b", "ä"]),
        new("STATUS_PAGE", o => o.IsStatusPageOn, true, [("on", true), ("Off", false)], ["true", "/status"]),
        new("READY_WHEN", o => o.ReadyWhen, ReadyWhen.Serving, [("serving", ReadyWhen.Serving), ("Data", ReadyWhen.Data), ("cloud", ReadyWhen.Cloud)], ["always"]),
        new("SHUTDOWN_DRAIN_SECONDS", o => o.ShutdownDrain, TimeSpan.FromSeconds(5), [("0", TimeSpan.Zero), ("10", TimeSpan.FromSeconds(10))], ["11", "-1", "5s"]),
        new("CACHE_MAX_SIZE_BYTES", o => o.CacheMaxBytes, Memory / 2, [("1048576", 1L << 20), ("9223372036854775807", long.MaxValue)], ["1048575", "1 GB"]),
        new("CACHE_REVALIDATE_SECONDS", o => o.Freshness.RevalidateAfter, TimeSpan.FromSeconds(10), [("0", TimeSpan.Zero)], ["-1", "86401"]),
        new("CACHE_MAX_AGE_SECONDS", o => o.Freshness.MaxAge, TimeSpan.FromSeconds(60), [("86400", TimeSpan.FromDays(1))], ["1h"]),
        new("NEGATIVE_CACHE_SECONDS", o => o.Freshness.UnknownMaxAge, TimeSpan.FromSeconds(60), [("5", TimeSpan.FromSeconds(5))], ["86401"]),
        new("REVALIDATE_WAIT_MS", o => o.RevalidateWait, TimeSpan.FromMilliseconds(250), [("0", TimeSpan.Zero), ("10000", TimeSpan.FromSeconds(10))], ["10001"]),
        // It takes more than this one to have a cluster.
        new("CLUSTER_ENABLED", o => o.Cluster.IsEnabled, false, [("false", false), ("0", false), ("NO", false)], FlagNonsense),
        new("CLUSTER_HOST", o => o.Cluster.Host?.ToString(), null, [("127.0.0.2", "127.0.0.2")], ["0.0.0.0", "255.255.255.255", "::1", "localhost", "10.1"]),
        new("CLUSTER_PORT", o => o.Cluster.Port, 5054, [("1", 1), ("65534", 65_534)], ["0", "65535", "off"]),
        new("CLUSTER_DISCOVERY", o => o.Cluster.Discovery, ClusterDiscovery.Dns, [("Static", ClusterDiscovery.Static), ("dns", ClusterDiscovery.Dns)], ["kubernetes"]),
        new("CLUSTER_DNS_NAME", o => o.Cluster.DnsName, null, [("peers.local", "peers.local")], ["a b", "10.0.0.1", "peers:5054"]),
        new("CLUSTER_NODES", o => string.Join(' ', o.Cluster.Nodes.Select(node => $"{node.Host}:{node.Port}")), "", [("10.0.0.1:5054, two:5055", "10.0.0.1:5054 two:5055")], ["10.0.0.1", "one:0", "one:5054,"]),
        new("CLUSTER_REQUIRED_CONTACT_POINTS", o => o.Cluster.RequiredContactPoints, null, [("1", 1), ("1000", 1000)], ["0", "1001", "all"]),
        new("CLUSTER_TLS", o => o.Cluster.UsesTls, true, [("on", true), ("Off", false)], ["false", "tls"]),
        new("CLUSTER_TLS_CERT_FILE", o => o.Cluster.TlsCertFile, null, [("/tls.crt", "/tls.crt")], []),
        new("CLUSTER_TLS_KEY_FILE", o => o.Cluster.TlsKeyFile, null, [("/tls.key", "/tls.key")], []),
        new("CLUSTER_TLS_CA_FILE", o => o.Cluster.TlsCaFile, null, [("/ca.crt", "/ca.crt")], []),
        new("CLUSTER_TLS_NAME", o => o.Cluster.TlsName, "sidecar-node", [("node.example", "node.example")], ["a b", "10.0.0.1"]),
        new("DIAGNOSTICS_PORT", o => o.DiagnosticsPort, 8081, [("0", 0), ("off", -1)], ["65536", "-1"], EndsProcess: true),
        new("DIAGNOSTICS_BIND", o => o.DiagnosticsBind, IPAddress.Loopback, [("::1", IPAddress.IPv6Loopback)], ["localhost"], EndsProcess: true),
        new("DIAGNOSTICS_TOKEN", o => o.DiagnosticsToken?.Reveal(), null,
            [(new string('t', 16), new string('t', 16)), (new string('t', 1024), new string('t', 1024))],
            [new string('t', 15), new string('t', 1025), "a token with blanks", "token-with-an-ä-in-it"]),
        new("LOG_LEVEL", o => o.LogLevel, LogLevel.Warning, [("error", LogLevel.Error), ("DEBUG", LogLevel.Debug), ("info", LogLevel.Information)], ["trace"]),
        new("LOG_MESSAGE_KEY", o => o.LogMessageKey, "msg", [("message", "message")], ["level"]),
        new("LOG_ERROR_KEY", o => o.LogErrorKey, "err", [("error", "error")], ["time"]),
    ];

    private static (string Text, object? Expected)[] Flags =>
        [("true", true), ("True", true), ("1", true), ("YES", true), ("false", false), ("False", false), ("0", false), ("no", false)];

    private static string[] FlagNonsense => ["on", "2", "y", " true"];

    private static string[] HttpNonsense => ["edge", "ftp://edge", "/path", "https://user:password@edge"];

    public static TheoryData<string> Names() => [.. Settings.All.Select(setting => setting.Name)];

    public static TheoryData<string, int> AcceptedValues()
    {
        var data = new TheoryData<string, int>();
        foreach (var row in Rows)
        {
            for (var i = 0; i < row.Accepted.Length; i++)
                data.Add(row.Name, i);
        }

        return data;
    }

    public static TheoryData<string, string> BadValues()
    {
        var data = new TheoryData<string, string>();
        foreach (var row in Rows)
        {
            foreach (var text in row.Bad)
                data.Add(row.Name, text);
        }

        return data;
    }

    [Fact]
    public void Every_setting_has_a_row() => Rows.Select(row => row.Name).Should().BeEquivalentTo(Settings.All.Select(setting => setting.Name));

    [Fact]
    public void Every_setting_that_does_not_take_any_text_has_a_value_that_it_refuses()
    {
        foreach (var setting in Settings.All.Where(setting => setting.Accepted is not ("text" or "a path" or "the path of a PEM file")))
            RowOf(setting.Name).Bad.Should().NotBeEmpty(setting.Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Default_is_the_contracts(string name)
    {
        RowOf(name).Option(Read([], out var reader)).Should().Be(RowOf(name).Default);
        reader.Faults.Should().BeEmpty();
        reader.InForce(SettingOf(name)).Source.Should().Be(SettingSource.Default);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Empty_value_is_an_unset_one(string name)
    {
        RowOf(name).Option(Read(new() { [name] = "", [name + "_FILE"] = "" }, out var reader)).Should().Be(RowOf(name).Default);
        reader.Faults.Should().BeEmpty();
        reader.IsSet(SettingOf(name)).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(AcceptedValues))]
    public void Accepted_value_is_in_force_from_the_variable_and_from_a_file(string name, int index)
    {
        var (text, expected) = RowOf(name).Accepted[index];

        RowOf(name).Option(Read(new() { [name] = text }, out var reader)).Should().Be(expected);
        reader.Faults.Should().BeEmpty();
        reader.InForce(SettingOf(name)).Should().Be(new SettingValue(SettingOf(name), text, SettingSource.Variable));

        RowOf(name).Option(Read(new() { [name + "_FILE"] = text }, out var second)).Should().Be(expected);
        second.Faults.Should().BeEmpty();
        second.InForce(SettingOf(name)).Should().Be(new SettingValue(SettingOf(name), text, SettingSource.File, text));
    }

    [Theory]
    [MemberData(nameof(BadValues))]
    public void Bad_value_leaves_the_default_and_one_fault_that_names_the_variable(string name, string text)
    {
        RowOf(name).Option(Read(new() { [name] = text }, out var reader)).Should().Be(RowOf(name).Default);

        var fault = reader.Faults.Should().ContainSingle().Subject;
        fault.Text.Should().StartWith(name + " ");
        fault.EndsProcess.Should().Be(RowOf(name).EndsProcess);
        reader.InForce(SettingOf(name)).Source.Should().Be(SettingSource.Fault);
        if (SettingOf(name).IsSecret)
            fault.Text.Should().NotContain(text);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void File_that_can_not_be_read_leaves_the_default_and_says_so(string name)
    {
        RowOf(name).Option(Read(new() { [name + "_FILE"] = Missing }, out var reader)).Should().Be(RowOf(name).Default);

        var fault = reader.Faults.Should().ContainSingle().Subject;
        fault.Text.Should().StartWith(name + "_FILE ").And.Match(text => RowOf(name).EndsProcess || text.EndsWith(
            $"; its default is taken: {SettingOf(name).Default}", StringComparison.Ordinal));
        fault.EndsProcess.Should().Be(RowOf(name).EndsProcess);
    }

    private const string Missing = "/not/there";

    private static Row RowOf(string name) => Rows.Single(row => row.Name == name);

    private static Setting SettingOf(string name) => Settings.All.Single(setting => setting.Name == name);

    // A file holds its own path, so that a value's file is the value.
    private static SidecarOptions Read(Dictionary<string, string> variables, out SettingsReader reader)
    {
        reader = new SettingsReader(variables.GetValueOrDefault, path => path == Missing ? throw new FileNotFoundException("it is not there") : path);
        return SidecarOptions.Read(reader, Memory);
    }

    private sealed record Row(
        string Name, Func<SidecarOptions, object?> Option, object? Default, (string Text, object? Expected)[] Accepted, string[] Bad,
        bool EndsProcess = false);
}
