using FluentAssertions;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

public sealed partial class StreamReaderSpecs
{
    private const string Feature = """
        {"__typename":"FeatureEntitlement","usageLimit":1000,"currentUsage":25,"entitlementUpdatedAt":"2026-10-01T09:00:00.000Z",
        "usageUpdatedAt":"2026-10-02T10:00:00.000Z","resetPeriod":"MONTH",
        "feature":{"refId":"feature-api-calls","featureType":"NUMBER","meterType":"Incremental"}}
        """;

    private const string Credit = """
        {"__typename":"CreditEntitlement","currency":{"currencyId":"cred-type-tokens","additionalMetaData":{"k":"v"}},"usageLimit":500,
        "currentUsage":120,"entitlementUpdatedAt":1790845200000}
        """;

    private static StreamMessage EntitlementsChanged => new StreamMessage.Told(new EntryChanged(Entry, NewsKind.Entitlements));

    [Fact]
    public void Dated_set_replaces_the_entitlements()
    {
        var set = SetBy(Feature, Credit);

        (set.Count, set.AccessDeniedReason).Should().Be((2, null));
        set.UpdatedAt.Should().Be(Date("2026-10-01T09:00:00Z"));
        var feature = set.FindFeature("feature-api-calls")!;
        (feature.UsageLimit, feature.Usage.Current, feature.ResetPeriod).Should().Be((1000, 25, EntitlementResetPeriod.Month));
        set.FindCredit("cred-type-tokens")!.Currency.AdditionalMetaData!.Fields["k"].StringValue.Should().Be("v");
    }

    [Fact]
    public void Set_says_the_same_as_the_body_of_a_read()
    {
        var body = CloudStateReader.Read(System.Text.Encoding.UTF8.GetBytes(
            $$$$$"""{"data":{"entitlementsState":{"accessDeniedReason":"NoActiveSubscription","entitlementsV2":[{{{{{Feature}}}}}]}}}"""));

        SetOf(Tell($"[{Feature}]", "\"NoActiveSubscription\"")).IsSameSetAs(body.State!).Should().BeTrue();
    }

    [Fact]
    public void One_date_is_enough_for_a_set() => SetBy(Without(Feature, "entitlementUpdatedAt"), Credit).Count.Should().Be(2);

    [Theory]
    [InlineData("CustomerNotFound", AccessDeniedReason.CustomerNotFound)]
    [InlineData("NoActiveSubscription", AccessDeniedReason.NoActiveSubscription)]
    [InlineData("SomethingNew", AccessDeniedReason.Unknown)]
    public void Empty_set_with_a_reason_replaces_the_entitlements(string word, AccessDeniedReason reason)
    {
        var set = SetOf(Tell("[]", $"\"{word}\""));

        (set.IsEmpty, set.AccessDeniedReason).Should().Be((true, reason));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Empty_set_without_a_reason_says_only_that_something_changed(string reason) =>
        Tell("[]", reason).Should().Be(EntitlementsChanged);

    [Fact]
    public void Set_without_a_date_says_only_that_something_changed()
    {
        var undated = Without(Feature, "entitlementUpdatedAt");

        Tell($"[{undated}]").Should().Be(EntitlementsChanged);
        Tell($"[{undated}]", "\"NoActiveSubscription\"").Should().Be(EntitlementsChanged);
    }

    [Fact]
    public void Entitlements_of_a_kind_that_is_not_known_are_passed_over_as_in_a_read() =>
        SetBy("""{"__typename":"BundleEntitlement","bundle":{}}""", Feature).Count.Should().Be(1);

    [Theory]
    [InlineData("null")]
    [InlineData("\"CustomerNotFound\"")]
    public void Set_of_nothing_that_is_known_is_not_taken_for_an_empty_one(string reason) =>
        Tell("""[{"__typename":"BundleEntitlement"}]""", reason).Should().Be(EntitlementsChanged);

    [Theory]
    [InlineData("""["entitlement"]""")]
    [InlineData("""[{"__typename":"FeatureEntitlement","usageLimit":{}}]""")]
    [InlineData("""[{"__typename":"CreditEntitlement","currency":{"currencyId":"t","additionalMetaData":{"k":"\ud800"}}}]""")]
    [InlineData("""[{"__typename":"FeatureEntitlement","usageLimit":1e999,"feature":{"refId":"f"}}]""")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"none\"")]
    public void Set_that_cannot_be_read_as_a_whole_is_unreadable_and_tells_its_entry(string entitlements)
    {
        var list = entitlements.StartsWith('[') ? entitlements[..^1] + "," + Feature + "]" : entitlements;

        var message = Tell(list).Should().BeOfType<StreamMessage.Unreadable>().Subject;

        (message.Kind, message.Changed).Should().Be((NewsKind.Entitlements, new EntryChanged(Entry, NewsKind.Entitlements)));
    }

    [Fact]
    public void Set_without_its_list_is_unreadable_and_tells_its_entry() =>
        Next(0, """{"entitlementsUpdatedV2":{"customerId":"customer-1","accessDeniedReason":"CustomerNotFound"}}""")
            .Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(new EntryKey("customer-1"), NewsKind.Entitlements));

    [Fact]
    public void Set_with_an_error_beside_it_is_not_taken_but_its_entry_is_told() =>
        Next(0, EntitlementsData($"[{Feature}]", "null"), """[{"message":"boom","path":["entitlements",0,"usageLimit"]}]""")
            .Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Entitlements));

    [Fact]
    public void However_deep_a_set_is_nested_its_entry_is_told()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100_000)) + string.Concat(Enumerable.Repeat("]", 100_000));

        Tell(deep).Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Entitlements));
    }

    [Fact]
    public void Reason_of_a_wrong_form_makes_a_set_unreadable_and_tells_its_entry() =>
        Tell("[]", "5").Should().BeOfType<StreamMessage.Unreadable>()
            .Which.Changed.Should().Be(new EntryChanged(Entry, NewsKind.Entitlements));

    [Theory]
    [InlineData("""{"migrationType":"NEW_CUSTOMERS"}""", false)]
    [InlineData("""{"migrationType":"ALL_CUSTOMERS","packageRefId":"plan-pro"}""", true)]
    [InlineData("""{"migrationType":"SOME_CUSTOMERS"}""", true)]
    [InlineData("""{"migrationType":null}""", true)]
    [InlineData("""{"migrationType":5}""", true)]
    [InlineData("""{"migrationType":"\ud800"}""", true)]
    [InlineData("{}", true)]
    [InlineData("5", true)]
    [InlineData("null", true)]
    public void Package_concerns_everyone_unless_it_is_certainly_for_new_customers_alone(string package, bool isForEveryone) =>
        Next(2, $$"""{"packagePublished":{{package}}}""").Should().Be(new StreamMessage.Told(new PackagePublished(isForEveryone)));

    [Fact]
    public void Package_that_cannot_be_relied_on_concerns_everyone()
    {
        const string data = """{"packagePublished":{"migrationType":"NEW_CUSTOMERS"}}""";
        var expected = new StreamMessage.Told(new PackagePublished(IsForEveryone: true));

        Next(2, data, """[{"message":"boom"}]""").Should().Be(expected);
        Next(0, data).Should().Be(expected);
    }

    private static StreamMessage Tell(string entitlements, string reason = "null") => Next(0, EntitlementsData(entitlements, reason));

    private static string EntitlementsData(string entitlements, string reason) => $$$"""
        {"entitlementsUpdatedV2":{"customerId":"customer-1","resourceId":"resource-1","accessDeniedReason":{{{reason}}},
        "entitlements":{{{entitlements}}}}}
        """;

    private static EntitlementState SetBy(params string[] entitlements) => SetOf(Tell($"[{string.Join(',', entitlements)}]"));

    private static EntitlementState SetOf(StreamMessage message)
    {
        var news = message.Should().BeOfType<StreamMessage.Told>().Which.News.Should().BeOfType<EntitlementsReplaced>().Subject;
        news.Key.Should().Be(Entry);
        return news.Set;
    }

    private static string Without(string json, string field)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject();
        node.Remove(field).Should().BeTrue();
        return node.ToJsonString();
    }
}
