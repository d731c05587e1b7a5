using System.Text;
using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

public sealed class OfflineDataSpecs
{
    private const string State = """
        {"entitlementsV2": [{"__typename": "FeatureEntitlement", "usageLimit": 10, "currentUsage": 3,
          "usageUpdatedAt": "2020-01-01T00:00:00Z", "entitlementUpdatedAt": "2020-01-01T00:00:00Z",
          "feature": {"refId": "feature", "featureType": "NUMBER", "meterType": "Incremental"}}]}
        """;

    private static readonly DateTimeOffset Now = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Customers_and_their_resources_are_found_by_id()
    {
        var data = Parse("""
            {"customers": {
              "a": {"entitlementsState": STATE, "resources": {"r": {"entitlementsState": STATE}}},
              "b": {"entitlementsState": {"accessDeniedReason": "NoActiveSubscription", "entitlementsV2": []}}}}
            """);

        data.Customers.Should().Be(2);
        data.Find(new("a")).FindFeature("feature")!.UsageLimit.Should().Be(10);
        data.Find(new("a", "r")).FindFeature("feature")!.Usage.Current.Should().Be(3);
        data.Find(new("b")).AccessDeniedReason.Should().Be(AccessDeniedReason.NoActiveSubscription);
    }

    [Fact]
    public void Who_is_not_in_the_file_is_unknown()
    {
        var data = Parse("""{"customers": {"a": {"entitlementsState": STATE}}}""");

        data.Find(new("other")).AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
        data.Find(new("other", "r")).AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
        data.Find(new("a", "r")).AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerResourceNotFound);
    }

    [Fact]
    public void An_answer_of_the_cloud_can_be_put_in_as_it_stands()
    {
        var data = Parse("""{"customers": {"a": {"data": {"entitlementsState": STATE}}}}""");

        data.Find(new("a")).FindFeature("feature").Should().NotBeNull();
    }

    [Fact]
    public void What_the_file_says_holds_as_of_its_reading_whatever_dates_stand_in_it()
    {
        var feature = Parse("""{"customers": {"a": {"entitlementsState": STATE}}}""").Find(new("a")).FindFeature("feature")!;

        feature.UpdatedAt.Should().Be(Now);
        feature.Usage.UpdatedAt.Should().Be(Now);
    }

    [Fact]
    public void A_byte_order_mark_is_fine() => OfflineData.Parse(
        new byte[] { 0xEF, 0xBB, 0xBF }.Concat(Encoding.UTF8.GetBytes("{\"customers\": {}}")).ToArray(), Now)
        .Data.Should().NotBeNull();

    [Fact]
    public void A_file_in_another_encoding_is_a_mistake_that_is_told()
    {
        var latin = Encoding.Latin1.GetBytes("""{"customers": {"a": {"entitlementsState": {"accessDeniedReason": "Gr\u00fc\u00dfe", "entitlementsV2": []}}}}"""
            .Replace("\\u00fc", "\u00fc", StringComparison.Ordinal).Replace("\\u00df", "\u00df", StringComparison.Ordinal));

        var (data, fault) = OfflineData.Parse(latin, Now);

        data.Should().BeNull();
        fault.Should().NotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("""{"customers": {"a": nsecret-id""", "not JSON (line 1, byte 22)")]
    [InlineData("{\n\"customers\": tr\u0001secret-id", "not JSON (line 2, byte 16)")]
    [InlineData("[]", "'customers'")]
    [InlineData("{}", "'customers'")]
    [InlineData("""{"customers": []}""", "'customers'")]
    [InlineData("""{"customers": {"secret-id": 7}}""", "customer number 1 has no object 'entitlementsState'")]
    [InlineData("""{"customers": {"secret-id": {}}}""", "customer number 1 has no object 'entitlementsState'")]
    [InlineData("""{"customers": {"secret-id": {"entitlementsState": 7}}}""", "customer number 1:")]
    [InlineData("""{"customers": {"secret-id": {"entitlementsState": {}}}}""", "customer number 1: the state has neither")]
    [InlineData("""{"customers": {"secret-id": {"entitlementsState": {"entitlementsV2": [7]}}}}""", "customer number 1: none of")]
    [InlineData("""{"customers": {"": {"entitlementsState": {"entitlementsV2": []}}}}""", "the id of customer number 1 is empty")]
    [InlineData("""{"customers": {"a": {"entitlementsState": {"entitlementsV2": []}, "resources": 7}}}""", "'resources' of customer number 1")]
    [InlineData("""{"customers": {"\ud800": {"entitlementsState": {"entitlementsV2": []}}}}""", "half of a surrogate pair")]
    [InlineData(
        """{"customers": {"secret-id": {"entitlementsState": {"entitlementsV2": []}}, "secret-id": {"entitlementsState": {"entitlementsV2": []}}}}""",
        "customer number 2 is there already")]
    [InlineData(
        """{"customers": {"a": {"entitlementsState": {"entitlementsV2": []}, "resources": {"r": {}}}}}""",
        "resource number 1 of customer number 1 has no object 'entitlementsState'")]
    public void What_is_wrong_is_named_by_its_place_and_never_by_an_id(string json, string fault)
    {
        var (data, told) = OfflineData.Parse(Encoding.UTF8.GetBytes(json), Now);

        data.Should().BeNull();
        told.Should().Contain(fault).And.NotContain("secret-id");
    }

    [Fact]
    public void What_an_error_in_it_says_is_told_on_one_line_of_bounded_length()
    {
        var json = """{"customers": {"a": {"data": {}, "errors": [{"message": "one\ntwo\u0001LONG"}]}}}"""
            .Replace("LONG", new string('x', 5000), StringComparison.Ordinal);

        var (_, fault) = OfflineData.Parse(Encoding.UTF8.GetBytes(json), Now);

        fault.Should().StartWith("customer number 1: one two").And.NotContainAny("\n", "\u0001").And.Subject.Length.Should().BeLessThan(400);
    }

    private static OfflineData Parse(string json)
    {
        var text = json.Replace("STATE", State, StringComparison.Ordinal);
        var (data, fault) = OfflineData.Parse(Encoding.UTF8.GetBytes(text), Now);
        fault.Should().BeNull();
        return data!;
    }
}
