using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using FeatureType = Stigg.Sidecar.V1.FeatureType;

namespace Sidecar.Protocol.Tests.Entitlements;

public class FeatureDefinitionSpecs
{
    [Theory]
    [InlineData(FeatureType.Boolean, false, EntitlementKind.Boolean)]
    [InlineData(FeatureType.Boolean, true, EntitlementKind.Boolean)]
    [InlineData(FeatureType.Enum, false, EntitlementKind.Enum)]
    [InlineData(FeatureType.Enum, true, EntitlementKind.Enum)]
    [InlineData(FeatureType.Number, false, EntitlementKind.Numeric)]
    [InlineData(FeatureType.Number, true, EntitlementKind.Metered)]
    [InlineData(FeatureType.Unspecified, false, EntitlementKind.Unknown)]
    [InlineData(FeatureType.Unspecified, true, EntitlementKind.Unknown)]
    [InlineData((FeatureType)99, true, EntitlementKind.Unknown)]
    public void Its_kind_follows_from_its_type_and_for_a_number_from_its_meter(FeatureType type, bool hasMeter, EntitlementKind kind)
    {
        var feature = new FeatureDefinition("f", type, HasMeter: hasMeter);

        feature.Kind.Should().Be(kind);
        feature.IsMetered.Should().Be(kind == EntitlementKind.Metered);
    }
}
