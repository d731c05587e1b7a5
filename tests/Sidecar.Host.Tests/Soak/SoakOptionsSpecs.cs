using FluentAssertions;
using Sidecar.Soak;
using Xunit;

namespace Sidecar.Host.Tests.Soak;

/// <summary>The options of a soak.</summary>
public sealed class SoakOptionsSpecs
{
    [Fact]
    public void Without_any_it_takes_an_hour() => SoakOptions.Read([]).Should().Be(new SoakOptions { Duration = TimeSpan.FromMinutes(60) });

    [Theory]
    [InlineData("1", 1)]
    [InlineData("10080", 10_080)]
    public void Number_is_the_duration_in_minutes(string text, int minutes) =>
        SoakOptions.Read([text, "--seed", "7"]).Should().Be(new SoakOptions { Duration = TimeSpan.FromMinutes(minutes), Seed = 7 });

    [Fact]
    public void Faults_can_be_chosen_by_a_part_of_their_names()
    {
        SoakOptions.Read(["--only", "redis"]).Only.Should().Be("redis");
        FluentActions.Invoking(() => SoakOptions.Read(["--only", "moon"])).Should().Throw<FormatException>().WithMessage("*cloud gone*\"moon\"*");
    }

    [Theory]
    [InlineData("0", "*duration in minutes*1 to 10080*\"0\"*")]
    [InlineData("10081", "*\"10081\"*")]
    [InlineData("1.5", "*\"1.5\"*")]
    [InlineData("--long", "*\"--long\"*")]
    [InlineData("--seed", "*--seed needs a value*")]
    public void What_cannot_be_used_is_named(string text, string problem) =>
        FluentActions.Invoking(() => SoakOptions.Read([text])).Should().Throw<FormatException>().WithMessage(problem);

    [Fact]
    public void Second_number_is_one_too_many() =>
        FluentActions.Invoking(() => SoakOptions.Read(["2", "3"])).Should().Throw<FormatException>().WithMessage("*duration is 2*\"3\"*");
}
