using System.Net;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class SidecarOptionsSpecs
{
    private const long Memory = 1L << 30;

    [Theory]
    [InlineData("one:26379", new[] { "one:26379" })]
    [InlineData("one:1, two.example:2,[::1]:3", new[] { "one:1", "two.example:2", "::1:3" })]
    public void With_a_sentinel_master_the_host_is_a_list_of_sentinels(string hosts, string[] expected)
    {
        var options = Read(new() { ["REDIS_SENTINEL_MASTER"] = "mymaster", ["REDIS_HOST"] = hosts }, out var faults);

        faults.Should().BeEmpty();
        options.Redis.EndPoints.Select(place => $"{place.Host}:{place.Port}").Should().Equal(expected);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("one:0")]
    [InlineData("one:26379,")]
    [InlineData("one:26379,two")]
    [InlineData(":26379")]
    [InlineData("one:+1")]
    public void List_of_sentinels_that_can_t_be_used_is_a_fault(string hosts)
    {
        var options = Read(new() { ["REDIS_SENTINEL_MASTER"] = "mymaster", ["REDIS_HOST"] = hosts }, out var faults);

        faults.Should().ContainSingle().Which.Text.Should().Contain("REDIS_HOST").And.Contain(hosts).And.Contain("host:port");
        options.Redis.EndPoints.Should().ContainSingle().Which.Port.Should().Be(26379);
    }

    [Theory]
    [InlineData("REDIS_ENVIRONMENT_PREFIX", "p", false)]
    [InlineData("OFFLINE", "true", true)]
    [InlineData("LOG_LEVEL", "info", true)]
    public void Redis_has_no_effect_without_a_prefix_and_offline(string name, string value, bool isWithout)
    {
        var options = Read(new() { ["REDIS_HOST"] = "redis", [name] = value }, out _);

        options.WithoutEffect.Contains("REDIS_HOST").Should().Be(isWithout);
    }

    [Theory]
    [InlineData("REDIS_TLS_CA_FILE", null, null, true)]
    [InlineData("REDIS_TLS_CA_FILE", "REDIS_TLS", "1", false)]
    [InlineData("REDIS_USERNAME", null, null, true)]
    [InlineData("REDIS_USERNAME", "REDIS_PASSWORD", "secret", false)]
    [InlineData("REDIS_USERNAME", "REDIS_PASSWORD_FILE", "/not/there/yet", false)]
    [InlineData("REDIS_PORT", null, null, false)]
    [InlineData("REDIS_PORT", "REDIS_SENTINEL_MASTER", "mymaster", true)]
    public void What_redis_is_told_that_the_others_leave_without_effect_is_told(string name, string? other, string? value, bool isWithout)
    {
        var variables = new Dictionary<string, string> { ["REDIS_ENVIRONMENT_PREFIX"] = "p", ["REDIS_HOST"] = "one:1", [name] = "6379" };
        if (other is not null)
            variables[other] = value!;

        Read(variables, out _).WithoutEffect.Should().Equal(isWithout ? [name] : []);
    }

    [Theory]
    [InlineData("p", 1)]
    [InlineData("", 0)]
    public void A_sentinel_master_without_a_host_is_a_fault_where_redis_is_used(string prefix, int faultCount)
    {
        var options = Read(new() { ["REDIS_ENVIRONMENT_PREFIX"] = prefix, ["REDIS_SENTINEL_MASTER"] = "mymaster" }, out var faults);

        faults.Should().HaveCount(faultCount);
        foreach (var fault in faults)
        {
            fault.EndsProcess.Should().BeFalse();
            fault.Text.Should().Contain("REDIS_SENTINEL_MASTER").And.Contain("'mymaster'").And.Contain("REDIS_HOST").And.Contain("host:port")
                .And.Contain("localhost:26379");
        }

        options.Redis.EndPoints.Should().ContainSingle().Which.Port.Should().Be(26379);
    }

    [Fact]
    public void A_database_s_number_that_is_too_great_is_told_with_the_greatest_that_is_taken()
    {
        Read(new() { ["REDIS_DB"] = "2147483647" }, out var none).Redis.Database.Should().Be(int.MaxValue);
        none.Should().BeEmpty();

        Read(new() { ["REDIS_DB"] = "99999999999" }, out var faults).Redis.Database.Should().Be(0);

        faults.Should().ContainSingle().Which.Text.Should().Contain("REDIS_DB is '99999999999', expected 0 to 2147483647");
    }

    [Fact]
    public void Defaults_are_those_of_the_contract()
    {
        var options = Read([], out var faults);

        faults.Should().BeEmpty();
        options.ApiKey.Should().BeNull();
        options.EdgeUrl.Should().Be(new Uri("https://edge.api.stigg.io"));
        options.Fallbacks.FeatureIds.Should().BeEmpty();
        (options.GrpcPort, options.MetricsPort).Should().Be((80, 8080));
        (options.GrpcBind, options.MetricsBind).Should().Be((IPAddress.IPv6Any, IPAddress.IPv6Any));
        (options.HealthPath, options.ReadyPath).Should().Be(("/livez", "/readyz"));
        options.CacheMaxBytes.Should().Be(Memory / 2);
        options.Freshness.RevalidateAfter.Should().Be(TimeSpan.FromSeconds(10));
        options.Freshness.MaxAge.Should().Be(TimeSpan.FromSeconds(60));
        options.Freshness.UnknownMaxAge.Should().Be(TimeSpan.FromSeconds(60));
        options.RevalidateWait.Should().Be(TimeSpan.FromMilliseconds(250));
        (options.ReadyWhen, options.ShutdownDrain).Should().Be((ReadyWhen.Serving, TimeSpan.FromSeconds(5)));
        options.LogLevel.Should().Be(LogLevel.Warning);
        (options.LogMessageKey, options.LogErrorKey).Should().Be(("msg", "err"));
    }

    [Fact]
    public void Every_variable_empty_is_the_same_as_none_set()
    {
        var options = Read(All().ToDictionary(s => s.Name, _ => ""), out var faults);

        faults.Should().BeEmpty();
        options.Should().BeEquivalentTo(Read([], out _));
    }

    [Theory]
    [InlineData("livez")]
    [InlineData("/livez")]
    public void Path_may_have_its_leading_slash(string path) =>
        Read(new() { ["HEALTH_ENDPOINT_URL"] = path }, out _).HealthPath.Should().Be("/livez");

    [Theory]
    [InlineData("error", LogLevel.Error)]
    [InlineData("warn", LogLevel.Warning)]
    [InlineData("info", LogLevel.Information)]
    [InlineData("DEBUG", LogLevel.Debug)]
    public void Log_levels_are_accepted_in_any_case(string text, LogLevel expected) =>
        Read(new() { ["LOG_LEVEL"] = text }, out _).LogLevel.Should().Be(expected);

    [Theory]
    [InlineData("serving", ReadyWhen.Serving)]
    [InlineData("data", ReadyWhen.Data)]
    [InlineData("Cloud", ReadyWhen.Cloud)]
    public void Readiness_is_accepted_in_any_case(string text, ReadyWhen expected) =>
        Read(new() { ["READY_WHEN"] = text }, out _).ReadyWhen.Should().Be(expected);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("10", 10)]
    public void Drain_delay_is_up_to_ten_seconds(string text, int seconds) =>
        Read(new() { ["SHUTDOWN_DRAIN_SECONDS"] = text }, out _).ShutdownDrain.Should().Be(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void Smallest_cache_is_a_mebibyte_however_little_memory_there_is()
    {
        Read(new() { ["CACHE_MAX_SIZE_BYTES"] = "1048576" }, out var faults).CacheMaxBytes.Should().Be(1024 * 1024);
        faults.Should().BeEmpty();
        SidecarOptions.Read(new SettingsReader(_ => null, _ => ""), availableMemory: 1).CacheMaxBytes.Should().Be(1024 * 1024);
    }

    [Fact]
    public void One_bad_fallback_costs_itself_alone()
    {
        var options = Read(
            new() { ["ENTITLEMENTS_FALLBACK"] = """{ "good": { "hasAccess": true }, "bad": { "hasAccess": "yes" } }""" }, out var faults);

        options.Fallbacks.FeatureIds.Should().Equal("good");
        faults.Should().ContainSingle().Which.Text.Should().Contain("'bad'").And.Contain("hasAccess");
    }

    [Fact]
    public void Page_of_variables_says_what_the_code_says_in_the_same_order()
    {
        var page = File.ReadAllText(Repository.At("docs", "configuration.md"));

        page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal) && char.IsAsciiLetterUpper(line[3]))
            .Should().Equal(Settings.All.Select(RowOf));
    }

    [Fact]
    public void List_of_all_settings_misses_none() =>
        Settings.All.Should().BeEquivalentTo(All()).And.OnlyHaveUniqueItems(setting => setting.Name);

    [Fact]
    public void No_settings_file_is_another_setting() =>
        Settings.All.Select(setting => setting.FileName).Should().NotIntersectWith(Settings.All.Select(setting => setting.Name));

    [Fact]
    public void Grpc_port_off_says_what_is_missing_for_it()
    {
        Read(new() { ["GRPC_PORT"] = "off", ["PORT"] = "off" }, out var faults);

        var fault = faults.Should().ContainSingle().Subject;
        fault.EndsProcess.Should().BeTrue();
        fault.Text.Should().StartWith("GRPC_PORT is 'off', expected 0 to 65535").And.Contain("PORT off and no GRPC_UNIX_SOCKET");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("9443", "")]
    [InlineData("off", "/run/sidecar.sock")]
    public void Grpc_port_may_be_off_where_there_is_another_way_in(string tls, string socket)
    {
        var options = Read(new() { ["GRPC_PORT"] = "off", ["PORT"] = tls, ["GRPC_UNIX_SOCKET"] = socket }, out var faults);

        options.GrpcPort.Should().Be(SidecarOptions.NoPort);
        faults.Should().BeEmpty();
    }

    [Fact]
    public void Socket_that_can_not_be_used_is_no_other_way_in()
    {
        Read(new() { ["GRPC_PORT"] = "off", ["PORT"] = "off", ["GRPC_UNIX_SOCKET"] = "sidecar.sock" }, out var faults);

        faults.Select(fault => (fault.Text.Split(' ')[0], fault.EndsProcess)).Should().Equal(("GRPC_UNIX_SOCKET", false), ("GRPC_PORT", true));
    }

    [Theory]
    [InlineData("8443", "", "", "", "PORT")]
    [InlineData("9000", "9000", "", "", "PORT")]
    [InlineData("", "", "8443", "", "PORT")]
    [InlineData("", "", "", "", null)]
    [InlineData("off", "9000", "9000", "", "METRICS_PORT")]
    [InlineData("off", "9000", "9000", "/run/s", "PORT")]
    [InlineData("9000", "9000", "9000", "", "PORT METRICS_PORT")]
    public void Tls_port_that_is_anothers_too_is_done_without_unless_it_is_the_only_way_in(
        string grpc, string tls, string metrics, string socket, string? without)
    {
        var options = Read(
            new() { ["GRPC_PORT"] = grpc, ["PORT"] = tls, ["METRICS_PORT"] = metrics, ["GRPC_UNIX_SOCKET"] = socket }, out var faults);

        var expected = without?.Split(' ') ?? [];
        faults.Select(fault => (fault.Text.Split(' ')[0], fault.EndsProcess)).Should().Equal(expected.Select(name => (name, false)));
        (options.TlsPort == SidecarOptions.NoPort, options.MetricsPort == SidecarOptions.NoPort)
            .Should().Be((expected.Contains("PORT"), expected.Contains("METRICS_PORT")));
    }

    [Theory]
    [InlineData("/tls.crt", "/tls.key", 0)]
    [InlineData("/tls.crt", "", 1)]
    [InlineData("", "/tls.key", 1)]
    public void Certificate_and_key_are_given_together_or_not_at_all(string cert, string key, int expected)
    {
        var options = Read(new() { ["TLS_CERT_FILE"] = cert, ["TLS_KEY_FILE"] = key }, out var faults);

        (options.TlsCertFile, options.TlsKeyFile).Should().Be(expected == 0 ? (cert, key) : (null, null));
        faults.Should().HaveCount(expected);
        foreach (var fault in faults)
        {
            fault.EndsProcess.Should().BeFalse();
            fault.Text.Should().Contain("TLS_CERT_FILE").And.Contain("TLS_KEY_FILE").And.NotContain("/tls");
        }
    }

    [Fact]
    public void What_belongs_to_a_way_in_that_is_off_has_no_effect_and_that_is_told()
    {
        var variables = new Dictionary<string, string>
        {
            ["PORT"] = "off",
            ["TLS_CERT_FILE"] = "/c",
            ["TLS_KEY_FILE"] = "/k",
            ["TLS_CLIENT_CA_FILE"] = "/a",
            ["GRPC_UNIX_SOCKET_MODE"] = "0600",
        };

        Read(variables, out _).WithoutEffect.Should().Equal("GRPC_UNIX_SOCKET_MODE", "TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CLIENT_CA_FILE");
    }

    [Theory]
    [InlineData("9000", "9000", "::", "::", true)]
    [InlineData("9000", "9000", "::", "127.0.0.1", true)]
    [InlineData("9000", "9000", "0.0.0.0", "127.0.0.1", true)]
    [InlineData("9000", "9000", "127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("9000", "9000", "127.0.0.1", "127.0.0.2", false)]
    [InlineData("9000", "9000", "0.0.0.0", "::1", false)]
    [InlineData("9000", "9001", "::", "::", false)]
    [InlineData("8080", "", "::", "::", true)]
    [InlineData("0", "0", "::", "::", false)]
    public void Metrics_port_that_is_grpcs_too_is_blamed_and_done_without(string grpc, string metrics, string grpcBind, string metricsBind, bool isClash)
    {
        var options = Read(
            new() { ["GRPC_PORT"] = grpc, ["METRICS_PORT"] = metrics, ["GRPC_BIND"] = grpcBind, ["METRICS_BIND"] = metricsBind }, out var faults);

        (options.MetricsPort == SidecarOptions.NoPort).Should().Be(isClash);
        faults.Select(fault => (fault.Text.Split(' ')[0], fault.EndsProcess)).Should().Equal(isClash ? [("METRICS_PORT", false)] : []);
    }

    [Theory]
    [InlineData("9000", "80", "9000")]
    [InlineData("80", "9000", "9000")]
    [InlineData("80", "8080", "8443")]
    public void Http_port_that_is_anothers_too_is_done_without(string grpc, string metrics, string http)
    {
        var options = Read(new() { ["GRPC_PORT"] = grpc, ["METRICS_PORT"] = metrics, ["HTTP_PORT"] = http }, out var faults);

        options.HttpPort.Should().Be(SidecarOptions.NoPort);
        faults.Select(fault => (fault.Text.Split(' ')[0], fault.EndsProcess)).Should().Equal(("HTTP_PORT", false));
    }

    [Fact]
    public void Metrics_port_is_not_blamed_for_what_stands_in_the_place_of_a_bad_port()
    {
        Read(new() { ["GRPC_PORT"] = "x", ["METRICS_PORT"] = "80" }, out var faults);

        faults.Should().ContainSingle().Which.Text.Should().StartWith("GRPC_PORT");
    }

    [Theory]
    [InlineData("x", "/x", "/x", "/readyz", "READY_ENDPOINT_URL")]
    [InlineData("readyz", "", "/livez", "/readyz", "HEALTH_ENDPOINT_URL")]
    [InlineData("", "LIVEZ", "/livez", "/readyz", "READY_ENDPOINT_URL")]
    [InlineData("metrics", "", "/livez", "/readyz", "HEALTH_ENDPOINT_URL")]
    public void Path_that_would_hide_another_is_refused(string health, string ready, string healthPath, string readyPath, string blamed)
    {
        var options = Read(new() { ["HEALTH_ENDPOINT_URL"] = health, ["READY_ENDPOINT_URL"] = ready }, out var faults);

        (options.HealthPath, options.ReadyPath).Should().Be((healthPath, readyPath));
        faults.Should().ContainSingle().Which.Text.Should().StartWith(blamed);
    }

    [Fact]
    public void Data_file_without_offline_has_no_effect_and_that_is_told()
    {
        Read(new() { ["OFFLINE_DATA_FILE"] = "/x" }, out _).WithoutEffect.Should().Equal("OFFLINE_DATA_FILE");
        Read(new() { ["OFFLINE_DATA_FILE"] = "/x", ["OFFLINE"] = "true" }, out _).WithoutEffect.Should().BeEmpty();
    }

    [Theory]
    [InlineData("x", "x", "x", "err", "LOG_ERROR_KEY")]
    [InlineData("err", "err", "msg", "err", "LOG_MESSAGE_KEY")]
    [InlineData("err", "", "msg", "err", "LOG_MESSAGE_KEY")]
    [InlineData("", "msg", "msg", "err", "LOG_ERROR_KEY")]
    public void Two_log_keys_that_are_the_same_differ_again(string message, string error, string expectedMessage, string expectedError, string blamed)
    {
        var options = Read(new() { ["LOG_MESSAGE_KEY"] = message, ["LOG_ERROR_KEY"] = error }, out var faults);

        (options.LogMessageKey, options.LogErrorKey).Should().Be((expectedMessage, expectedError));
        faults.Should().ContainSingle().Which.Text.Should().StartWith(blamed);
    }

    [Theory]
    [InlineData("level")]
    [InlineData("time")]
    [InlineData("pid")]
    [InlineData("hostname")]
    [InlineData("logger")]
    public void Log_keys_can_not_be_those_of_every_line(string key)
    {
        var options = Read(new() { ["LOG_MESSAGE_KEY"] = key, ["LOG_ERROR_KEY"] = key }, out var faults);

        (options.LogMessageKey, options.LogErrorKey).Should().Be(("msg", "err"));
        faults.Should().HaveCount(2);
    }

    [Fact]
    public void Malformed_fallback_shows_the_beginning_of_what_was_given()
    {
        Read(new() { ["ENTITLEMENTS_FALLBACK"] = "{\n" + new string('x', 10_000) }, out var faults);

        faults.Should().ContainSingle().Which.Text.Should().StartWith("ENTITLEMENTS_FALLBACK is '{ xxx").And.Contain("…'")
            .And.Match(text => text.Length < 600 && !text.Contains('\n'));
    }

    [Fact]
    public void Key_that_can_not_be_used_is_faulted_and_a_missing_one_is_not()
    {
        Read(new() { ["SERVER_API_KEY"] = "with a blank" }, out _).IsApiKeyFaulted.Should().BeTrue();
        Read(new() { ["SERVER_API_KEY_FILE"] = "/not/there" }, out _).IsApiKeyFaulted.Should().BeTrue();
        Read([], out _).IsApiKeyFaulted.Should().BeFalse();
        Read(new() { ["SERVER_API_KEY"] = "key" }, out _).IsApiKeyFaulted.Should().BeFalse();
    }

    [Theory]
    [InlineData("", "/file", "/file")]
    [InlineData("key", "/file", null)]
    [InlineData("with a blank", "/file", null)]
    [InlineData("key", "", null)]
    public void Keys_file_is_watched_where_the_variable_itself_is_not_set(string key, string file, string? expected)
    {
        var variables = new Dictionary<string, string>
        {
            ["SERVER_API_KEY"] = key,
            ["SERVER_API_KEY_FILE"] = file,
            ["REDIS_PASSWORD"] = key,
            ["REDIS_PASSWORD_FILE"] = file,
        };

        var options = Read(variables, out _);

        options.ApiKeyFile.Should().Be(expected);
        options.Redis.PasswordFile.Should().Be(expected);
    }

    [Fact]
    public void Variables_without_effect_are_listed_where_they_are_set()
    {
        var options = Read(new() { ["REDIS_HOST"] = "redis", ["WS_ENABLED"] = "maybe", ["API_URL"] = "https://api.example", ["PORT"] = "" }, out _);

        options.WithoutEffect.Should().Equal("REDIS_HOST");
    }

    private static string RowOf(Setting setting)
    {
        var isProse = setting.Default == Setting.NoDefault || setting.Default.Contains(' ', StringComparison.Ordinal);
        return $"| `{setting.Name}` | {(isProse ? setting.Default : $"`{setting.Default}`")} | {setting.Accepted} | {setting.Meaning} |";
    }

    private static IEnumerable<Setting> All() =>
        typeof(Settings).GetFields().Select(field => field.GetValue(null)).OfType<Setting>();

    private static SidecarOptions Read(Dictionary<string, string> variables, out IReadOnlyList<SettingFault> faults)
    {
        var reader = new SettingsReader(variables.GetValueOrDefault, _ => throw new FileNotFoundException());
        var options = SidecarOptions.Read(reader, Memory);
        faults = reader.Faults;
        return options;
    }
}
