using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>What the program answers without running the service.</summary>
public sealed class CommandLineSpecs
{
    private const string Secret = "server-key-that-must-not-show";

    [Theory]
    [InlineData("--help", "SHUTDOWN_DRAIN_SECONDS")]
    [InlineData("--version", "sidecar ")]
    public async Task Help_and_version_are_printed(string argument, string expected)
    {
        await using var service = Launch([argument]);

        (await service.WaitForExitAsync()).Should().Be(0);
        string.Join('\n', service.Lines).Should().Contain(expected);
    }

    [Fact]
    public async Task Check_shows_what_is_in_force_but_no_secret_and_opens_no_port()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var file = Path.Combine(Path.GetTempPath(), $"sidecar-key-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(file, Secret + "\n");
        try
        {
            await using var service = Launch(["--check-config"], new()
            {
                ["SERVER_API_KEY_FILE"] = file,
                ["REDIS_PASSWORD"] = Secret,
                ["GRPC_PORT"] = $"{port}",
                ["GRPC_BIND"] = "127.0.0.1",
                ["LOG_LEVEL"] = "loud",
            });

            (await service.WaitForExitAsync()).Should().Be(0);
            service.Lines.Should().Contain($"SERVER_API_KEY = *** (file {file})").And.Contain($"GRPC_PORT = {port} (variable)")
                .And.Contain("LOG_LEVEL = warn (because of a fault)").And.Contain(line => line.StartsWith("LOG_LEVEL is 'loud'", StringComparison.Ordinal));
            string.Concat(service.Lines).Should().NotContain(Secret);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Check_fails_with_78_where_the_service_would()
    {
        await using var service = Launch(["--check-config"], new() { ["GRPC_PORT"] = "off", ["METRICS_PORT"] = "many" });

        (await service.WaitForExitAsync()).Should().Be(78);
        string.Join('\n', service.Lines).Should().Contain("GRPC_PORT is 'off'").And.Contain("METRICS_PORT is 'many'");
    }

    [Fact]
    public async Task Argument_that_is_not_known_is_refused_with_64_and_the_usage()
    {
        await using var service = Launch(["--config=x"]);

        (await service.WaitForExitAsync()).Should().Be(64);
        string.Join('\n', service.Lines).Should().Contain("unknown argument '--config=x'").And.Contain("Usage:")
            .And.NotContain("Sidecar is ready");
    }

    [Theory]
    [InlineData("--customers", "no-such-file", "can't be read")]
    [InlineData("--parallel", "many", "expected 1 to 256")]
    public async Task Comparison_with_arguments_that_are_not_understood_ends_with_64(string name, string value, string expected)
    {
        string[] customers = name == "--customers" ? [] : ["--customers", "x"];
        await using var compare = Launch(["compare", "--against", "127.0.0.1:1", .. customers, name, value]);

        (await compare.WaitForExitAsync()).Should().Be(64);
        string.Join('\n', compare.Lines).Should().Contain(expected).And.Contain("Usage: sidecar compare");
    }

    private static SidecarProcess Launch(string[] arguments, Dictionary<string, string?>? variables = null) =>
        SidecarProcess.Launch(variables ?? [], program: null, arguments);
}
