using System.Text.Json;
using FluentAssertions;
using Sidecar.Bench.Results;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

public sealed class BudgetSpecs
{
    private static readonly Budget Budget = new(0.05, 2_000, new Dictionary<string, double>(StringComparer.Ordinal) { ["metered"] = 4_000 });

    [Theory]
    [InlineData(2_000, 4_000)]
    [InlineData(2_100, 4_200)]
    [InlineData(10, 10)]
    public void What_is_no_more_than_the_tolerance_above_is_within(double heap, double allocated) =>
        Budget.Exceeded(heap, Calls(allocated)).Should().BeEmpty();

    [Fact]
    public void What_is_more_is_told_with_both_figures()
    {
        Budget.Exceeded(2_120, Calls(4_000)).Should().Equal(
            "heap bytes a customer: 2,120, 6 % more than the 2,000 of the budget; 5 % more is let pass");
        Budget.Exceeded(2_000, Calls(5_000)).Should().Equal(
            "allocated bytes a call, metered: 5,000, 25 % more than the 4,000 of the budget; 5 % more is let pass");
        Budget.Exceeded(2_000, new Dictionary<string, double>(StringComparer.Ordinal) { ["new"] = 7 }).Should().ContainSingle().Which.Should().Contain("new: 7");
    }

    [Fact]
    public void Budget_is_written_in_whole_bytes_and_read_again()
    {
        var read = Budget.Parse((Budget with { HeapBytesACustomer = 1_999.7 }).ToJson());

        read.Should().BeEquivalentTo(Budget);
        FluentActions.Invoking(() => Budget.Parse("null")).Should().Throw<JsonException>();
    }

    private static Dictionary<string, double> Calls(double metered) => new(StringComparer.Ordinal) { ["metered"] = metered };
}
