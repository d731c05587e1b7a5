using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using Sidecar.Host.CommandLine;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class CommandLineFrontSpecs : IDisposable
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly StringWriter _error = new(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Without_arguments_the_service_is_to_run_and_so_it_is_when_asked_for()
    {
        CommandLineFront.Find([]).Should().BeOfType<ServeCommand>();
        CommandLineFront.Find(["serve"]).Should().BeOfType<ServeCommand>();
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_has_every_command_and_every_variable_with_all_there_is_to_say(string argument)
    {
        (await RunAsync(argument)).Should().Be(0);

        var text = _output.ToString();
        foreach (var setting in Settings.All)
        {
            text.Should().Contain($"  {setting.Name}{_output.NewLine}").And.Contain(setting.Meaning)
                .And.Contain($"default: {setting.Default}; accepted: {setting.Accepted}");
        }

        text.Should().Contain("NAME_FILE").And.Contain("78").And.Contain("64");
        foreach (var command in CommandLineFront.Commands)
            text.Should().MatchRegex($"(?m)^  {command.Name} +{Regex.Escape(command.Summary)}\r?$");
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public async Task Each_command_has_a_help_of_its_own_with_its_exit_codes_and_is_not_run(string name)
    {
        (await RunAsync(name, "--help")).Should().Be(0);

        _output.ToString().Should().StartWith($"Usage: sidecar {name}").And.Contain("Exit code");
        _error.ToString().Should().BeEmpty();
    }

    [Fact]
    public void Page_of_the_configuration_has_every_command()
    {
        var table = File.ReadAllText(Repository.At("docs", "configuration.md")).Split("## Command line")[1].Split("\n## ")[0].Split('\n');

        foreach (var command in CommandLineFront.Commands)
            table.Should().ContainSingle(line => line.StartsWith('|') && line.Split('|', StringSplitOptions.None)[1].Contains($"`{command.Name}`"));
    }

    [Fact]
    public async Task Version_is_the_products()
    {
        (await RunAsync("--version")).Should().Be(0);

        _output.ToString().Should().MatchRegex(@"^sidecar \d+\.\d+\.\d+\S*\s*$");
    }

    [Theory]
    [InlineData("--halp")]
    [InlineData("Serve")]
    [InlineData("")]
    [InlineData("--help", "--nonsense")]
    [InlineData("--help", "--version")]
    [InlineData("serve", "now")]
    [InlineData("health", "--port", "8080")]
    [InlineData("ready", "")]
    [InlineData("--check-config", "--strict")]
    public async Task Anything_else_is_refused_with_the_usage(params string[] arguments)
    {
        (await RunAsync(arguments)).Should().Be(64);

        _output.ToString().Should().BeEmpty();
        _error.ToString().Should().StartWith("sidecar").And.Contain($"unknown argument '{(arguments.Length > 1 ? arguments[1] : arguments[0])}'")
            .And.Contain("Usage:");
    }

    [Fact]
    public void Check_has_a_line_for_each_variable_with_its_value_and_where_it_comes_from()
    {
        _variables["SERVER_API_KEY"] = "s3cr3t-key";
        _variables["REDIS_PASSWORD_FILE"] = "/secrets/redis";
        _files["/secrets/redis"] = "s3cr3t-password\n";
        _variables["REDIS_MAINTAINED"] = "self";
        _variables["LOG_LEVEL_FILE"] = "/etc/level";
        _files["/etc/level"] = "info\n";
        _variables["GRPC_PORT"] = "9000";
        _variables["ENTITLEMENTS_FALLBACK"] = "{\n}";

        Check().Should().Be(0);

        var lines = _output.ToString().Split(_output.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(Settings.All.Count).And.Contain(
        [
            "SERVER_API_KEY = *** (variable)", "REDIS_PASSWORD = *** (file /secrets/redis)",
            "REDIS_MAINTAINED = self (variable)",
            "LOG_LEVEL = info (file /etc/level)", "GRPC_PORT = 9000 (variable)", "METRICS_PORT = 8080 (default)",
            "ENTITLEMENTS_FALLBACK = { } (variable)", "CACHE_MAX_SIZE_BYTES = 536870912 (default)", "REDIS_USERNAME = none (default)",
        ]);
        (_output.ToString() + _error).Should().NotContain("s3cr3t");
        _error.ToString().Should().BeEmpty();
    }

    [Fact]
    public void Check_without_secrets_says_that_there_are_none()
    {
        Check().Should().Be(0);

        _output.ToString().Should().Contain("SERVER_API_KEY = none (default)");
    }

    [Theory]
    [InlineData("GRPC_PORT", "70000", 78)]
    [InlineData("PORT", "70000", 78)]
    [InlineData("METRICS_BIND", "localhost", 78)]
    [InlineData("LOG_LEVEL", "trace", 0)]
    [InlineData("SERVER_API_KEY", "s3cr3t key", 0)]
    [InlineData("API_URL", "https://user:s3cr3t@api.example", 0)]
    public void Check_tells_faults_and_fails_where_the_service_would_end(string name, string value, int expected)
    {
        _variables[name] = value;

        Check().Should().Be(expected);

        _error.ToString().Should().StartWith($"{name} is ").And.NotContain("s3cr3t");
        _output.ToString().Should().MatchRegex($@"(?m)^{name} = .* \(because of a fault\)\r?$").And.NotContain("s3cr3t");
    }

    [Fact]
    public void Check_shows_what_a_fault_has_put_in_force()
    {
        _variables["GRPC_PORT"] = "8080";

        Check().Should().Be(0);

        _output.ToString().Should().Contain("METRICS_PORT = off (because of a fault)");
        _error.ToString().Should().Contain("METRICS_PORT is 8080, which is GRPC_PORT's too");
    }

    public static TheoryData<string> CommandNames() => [.. CommandLineFront.Commands.Select(command => command.Name)];

    private Task<int> RunAsync(params string[] arguments) => CommandLineFront.RunAsync(
        arguments, new CommandContext(_variables.GetValueOrDefault, path => _files[path], () => _output, () => _error));

    private int Check() => CheckConfigCommand.Check(
        new SettingsReader(_variables.GetValueOrDefault, path => _files[path]), availableMemory: 1L << 30, _output, _error);
}
