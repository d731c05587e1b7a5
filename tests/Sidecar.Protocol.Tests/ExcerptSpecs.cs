using FluentAssertions;
using Xunit;

namespace Sidecar.Protocol.Tests;

public class ExcerptSpecs
{
    [Theory]
    [InlineData("", "")]
    [InlineData("short", "short")]
    [InlineData("123456", "123456")]
    [InlineData("1234567", "123456…")]
    [InlineData("a\tb\nc", "a b c")]
    [InlineData("12345😀", "12345…")]
    [InlineData("1234😀", "1234😀")]
    public void Beginning_is_shown_on_one_line_without_half_a_character(string text, string expected) =>
        Excerpt.Of(text, 6).Should().Be(expected);
}
