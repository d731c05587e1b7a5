using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Sidecar.Fuzz.Tests;

public sealed class FuzzProgramSpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Of the code that each part of the service has.
    [Theory]
    [InlineData("keys")]
    [InlineData("members")]
    [InlineData("diagnostics")]
    public async Task Every_part_of_the_service_tells_which_way_an_input_goes(string target)
    {
        var (code, output) = await FuzzProgram.RunAsync(Patience, "--target", target, "--executions", "300");

        code.Should().Be(0, output);
        output.Should().NotContain("tells no edges");
        int.Parse(Regex.Match(output, "(?<edges>[0-9,]+) edges", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["edges"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            .Should().BeGreaterThan(40);
    }

    [Fact]
    public async Task One_input_is_tried_by_itself()
    {
        var file = Path.GetTempFileName();

        var (code, output) = await FuzzProgram.RunAsync(Patience, "--target", "edge", "--input", file);

        File.Delete(file);
        (code, output.Trim()).Should().Be((0, "edge stands it"));
    }

    [Fact]
    public async Task Unknown_reader_is_refused_with_the_names_of_all()
    {
        var (code, output) = await FuzzProgram.RunAsync(Patience, "--target", "other");

        code.Should().Be(64);
        output.Should().Contain("edge, graphql, stream");
    }
}
