using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class FallbackSpecs
{
    [Theory]
    [InlineData(null, null, null, false, EntitlementKind.Boolean)]
    [InlineData(1.0, null, null, false, EntitlementKind.Metered)]
    [InlineData(null, true, null, false, EntitlementKind.Metered)]
    [InlineData(null, false, null, false, EntitlementKind.Metered)]
    [InlineData(null, null, 0, false, EntitlementKind.Numeric)]
    [InlineData(1.0, true, 0, false, EntitlementKind.Numeric)]
    [InlineData(null, null, null, true, EntitlementKind.Enum)]
    [InlineData(1.0, true, 0, true, EntitlementKind.Enum)]
    public void Its_kind_is_enum_by_values_numeric_by_value_metered_by_limit_else_boolean(
        double? limit, bool? unlimited, int? value, bool hasValues, EntitlementKind kind) =>
        new Fallback(true, limit, unlimited, value, hasValues ? [] : null).Kind.Should().Be(kind);

    [Fact]
    public void A_fallback_that_says_nothing_does_not_grant() => default(Fallback).HasAccess.Should().BeFalse();

    [Fact]
    public void A_table_lists_its_features_in_ordinal_order_and_finds_each()
    {
        var table = new FallbackTable(new Dictionary<string, Fallback>(StringComparer.Ordinal)
        {
            ["b"] = new(true),
            ["B"] = new(false),
            ["a"] = new(false, Value: 1),
        });

        table.FeatureIds.Should().Equal("B", "a", "b");
        table.Find("b").Should().Be(new Fallback(true));
        table.Find("B").Should().Be(new Fallback(false));
        table.Find("A").Should().BeNull();
        FallbackTable.Empty.Find("a").Should().BeNull();
        FallbackTable.Empty.FeatureIds.Should().BeEmpty();
    }
}
