using FluentAssertions;
using Sidecar.Host.Configuration;
using Sidecar.Host.Telemetry;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.Telemetry;

/// <summary>When telemetry is exported, and what is wrong with its variables.</summary>
public sealed class TelemetryOptionsSpecs
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static TheoryData<string> Names() => [.. TelemetrySettings.All.Select(setting => setting.Name)];

    [Fact]
    public void Without_an_endpoint_it_is_off_and_the_rest_matters_to_nobody()
    {
        var options = Read(new() { ["OTEL_TRACES_EXPORTER"] = "otlp", ["OTEL_TRACES_SAMPLER"] = "nonsense", [Endpoint] = "" }, out var faults);

        options.IsOn.Should().BeFalse();
        options.Variables.Should().BeEmpty();
        faults.Should().BeEmpty();
    }

    [Fact]
    public void With_one_all_three_signals_are_exported_and_the_library_gets_what_is_set()
    {
        var options = Read(new() { [Endpoint] = "http://collector:4318", ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_SERVICE_NAME"] = "one" }, out _);

        (options.ExportsTraces, options.ExportsMetrics, options.ExportsLogs).Should().Be((true, true, true));
        options.Variables.Should().BeEquivalentTo(new Dictionary<string, string?>
        {
            [Endpoint] = "http://collector:4318/",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_SERVICE_NAME"] = "one",
        });
    }

    [Fact]
    public void Endpoint_of_one_signal_turns_that_on_alone()
    {
        var options = Read(new() { ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = "https://collector/v1/metrics" }, out _);

        (options.ExportsTraces, options.ExportsMetrics, options.ExportsLogs).Should().Be((false, true, false));
    }

    [Theory]
    [InlineData("OTEL_TRACES_EXPORTER", false, true, true)]
    [InlineData("OTEL_METRICS_EXPORTER", true, false, true)]
    [InlineData("OTEL_LOGS_EXPORTER", true, true, false)]
    public void Signal_is_turned_off_by_itself(string variable, bool traces, bool metrics, bool logs)
    {
        var options = Read(new() { [Endpoint] = "http://collector", [variable] = "NONE" }, out _);

        (options.ExportsTraces, options.ExportsMetrics, options.ExportsLogs).Should().Be((traces, metrics, logs));
    }

    [Fact]
    public void All_of_it_is_turned_off_whatever_else_is_set() =>
        Read(new() { [Endpoint] = "http://collector", ["OTEL_SDK_DISABLED"] = "true" }, out _).IsOn.Should().BeFalse();

    [Theory]
    [InlineData(Endpoint, "collector:4317")]
    [InlineData(Endpoint, "http://user:password@collector")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "udp")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin")]
    [InlineData("OTEL_TRACES_SAMPLER", "some")]
    [InlineData("OTEL_SDK_DISABLED", "maybe")]
    public void Value_that_can_not_be_used_is_told(string name, string value)
    {
        Read(new Dictionary<string, string> { [Endpoint] = "http://collector" }.Append(KeyValuePair.Create(name, value)).GroupBy(pair => pair.Key)
            .ToDictionary(group => group.Key, group => group.Last().Value), out var faults);

        faults.Should().ContainSingle().Which.Text.Should().StartWith($"{name} is '").And.NotContain("user:");
    }

    [Fact]
    public void Headers_come_from_a_file_too_and_a_missing_one_is_told_without_its_name()
    {
        Read(new() { [Endpoint] = "http://collector", ["OTEL_EXPORTER_OTLP_HEADERS_FILE"] = "authorization=x\n" }, out _)
            .Variables["OTEL_EXPORTER_OTLP_HEADERS"].Should().Be("authorization=x");

        Read(new() { [Endpoint] = "http://collector", ["OTEL_EXPORTER_OTLP_HEADERS_FILE"] = "missing" }, out var faults);
        faults.Should().ContainSingle().Which.Text.Should().Contain("(not shown)").And.NotContain("missing");
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=1,secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=1,,b=secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "=secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=secret-4711%0d%0ab: 1")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=secret-4711é")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "content-length=secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "secret-4711")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "secret-4711")]
    public void Headers_that_no_request_can_have_are_told_without_them_and_left_out(string name, string value)
    {
        var options = Read(new() { [Endpoint] = "http://collector", [name] = value }, out var faults);

        faults.Should().ContainSingle().Which.Should().Match<SettingFault>(fault => !fault.EndsProcess);
        faults[0].Text.Should().StartWith($"{name} is (a secret), expected name=value").And.NotContain("4711");
        options.Variables.Should().NotContainKey(name);
        options.IsOn.Should().BeTrue();
    }

    [Theory]
    [InlineData("authorization=Bearer abc==")]
    [InlineData("a=1, b = 2,")]
    [InlineData("a=")]
    [InlineData("authorization=Basic%20YTpi")]
    public void Headers_that_a_request_can_have_are_handed_on(string value)
    {
        Read(new() { [Endpoint] = "http://collector", ["OTEL_EXPORTER_OTLP_HEADERS"] = value }, out var faults)
            .Variables["OTEL_EXPORTER_OTLP_HEADERS"].Should().Be(value);
        faults.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Page_has_each_variable(string name) =>
        (await File.ReadAllTextAsync(Repository.At("docs", "telemetry.md"))).Should().Contain($"`{name}`");

    // A file holds its own path, so that a value's file is the value.
    private static TelemetryOptions Read(Dictionary<string, string> variables, out IReadOnlyList<SettingFault> faults)
    {
        var reader = new SettingsReader(variables.GetValueOrDefault, path => path == "missing" ? throw new FileNotFoundException() : path);
        var options = TelemetryOptions.Read(reader);
        faults = reader.Faults;
        return options;
    }
}
