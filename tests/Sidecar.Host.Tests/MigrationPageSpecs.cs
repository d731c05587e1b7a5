using System.Text.RegularExpressions;
using FluentAssertions;
using Sidecar.Host.CommandLine;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>The page about moving over says something of each variable of the original, and of nothing that is not there.</summary>
public sealed partial class MigrationPageSpecs
{
    // In the order of the original's own page.
    private static readonly string[] OriginalVariables =
    [
        "SERVER_API_KEY", "API_URL", "EDGE_ENABLED", "EDGE_API_URL", "WS_ENABLED", "WS_URL",
        "REDIS_ENVIRONMENT_PREFIX", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_TLS", "REDIS_KEYS_TTL_IN_SECS",
        "ENTITLEMENTS_FALLBACK", "GRPC_PORT", "PORT", "CACHE_MAX_SIZE_BYTES", "HEALTH_ENDPOINT_URL", "READY_ENDPOINT_URL", "METRICS_PORT",
        "LOG_LEVEL", "LOG_MESSAGE_KEY", "LOG_ERROR_KEY", "OFFLINE",
    ];

    private static readonly string Page = File.ReadAllText(Repository.At("docs", "migrate.md"));

    [Fact]
    public void Table_has_every_variable_of_the_original_and_the_service_knows_each()
    {
        Rows().Select(row => row.Name).Should().Equal(OriginalVariables);
        OriginalVariables.Should().BeSubsetOf(Settings.All.Select(setting => setting.Name));
    }

    [Fact]
    public void Defaults_that_it_names_are_those_in_force()
    {
        foreach (var (name, here) in Rows().Where(row => row.Here.StartsWith("same: ", StringComparison.Ordinal) && char.IsDigit(row.Here[^1])))
            Settings.All.Single(setting => setting.Name == name).Default.Should().Be(here["same: ".Length..]);
    }

    [Fact]
    public void Commands_and_options_that_it_names_exist()
    {
        var compare = CommandLineFront.Find(["compare"])!;

        CommandName().Matches(Page).Select(match => match.Groups["name"].Value).Distinct().Should().Contain(["compare", "health", "ready"])
            .And.BeSubsetOf(CommandLineFront.Commands.Select(command => command.Name));
        // What stands before " -- " are options of another program.
        Option().Matches(Page.Split("## Compare")[1].Split("\n## ")[0].Replace("kubectl run compare --rm -i --restart=Never --image=", "", StringComparison.Ordinal)).Select(match => match.Value).Should().NotBeEmpty()
            .And.AllSatisfy(option => (compare.Arguments + compare.Details).Should().Contain(option));
    }

    private static IEnumerable<(string Name, string Here)> Rows() =>
        Page.Split("## Variables")[1].Split("\n## ")[0].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')).Select(cells => (cells[1].Trim(' ', '`'), cells[2].Trim()));

    [GeneratedRegex(@"(?<=/app/sidecar |`sidecar |^sidecar )(?<name>[a-z-]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommandName();

    [GeneratedRegex(@"(?<=[ `])--[a-z-]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();
}
