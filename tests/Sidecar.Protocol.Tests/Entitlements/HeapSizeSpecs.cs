using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class HeapSizeSpecs
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 24)]
    [InlineData("a", 24)]
    [InlineData("ab", 32)]
    [InlineData("abcde", 32)]
    [InlineData("abcdef", 40)]
    public void A_string_takes_its_header_two_bytes_a_character_and_what_fills_it_up(string? text, long size) =>
        HeapSize.Of(text).Should().Be(size);

    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(1, 8, 32)]
    [InlineData(1, 4, 32)]
    [InlineData(3, 4, 40)]
    [InlineData(20, 8, 184)]
    public void An_array_takes_its_header_and_its_elements_and_an_empty_one_nothing(int length, int elementSize, long size) =>
        HeapSize.OfArray(length, elementSize).Should().Be(size);

    [Fact]
    public void Free_data_takes_what_is_in_it()
    {
        var data = new Struct { Fields = { ["a"] = Value.ForNumber(1) } };
        var more = new Struct { Fields = { ["a"] = Value.ForNumber(1), ["b"] = Value.ForList(Value.ForString("c"), Value.ForStruct(data)) } };

        HeapSize.Of((Struct?)null).Should().Be(0);
        HeapSize.Of(data).Should().BePositive();
        HeapSize.Of(more).Should().BeGreaterThan(2 * HeapSize.Of(data), "it holds as much twice");
    }
}
