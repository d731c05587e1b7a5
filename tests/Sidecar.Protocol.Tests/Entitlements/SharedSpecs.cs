using System.Text;
using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>What customers have in common, as it comes out of the bodies that name it.</summary>
public class SharedSpecs
{
    [Fact]
    public void Customers_share_the_definition_of_a_feature()
    {
        var (one, other) = (FeatureOf("shared-1", "call"), FeatureOf("shared-1", "call"));

        other.Should().BeSameAs(one);
    }

    [Fact]
    public void A_definition_that_differs_is_its_own()
    {
        FeatureOf("shared-2", "call").Units.Should().Be("call");
        FeatureOf("shared-2", "page").Units.Should().Be("page", "a definition changes in the cloud, and both may be known for a while");
        FeatureOf("shared-3", "call").Id.Should().Be("shared-3");
    }

    private static FeatureDefinition FeatureOf(string id, string units)
    {
        var body = $$$"""
            {"data": {"entitlementsState": {"entitlementsV2": [
              {"__typename": "FeatureEntitlement", "isGranted": true,
               "feature": {"refId": "{{{id}}}", "featureType": "NUMBER", "meterType": "Incremental",
                           "featureUnits": "{{{units}}}"} } ] } } }
            """;
        return CloudStateReader.Read(Encoding.UTF8.GetBytes(body)).State!.FindFeature(id)!.Feature;
    }
}
