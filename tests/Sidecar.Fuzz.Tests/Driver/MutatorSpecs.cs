using System.Text;
using FluentAssertions;
using Sidecar.Fuzz.Driver;
using Xunit;

namespace Sidecar.Fuzz.Tests.Driver;

public sealed class MutatorSpecs
{
    private static readonly Planted Target = new(static _ => { });

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("{\"a\":[1,{\"b\":\"c\"}]}")]
    [InlineData("\n\n[[[\"")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void Inputs_are_of_any_length_up_to_the_longest(string parent)
    {
        var mutator = new Mutator(new Dice(3), Target);
        var lengths = new HashSet<int>();

        for (var i = 0; i < 20_000; i++)
            lengths.Add(mutator.Mutate(Encoding.ASCII.GetBytes(parent), Encoding.ASCII.GetBytes("[{\"other\":1}]")).Length);

        lengths.Max().Should().Be(Target.MaxLength);
        lengths.Count.Should().BeGreaterThan(Target.MaxLength / 2);
    }

    [Fact]
    public void Parent_is_left_as_it_is()
    {
        var parent = "{\"a\":1}"u8.ToArray();
        var mutator = new Mutator(new Dice(3), Target);

        for (var i = 0; i < 1000; i++)
            mutator.Mutate(parent, parent);

        parent.Should().Equal("{\"a\":1}"u8.ToArray());
    }
}
