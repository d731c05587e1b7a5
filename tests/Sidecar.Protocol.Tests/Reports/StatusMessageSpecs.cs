using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Reports;
using Xunit;

namespace Sidecar.Protocol.Tests.Reports;

/// <summary>What fits into a status message as it travels.</summary>
public sealed class StatusMessageSpecs
{
    [Theory]
    [InlineData("a", 1024)]
    [InlineData("~", 1024)]
    [InlineData("%", 341)]
    [InlineData("\n", 341)]
    [InlineData("\u007f", 341)]
    [InlineData("\u00e4", 170)]
    [InlineData("\u20ac", 113)]
    [InlineData("\U0001F600", 85)]
    public void A_message_is_cut_at_a_kibibyte_as_it_travels_and_not_within_a_character(string character, int count)
    {
        StatusMessage.Cut(Repeat(character, 2000)).Should().Be(Repeat(character, count));
        StatusMessage.Cut(Repeat(character, count)).Should().Be(Repeat(character, count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    public void A_short_one_is_left_as_it_is(string text) => StatusMessage.Cut(text).Should().Be(text);

    [Property]
    public void Of_any_text_it_is_the_beginning(string? text)
    {
        var all = Repeat(text ?? "", 50);

        all.Should().StartWith(StatusMessage.Cut(all));
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
