using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class FallbackParserSpecs
{
    [Theory]
    [InlineData("""{"hasAccess": true}""", true, null, null, null)]
    [InlineData("""{"hasAccess": false}""", false, null, null, null)]
    [InlineData("""{"hasAccess": true, "usageLimit": 10}""", true, 10.0, null, null)]
    [InlineData("""{"hasAccess": true, "usageLimit": 1.5}""", true, 1.5, null, null)]
    [InlineData("""{"hasAccess": true, "usageLimit": 0}""", true, 0.0, null, null)]
    [InlineData("""{"hasAccess": true, "isUnlimited": true}""", true, null, true, null)]
    [InlineData("""{"hasAccess": true, "isUnlimited": false}""", true, null, false, null)]
    [InlineData("""{"hasAccess": true, "value": 7}""", true, null, null, 7)]
    [InlineData("""{"hasAccess": true, "value": 0}""", true, null, null, 0)]
    [InlineData("""{"hasAccess": true, "value": 2147483647}""", true, null, null, int.MaxValue)]
    [InlineData("""{"value": 7, "usageLimit": 10, "hasAccess": true, "isUnlimited": false}""", true, 10.0, false, 7)]
    [InlineData("""{"hasAccess": true, "value": null, "usageLimit": null, "isUnlimited": null}""", true, null, null, null)]
    [InlineData("""{"hasAccess": true, "later": {"or": ["never"]}}""", true, null, null, null)]
    public void An_entry_says_what_to_answer(string entry, bool access, double? limit, bool? unlimited, int? value)
    {
        var (table, faults) = FallbackParser.Parse($$"""{"feature-1": {{entry}} }""");

        faults.Should().BeEmpty();
        table.Find("feature-1").Should().Be(new Fallback(access, limit, unlimited, value));
    }

    [Theory]
    [InlineData("5.0", 5)]
    [InlineData("1e3", 1000)]
    public void A_whole_number_may_be_written_with_a_point_or_an_exponent(string number, int value)
    {
        var (table, faults) = FallbackParser.Parse($$"""{"feature-1": {"hasAccess": true, "value": {{number}} } }""");

        faults.Should().BeEmpty();
        table.Find("feature-1")!.Value.Value.Should().Be(value);
    }

    [Theory]
    [InlineData("""["a", "ä", "\u00e4", ""]""", "a|ä|ä|")]
    [InlineData("""["a"]""", "a")]
    public void An_entry_may_list_values(string values, string expected) =>
        FallbackParser.Parse($$"""{"feature-1": {"hasAccess": true, "enumValues": {{values}} } }""")
            .Table.Find("feature-1")!.Value.EnumValues.Should().Equal(expected.Split('|'));

    [Theory]
    [InlineData("[]", true)]
    [InlineData("null", false)]
    public void An_empty_list_of_values_is_a_list_and_null_is_none(string values, bool isList) =>
        (FallbackParser.Parse($$"""{"feature-1": {"hasAccess": true, "enumValues": {{values}} } }""")
            .Table.Find("feature-1")!.Value.EnumValues is { Count: 0 }).Should().Be(isList);

    [Theory]
    [InlineData("""{"hasAccess": "yes"}""", "hasAccess", "yes")]
    [InlineData("""{"hasAccess": 1}""", "hasAccess", "1")]
    [InlineData("""{"hasAccess": null}""", "hasAccess", "null")]
    [InlineData("""{"hasAccess": [true]}""", "hasAccess", "[true]")]
    [InlineData("""{"hasAccess": true, "hasAccess": "yes"}""", "hasAccess", "yes")]
    [InlineData("""{}""", "hasAccess", "missing")]
    [InlineData("""{"HasAccess": true}""", "hasAccess", "missing")]
    [InlineData("""{"hasAccess": true, "usageLimit": "10"}""", "usageLimit", "10")]
    [InlineData("""{"hasAccess": true, "usageLimit": true}""", "usageLimit", "true")]
    [InlineData("""{"hasAccess": true, "usageLimit": 1e999}""", "usageLimit", "1e999")]
    [InlineData("""{"hasAccess": true, "isUnlimited": "true"}""", "isUnlimited", "true")]
    [InlineData("""{"hasAccess": true, "isUnlimited": 1}""", "isUnlimited", "1")]
    [InlineData("""{"hasAccess": true, "value": "7"}""", "value", "7")]
    [InlineData("""{"hasAccess": true, "value": false}""", "value", "false")]
    [InlineData("""{"hasAccess": true, "value": 7.5}""", "value", "7.5")]
    [InlineData("""{"hasAccess": true, "value": 2147483648}""", "value", "2147483648")]
    [InlineData("""{"hasAccess": true, "enumValues": "a"}""", "enumValues", "a")]
    [InlineData("""{"hasAccess": true, "enumValues": {"a": 1}}""", "enumValues", "a")]
    [InlineData("""{"hasAccess": true, "enumValues": ["a", 1]}""", "enumValues", "1")]
    [InlineData("""{"hasAccess": true, "enumValues": ["a", null]}""", "enumValues", "null")]
    [InlineData("null", "object", "null")]
    [InlineData("true", "object", "boolean")]
    [InlineData("false", "object", "boolean")]
    [InlineData("\"yes\"", "object", "string")]
    [InlineData("1", "object", "number")]
    [InlineData("[]", "object", "array")]
    public void An_entry_of_a_wrong_form_is_left_out_alone_and_named(string entry, string field, string seen)
    {
        var (table, faults) = FallbackParser.Parse(
            $$"""{"before": {"hasAccess": true}, "wrong": {{entry}}, "after": {"hasAccess": false} }""");

        table.Find("wrong").Should().BeNull("it must not grant");
        table.FeatureIds.Should().Equal("after", "before");
        faults.Should().ContainSingle().Which.Should().Contain("'wrong'").And.Contain(field).And.Contain(seen);
    }

    [Fact]
    public void Each_wrong_entry_is_a_fault_of_its_own() =>
        FallbackParser.Parse("""{"a": 1, "b": {"hasAccess": true}, "c": {"hasAccess": 2}}""").Faults.Should().HaveCount(2);

    [Theory]
    [InlineData("", "0")]
    [InlineData("{", "0")]
    [InlineData("{\n\"a\": {\"hasAccess\": true},\n}", "2")]
    [InlineData("{\n\"a\": {\"hasAccess\": tru}}", "1")]
    [InlineData("{\n\n\n'a': {}}", "3")]
    [InlineData("{} trailing", "0")]
    [InlineData("hasAccess=true", "0")]
    public void Malformed_json_leaves_no_fallback_and_names_the_line(string json, string line)
    {
        var (table, faults) = FallbackParser.Parse(json);

        table.FeatureIds.Should().BeEmpty();
        faults.Should().ContainSingle().Which.Should().Contain("not valid JSON").And.Contain($"LineNumber: {line}").And.Contain("Byte");
    }

    [Fact]
    public void What_is_wrong_is_told_on_one_line_of_bounded_length()
    {
        var (_, faults) = FallbackParser.Parse("{\"a\": tru\n\t\u0001" + new string('x', 5000));

        faults.Should().ContainSingle().Which.Should().NotContainAny("\n", "\t", "\u0001").And.Subject.Length.Should().BeLessThan(600);
    }

    [Theory]
    [InlineData("""{"before": {"hasAccess": true}, "\ud800": {"hasAccess": true}, "after": {"hasAccess": true}}""")]
    [InlineData("""{"before": {"hasAccess": true}, "a": {"hasAccess": true, "\udc00": 1}, "after": {"hasAccess": true}}""")]
    [InlineData("""{"before": {"hasAccess": true}, "a": {"hasAccess": true, "enumValues": ["\ud800"]}, "after": {"hasAccess": true}}""")]
    public void Half_a_surrogate_pair_costs_its_own_entry_alone(string json)
    {
        var (table, faults) = FallbackParser.Parse(json);

        table.FeatureIds.Should().Equal("after", "before");
        faults.Should().ContainSingle().Which.Should().Contain("is left out");
    }

    [Fact]
    public void Half_a_surrogate_pair_as_it_is_costs_no_more_than_one_that_is_escaped()
    {
        const string half = "\udc00";

        var (table, faults) = FallbackParser.Parse(
            $$"""{"a": {"hasAccess": true, "enumValues": ["{{half}}"] }, "{{half}}": {"hasAccess": true}, "after": {"hasAccess": true} }""");

        table.FeatureIds.Should().Equal("after");
        faults.Should().HaveCount(2);
    }

    [Fact]
    public void Whole_surrogate_pairs_are_text_beside_half_of_one()
    {
        var (table, _) = FallbackParser.Parse("{\"😀\": {\"hasAccess\": true}, \"a\ud83d\": {\"hasAccess\": true}}");

        table.FeatureIds.Should().Equal("😀");
    }

    [Fact]
    public void Deep_nesting_costs_its_own_entry_alone()
    {
        var deep = new string('[', 5000) + new string(']', 5000);

        var (table, faults) = FallbackParser.Parse(
            $$"""{"good": {"hasAccess": true}, "bad": {"hasAccess": true, "enumValues": {{deep}} }, "later": {"hasAccess": true, "new": {{deep}} } }""");

        table.FeatureIds.Should().Equal("good", "later");
        faults.Should().ContainSingle().Which.Should().Contain("'bad'").And.Match(fault => fault.Length < 400);
    }

    [Fact]
    public void Refused_text_is_shown_in_part_and_on_one_line()
    {
        var (_, faults) = FallbackParser.Parse("[\n\"" + new string('x', 1000) + "\"]");

        faults.Should().ContainSingle().Which.Should().StartWith("is '[ \"xxx").And.Contain("…'")
            .And.Match(fault => fault.Length < 400 && !fault.Contains('\n'));
    }

    [Theory]
    [InlineData("null", "null")]
    [InlineData("[]", "array")]
    [InlineData("true", "boolean")]
    [InlineData("3", "number")]
    [InlineData("\"{}\"", "string")]
    public void Json_that_is_no_object_leaves_no_fallback(string json, string seen)
    {
        var (table, faults) = FallbackParser.Parse(json);

        table.FeatureIds.Should().BeEmpty();
        faults.Should().ContainSingle().Which.Should().Contain(seen).And.Contain("object");
    }

    [Fact]
    public void An_empty_object_is_a_table_without_an_entry()
    {
        var (table, faults) = FallbackParser.Parse(" {} ");

        table.FeatureIds.Should().BeEmpty();
        faults.Should().BeEmpty();
    }

    [Fact]
    public void Of_a_feature_named_twice_the_last_entry_counts()
    {
        var (table, faults) = FallbackParser.Parse("""{"a": {"hasAccess": true, "value": 1}, "a": {"hasAccess": false}}""");

        table.Find("a").Should().Be(new Fallback(HasAccess: false));
        faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"a": {"hasAccess": true}, "a": {"hasAccess": "yes"}}""", false)]
    [InlineData("""{"a": {"hasAccess": "yes"}, "a": {"hasAccess": true}}""", true)]
    public void Of_a_feature_named_twice_a_wrong_last_entry_leaves_nothing(string json, bool isThere)
    {
        var (table, faults) = FallbackParser.Parse(json);

        (table.Find("a") is not null).Should().Be(isThere);
        faults.Should().ContainSingle();
    }
}
