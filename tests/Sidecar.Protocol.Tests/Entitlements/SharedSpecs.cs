using System.Runtime.CompilerServices;
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

    [Fact]
    public void Customers_of_one_plan_share_what_it_grants_and_where_their_own_values_stand()
    {
        var (one, other) = (Given.Set(day: 1, limit: 4711, used: 1), Given.Set(day: 2, limit: 4711, used: 2));

        other.SharedTerms.Instance.Should().BeSameAs(one.SharedTerms.Instance);
        other.SharedLayout.Instance.Should().BeSameAs(one.SharedLayout.Instance);
        one.WithUsage(Given.News(Given.Used(9, 9)).Of, Given.Used(9, 9)).SharedTerms.Instance.Should().BeSameAs(one.SharedTerms.Instance);
    }

    [Fact]
    public void Plans_that_differ_in_one_grant_share_the_others()
    {
        var one = Given.State(Given.Boolean("sso-4712"), Given.Metered(1));
        var other = Given.State(Given.Boolean("sso-4712"), Given.Metered(2));

        other.SharedTerms.Instance.Should().NotBeSameAs(one.SharedTerms.Instance);
        var parts = other.PartsOfTerms.Select(part => part.Instance);
        one.PartsOfTerms.Select(part => part.Instance).Intersect(parts, ReferenceEqualityComparer.Instance).Count()
            .Should().BeGreaterThanOrEqualTo(2, "what is granted of the feature that both have alike, and the feature");
    }

    [Fact]
    public void A_limit_of_0_and_one_of_minus_0_are_not_shared()
    {
        var (one, other) = (Given.State(Given.Metered(0)), Given.State(Given.Metered(-0.0)));

        double.IsNegative(one.FindFeature(Given.FeatureId)!.UsageLimit!.Value).Should().BeFalse();
        double.IsNegative(other.FindFeature(Given.FeatureId)!.UsageLimit!.Value).Should().BeTrue();
        one.IsSameSetAs(other).Should().BeTrue("they say the same");
    }

    [Fact]
    public void A_plan_that_nobody_has_any_more_is_forgotten()
    {
        var gone = Gone();

        GC.Collect();

        gone.IsAlive.Should().BeFalse();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Gone() => new(Given.Set(day: 1, limit: 4713.5).SharedTerms.Instance);

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
