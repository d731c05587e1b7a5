using System.Net;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class SidecarOptionsSpecs
{
    private const long Memory = 1L << 30;

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
    [MemberData(nameof(BadValues))]
    public void Bad_value_leaves_the_default_and_one_fault_that_names_the_variable(string name, string value, bool endsProcess)
    {
        var options = Read(new() { [name] = value }, out var faults);

        var fault = faults.Should().ContainSingle().Subject;
        fault.Text.Should().StartWith(name + " ");
        fault.EndsProcess.Should().Be(endsProcess);
        options.Should().BeEquivalentTo(Read([], out _));
    }

    public static TheoryData<string, string, bool> BadValues() => new()
    {
        { "SERVER_API_KEY", "with a blank", false },
        { "SERVER_API_KEY", "line\nbreak", false },
        { "EDGE_API_URL", "edge", false },
        { "ENTITLEMENTS_FALLBACK", "{", false },
        { "ENTITLEMENTS_FALLBACK", "[]", false },
        { "GRPC_PORT", "off", true },
        { "GRPC_PORT", "70000", true },
        { "GRPC_BIND", "everywhere", true },
        { "METRICS_PORT", "x", true },
        { "METRICS_BIND", "localhost", true },
        { "HEALTH_ENDPOINT_URL", "/", false },
        { "READY_ENDPOINT_URL", "a?b", false },
        { "CACHE_MAX_SIZE_BYTES", "1048575", false },
        { "CACHE_REVALIDATE_SECONDS", "-1", false },
        { "CACHE_MAX_AGE_SECONDS", "1h", false },
        { "NEGATIVE_CACHE_SECONDS", "86401", false },
        { "REVALIDATE_WAIT_MS", "10001", false },
        { "READY_WHEN", "always", false },
        { "SHUTDOWN_DRAIN_SECONDS", "11", false },
        { "LOG_LEVEL", "trace", false },
    };

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
    public void Page_of_variables_says_what_the_code_says()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "configuration.md"));

        foreach (var setting in All())
        {
            var row = page.Split('\n').Should().ContainSingle(line => line.StartsWith($"| `{setting.Name}` |", StringComparison.Ordinal)).Subject;
            row.Should().Contain(setting.Default).And.Contain(setting.Accepted).And.Contain(setting.Meaning);
        }

        page.Split('\n').Count(line => line.StartsWith("| `", StringComparison.Ordinal)).Should().Be(All().Count());
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

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sidecar.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"Sidecar.sln stands in no folder above {AppContext.BaseDirectory}");
    }
}
