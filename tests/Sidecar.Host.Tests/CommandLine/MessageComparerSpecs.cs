using FluentAssertions;
using FsCheck.Xunit;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Host.CommandLine.Comparing;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class MessageComparerSpecs
{
    public static TheoryData<string, string> Fields()
    {
        var data = new TheoryData<string, string>();
        foreach (var type in AnyMessage.Answers)
        {
            foreach (var way in AnyMessage.Leaves(type))
                data.Add(type.Name, AnyMessage.Name(way));
        }

        return data;
    }

    [Fact]
    public void Answers_of_all_eight_questions_are_covered() => AnyMessage.Answers.Should().HaveCount(8);

    [Theory]
    [MemberData(nameof(Fields))]
    public void Field_that_differs_is_found_under_its_name_and_can_be_left_out(string message, string field)
    {
        var type = AnyMessage.Answers.Single(answer => answer.Name == message);
        var way = AnyMessage.Leaves(type).Single(leaf => AnyMessage.Name(leaf) == field);
        var (one, other, none) = (AnyMessage.Along(type, way, 1), AnyMessage.Along(type, way, 2), AnyMessage.Along(type, way, null));

        Compare(one, one.Descriptor.Parser.ParseFrom(one.ToByteArray())).Should().BeEmpty();
        Compare(one, other).Should().NotBeEmpty();
        Compare(one, none).Should().NotBeEmpty();
        Compare(none, one).Should().NotBeEmpty();
        // What an entry of a list is about decides which entry it is compared with.
        if (!field.EndsWith(".feature.id", StringComparison.Ordinal) && !field.EndsWith(".currency.currency_id", StringComparison.Ordinal))
            Compare(one, other).Should().ContainSingle().Which.Field.Should().StartWith(field);
        Compare(one, other, way[^1].Name, "entitlements").Should().BeEmpty();
    }

    [Property]
    public void Message_equals_itself_in_any_order_of_its_lists_and_what_differs_one_way_differs_the_other(int seed, int otherSeed)
    {
        foreach (var type in AnyMessage.Answers)
        {
            var (one, other) = (AnyMessage.Random(type, new Random(seed)), AnyMessage.Random(type, new Random(otherSeed)));

            Compare(one, type.Parser.ParseFrom(one.ToByteArray())).Should().BeEmpty();
            Compare(one, other).Select(found => (found.Item, found.Field, found.Ours, found.Theirs)).Should()
                .BeEquivalentTo(Compare(other, one).Select(found => (found.Item, found.Field, found.Theirs, found.Ours)));
        }
    }

    [Fact]
    public void Entries_are_matched_by_feature_whatever_their_order()
    {
        var ours = new GetEntitlementsResponse { Entitlements = { Metered("a", 1), Metered("b", 2) } };
        var theirs = new GetEntitlementsResponse { Entitlements = { Metered("b", 3), Metered("a", 1), Metered("c", 0) } };

        Compare(ours, theirs).Should().BeEquivalentTo(
        [
            new FieldDifference("b", "entitlements.metered.current_usage", "2", "3"),
            new FieldDifference("c", "entitlements", null, Metered("c", 0).ToString()),
        ]);
    }

    [Fact]
    public void Another_type_is_one_difference()
    {
        var ours = new GetEntitlementResponse { Metered = new() { CurrentUsage = 1 } };
        var theirs = new GetEntitlementResponse { Numeric = new() { Value = 1 } };

        Compare(ours, theirs).Should().Equal(new FieldDifference("", "entitlement", "metered", "numeric"));
    }

    [Theory]
    [InlineData(999_900, true)]
    [InlineData(1_000_000, false)]
    public void Dates_less_than_a_millisecond_apart_are_the_same(int nanoseconds, bool expected)
    {
        var ours = new GetMeteredEntitlementResponse { Entitlement = new() { UsagePeriodEnd = new Timestamp { Seconds = 1_800_000_000 } } };
        var theirs = ours.Clone();
        theirs.Entitlement.UsagePeriodEnd.Nanos = nanoseconds;

        Compare(ours, theirs).Should().HaveCount(expected ? 0 : 1);
        Compare(theirs, ours).Should().HaveCount(expected ? 0 : 1);
    }

    [Fact]
    public void Dates_that_are_none_are_compared_too()
    {
        var ours = new GetMeteredEntitlementResponse { Entitlement = new() { UsagePeriodEnd = new Timestamp { Seconds = long.MaxValue } } };
        var theirs = new GetMeteredEntitlementResponse { Entitlement = new() { UsagePeriodEnd = new Timestamp { Seconds = long.MinValue } } };

        Compare(ours, theirs).Should().ContainSingle();
        Compare(ours, ours.Clone()).Should().BeEmpty();
    }

    [Fact]
    public void Words_are_shown_as_the_proto_has_them_and_unknown_ones_as_numbers()
    {
        var ours = new GetBooleanEntitlementResponse { AccessDeniedReason = AccessDeniedReason.FeatureNotFound };
        var theirs = new GetBooleanEntitlementResponse { AccessDeniedReason = (AccessDeniedReason)99 };

        Compare(ours, theirs).Should().Equal(new FieldDifference("", "access_denied_reason", "ACCESS_DENIED_REASON_FEATURE_NOT_FOUND", "99"));
    }

    [Theory]
    [InlineData("units", true)]
    [InlineData("feature.units", true)]
    [InlineData("metered.feature", true)]
    [InlineData("unit", false)]
    [InlineData("metered.units", false)]
    public void What_is_left_out_is_named_by_any_part_of_its_path(string name, bool expected) =>
        new IgnoredFields([name]).Has("metered.feature.units").Should().Be(expected);

    private static IReadOnlyList<FieldDifference> Compare(IMessage ours, IMessage theirs, params string[] ignored) =>
        new MessageComparer(new IgnoredFields(ignored)).Compare(ours, theirs);

    private static Entitlement Metered(string feature, double usage) => new() { Metered = new() { Feature = new() { Id = feature }, CurrentUsage = usage } };
}
