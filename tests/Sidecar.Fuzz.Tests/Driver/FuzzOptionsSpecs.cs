using FluentAssertions;
using Sidecar.Fuzz.Driver;
using Xunit;

namespace Sidecar.Fuzz.Tests.Driver;

public sealed class FuzzOptionsSpecs
{
    [Fact]
    public void All_is_read()
    {
        var options = FuzzOptions.Parse(["--target", "edge", "--executions", "500", "--seed", "7", "--keep", "--parallel", "2"])!;

        (options.Target, options.Budget.Executions, options.Seed, options.Keep, options.Parallel).Should().Be(("edge", 500L, 7UL, true, 2));
    }

    [Fact]
    public void Last_one_counts() => FuzzOptions.Parse(["--target", "all", "--seconds", "3", "--target", "edge", "--seconds", "5"])
        .Should().Match<FuzzOptions>(it => it.Target == "edge" && it.Budget == FuzzBudget.Of(TimeSpan.FromSeconds(5)));

    [Theory]
    [InlineData("--other")]
    [InlineData("--executions")]
    [InlineData("--executions", "-1")]
    [InlineData("--seconds", "many")]
    [InlineData("--parallel", "0")]
    [InlineData("--input", "file")]
    public void What_makes_no_sense_is_refused(params string[] arguments) => FuzzOptions.Parse(arguments).Should().BeNull();
}
