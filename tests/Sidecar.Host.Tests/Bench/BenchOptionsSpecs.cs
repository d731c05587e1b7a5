using System.Diagnostics;
using FluentAssertions;
using Sidecar.Bench;
using Sidecar.Bench.Sections;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

public sealed class BenchOptionsSpecs
{
    [Fact]
    public void Options_are_read()
    {
        BenchOptions.Read(["--programs", "p"]).Should().Be(new BenchOptions { Programs = "p" });
        BenchOptions.Read(
            ["--pairs", "9", "--seconds", "5", "--customers", "50000", "--minutes", "2", "--json", "f", "--write", "d", "--no-node", "--check", "--programs", "p", "--command", "c"])
            .Should().Be(new BenchOptions
            {
                Programs = "p",
                Command = "c",
                Pairs = 9,
                Seconds = 5,
                Customers = 50_000,
                Minutes = 2,
                JsonFile = "f",
                PageFolder = "d",
                Node = false,
                Check = true,
            });
    }

    [Fact]
    public void Short_look_is_short_but_for_what_is_named_wherever_it_stands()
    {
        var options = BenchOptions.Read(["--pairs", "2", "--short", "--programs", "p"]);

        options.Pairs.Should().Be(2);
        options.Customers.Should().Be(20_000);
        options.ColdCustomers.Should().Be(5_000);
    }

    [Fact]
    public void Claim_takes_as_long_as_it_has_to()
    {
        var (usual, claim) = (BenchOptions.Read(["--programs", "p"]), BenchOptions.Read(["--programs", "p", "--pairs", "7"]));

        (usual.RestSeconds, usual.ColdCustomers, usual.BoundCustomers, usual.Restarts).Should().Be((20, 10_000, 200_000, 1));
        (claim.RestSeconds, claim.ColdCustomers, claim.BoundCustomers, claim.Restarts).Should().Be((60, 20_000, 200_000, 3));
        BenchOptions.Read(["--programs", "p", "--customers", "1000000"]).BoundCustomers.Should().Be(1_000_000);
    }

    [Fact]
    public void Parts_that_are_named_are_measured_and_else_all_but_the_long_one()
    {
        var named = BenchOptions.Read(["--only", "soak,mixed", "--programs", "p"]);
        var all = BenchOptions.Read(["--programs", "p"]);

        Section.All.Where(section => named.Has(section.Name)).Select(section => section.Name).Should().BeEquivalentTo(Section.Soak, Section.Mixed);
        Section.All.Where(section => !all.Has(section.Name)).Select(section => section.Name).Should().Equal(Section.Soak, Section.Cluster);
    }

    [Theory]
    [InlineData("--pair", "can't use \"--pair\"")]
    [InlineData("--pairs", "--pairs needs a value")]
    [InlineData("--pairs 0", "--pairs must be a whole number from 1 to 1000, but is \"0\"")]
    [InlineData("--pairs -7", "--pairs must be a whole number from 1 to 1000, but is \"-7\"")]
    [InlineData("--seconds 61", "--seconds must be a whole number from 1 to 60, but is \"61\"")]
    [InlineData("--customers 12", "--customers must be a whole number from 5000 to 2000000, but is \"12\"")]
    [InlineData("--minutes soon", "--minutes must be a whole number from 1 to 1440, but is \"soon\"")]
    [InlineData("--only hot,cool", "--only must be names of start, cold, redis, bound, soak, cluster, memory, mixed, hot, rate, divided by commas, but has \"cool\"")]
    [InlineData("--json", "--json needs a value")]
    [InlineData("--check", "--programs is missing; call ./bench")]
    public void Bad_options_are_refused_with_what_was_expected(string arguments, string problem) => FluentActions
        .Invoking(() => BenchOptions.Read(arguments.Split(' '))).Should().Throw<FormatException>().WithMessage(problem);

    [Fact]
    public async Task Help_names_every_part_and_every_option()
    {
        var script = await File.ReadAllTextAsync(Repository.At("bench"));
        var help = script[script.IndexOf("usage:", StringComparison.Ordinal)..script.LastIndexOf("HELP", StringComparison.Ordinal)];

        foreach (var section in Section.All)
            help.Should().MatchRegex($@"(?m)^    {section.Name} ");
        foreach (var option in new[] { "only", "short", "pairs", "seconds", "customers", "minutes", "json", "write", "no-node", "check", "help" })
            help.Should().MatchRegex($@"(?m)^  --{option} ");
    }

    [Theory]
    [InlineData("--pairs many", "bench: --pairs needs a whole number, but has \"many\"; options: ./bench --help")]
    [InlineData("--only", "bench: --only needs names of parts, divided by commas, but has \"\"; options: ./bench --help")]
    [InlineData("--fast", "bench: can't use \"--fast\"; options: ./bench --help")]
    public async Task Command_refuses_bad_options_before_it_builds_anything(string arguments, string problem)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Repository.At("bench"), .. arguments.Split(' ')])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        errors.TrimEnd().Should().Be(problem);
        process.ExitCode.Should().Be(64);
    }
}
