using FluentAssertions;
using FsCheck.Xunit;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;

namespace Sidecar.Protocol.Tests.Entitlements;

public class EntitlementStateSpecs
{
    // Ordinal order: upper case before lower case, and no letter ignored.
    private static readonly string[] Ids = ["B", "a", "a-", "a-b", "ab", "b", "Ä", "ä", ""];

    [Fact]
    public void Entitlements_stand_in_ordinal_order_of_their_ids()
    {
        var reversed = Ids.Reverse().ToList();
        var state = Given.State([.. reversed.Select(id => Given.Boolean(id)), .. reversed.Select(id => Given.Credits(1, id: id))]);

        state.Features.ToArray().Select(f => f.Id).Should().Equal(Ids.Order(StringComparer.Ordinal));
        state.Credits.ToArray().Select(c => c.Id).Should().Equal(Ids.Order(StringComparer.Ordinal));
        state.All().Select(e => e.Id).Should().Equal([.. Ids.Order(StringComparer.Ordinal), .. Ids.Order(StringComparer.Ordinal)]);
        state.All().Take(Ids.Length).Should().AllBeOfType<FeatureEntitlement>("features come first");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_usage_of_one_entitlement_changes_nothing_else(bool isCredit)
    {
        var before = Given.Refused(
            Stigg.Sidecar.V1.AccessDeniedReason.NoActiveSubscription,
            Given.Metered(1) with { UpdatedAt = Given.Day(3), ValidUntil = Given.Day(9) },
            Given.Boolean("feature-2"),
            Given.Credits(1),
            Given.Credits(1, id: "currency-2"));
        var of = new EntitlementReference(isCredit ? Given.CurrencyId : Given.FeatureId, isCredit);

        var after = before.WithUsage(of, Given.Used(7, 7));

        after.Find(of)!.Usage.Should().Be(Given.Used(7, 7));
        after.IsSameSetAs(before).Should().BeTrue();
        after.All().Where(e => EntitlementReference.To(e) != of).Should().Equal(before.All().Where(e => EntitlementReference.To(e) != of));
        (after.UpdatedAt, after.ValidUntil).Should().Be((before.UpdatedAt, before.ValidUntil));
        before.Find(of)!.Usage.Should().NotBe(Given.Used(7, 7));
        before.Invoking(state => state.WithUsage(new EntitlementReference("another", isCredit), Given.Used(7, 7))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Each_is_found_by_its_id_and_nothing_else_is()
    {
        var state = Given.State([.. Ids.Select(id => Given.Boolean(id)), Given.Credits(1, id: "only-credit")]);

        foreach (var id in Ids)
            state.FindFeature(id)!.Id.Should().Be(id);
        foreach (var id in new[] { "A", "aa", "c", " ", "B ", "only-credit" })
            state.FindFeature(id).Should().BeNull(id);
        state.FindCredit("only-credit")!.Id.Should().Be("only-credit");
        state.FindCredit("a").Should().BeNull("it is a feature");
        Given.State().FindFeature("a").Should().BeNull();
    }

    [Property(MaxTest = 300)]
    public void Any_set_of_ids_is_found_again(int[] ids, int other)
    {
        var names = ids.Distinct().Select(i => $"f{i:X}").ToList();
        var state = Given.State([.. names.Select(n => Given.Boolean(n))]);

        foreach (var name in names)
            state.FindFeature(name)!.Id.Should().Be(name);
        (state.FindFeature($"f{other:X}") is not null).Should().Be(ids.Contains(other));
        state.Features.Length.Should().Be(names.Count);
    }

    [Fact]
    public void Of_two_entitlements_with_one_id_the_last_counts()
    {
        var state = Given.State(Given.Numeric(1), Given.Credits(1), Given.Numeric(2), Given.Credits(2));

        state.FindFeature(Given.FeatureId)!.UsageLimit.Should().Be(2);
        state.FindCredit(Given.CurrencyId)!.UsageLimit.Should().Be(2);
        state.All().Should().HaveCount(2);
    }

    [Theory]
    [InlineData(AccessDeniedReason.CustomerNotFound, true)]
    [InlineData(AccessDeniedReason.CustomerResourceNotFound, true)]
    [InlineData(AccessDeniedReason.CustomerIsArchived, false)]
    [InlineData(AccessDeniedReason.NoActiveSubscription, false)]
    [InlineData(null, false)]
    public void An_empty_state_is_unknown_by_its_reason(AccessDeniedReason? reason, bool isUnknown)
    {
        EntitlementState.Create(reason, []).IsUnknown.Should().Be(isUnknown);
        EntitlementState.Create(reason, []).AccessDeniedReason.Should().Be(reason);
        EntitlementState.Create(reason, [Given.Boolean()]).IsUnknown.Should().BeFalse("something is known");
        EntitlementState.Create(reason, [Given.Credits(1)]).IsUnknown.Should().BeFalse("something is known");
    }

    [Fact]
    public void A_state_is_empty_without_features_and_credits()
    {
        Given.State().IsEmpty.Should().BeTrue();
        Given.State(Given.Boolean()).IsEmpty.Should().BeFalse();
        Given.State(Given.Credits(1)).IsEmpty.Should().BeFalse();
    }

    [Fact]
    public void The_sets_date_is_the_latest_in_it()
    {
        Given.State().UpdatedAt.Should().Be(DateTimeOffset.UnixEpoch);
        Given.State(Given.Boolean()).UpdatedAt.Should().Be(DateTimeOffset.UnixEpoch);
        Given.State(
            Given.Boolean("a") with { UpdatedAt = Given.Day(3) },
            Given.Boolean("b"),
            Given.Boolean("c") with { UpdatedAt = Given.Day(2) },
            Given.Credits(1) with { UpdatedAt = Given.Day(4) }).UpdatedAt.Should().Be(Given.Day(4));
    }

    [Fact]
    public void The_set_is_valid_until_the_earliest_end_in_it()
    {
        Given.State(Given.Boolean()).ValidUntil.Should().BeNull();
        Given.State(
            Given.Boolean("a") with { ValidUntil = Given.Day(3) },
            Given.Boolean("b"),
            Given.Credits(1) with { ValidUntil = Given.Day(2) },
            Given.Credits(1, id: "z") with { ValidUntil = Given.Day(5) }).ValidUntil.Should().Be(Given.Day(2));
    }

    [Theory]
    [InlineData(1, 2, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, true)]
    [InlineData(3, 4, false)]
    [InlineData(3, 5, true)]
    [InlineData(5, 9, false)]
    public void An_end_lies_between_two_dates_when_it_is_after_the_first_and_not_after_the_second(int after, int upTo, bool isBetween)
    {
        // The ends are the days 3 and 5, one of a feature and one of credits, or the other way round.
        foreach (var (feature, credit) in new[] { (3, 5), (5, 3) })
        {
            Given.State(
                Given.Boolean("a"),
                Given.Boolean("b") with { ValidUntil = Given.Day(feature) },
                Given.Credits(1) with { ValidUntil = Given.Day(credit) })
                .HasExpiryBetween(Given.Day(after), Given.Day(upTo)).Should().Be(isBetween);
        }

        Given.State(Given.Boolean(), Given.Credits(1)).HasExpiryBetween(Given.Day(after), Given.Day(upTo)).Should().BeFalse();
    }

    public static TheoryData<string, Func<FeatureEntitlement, FeatureEntitlement>, bool> ChangesOfAFeature() => new()
    {
        { "the same values in another list", f => f with { EnumValues = ["a", "b"] }, true },
        { "usage", f => f with { Usage = Given.Used(7, day: 9, period: 3) }, true },
        { "limit", f => f with { UsageLimit = 6 }, false },
        { "soft limit", f => f with { HasSoftLimit = true }, false },
        { "unlimited", f => f with { HasUnlimitedUsage = true }, false },
        { "own reason", f => f with { AccessDeniedReason = AccessDeniedReason.Revoked }, false },
        { "other values", f => f with { EnumValues = ["a", "c"] }, false },
        { "more values", f => f with { EnumValues = ["a", "b", "c"] }, false },
        { "date", f => f with { UpdatedAt = Given.Day(8) }, false },
        { "valid until", f => f with { ValidUntil = Given.Day(8) }, false },
        { "reset period", f => f with { ResetPeriod = EntitlementResetPeriod.Day }, false },
        { "anchor", f => f with { UsagePeriodAnchor = Given.Day(8) }, false },
        { "price in credits", f => f with { CreditRate = new CreditRate(2, "x") }, false },
        { "the feature's unit", f => f with { Feature = f.Feature with { Units = "page" } }, false },
        { "id", f => f with { Feature = f.Feature with { Id = "other" } }, false },
    };

    [Theory]
    [MemberData(nameof(ChangesOfAFeature))]
    public void Two_sets_are_the_same_when_nothing_but_usage_differs(
        string what, Func<FeatureEntitlement, FeatureEntitlement> change, bool isSame)
    {
        var feature = Given.Metered(5) with { EnumValues = ["a", "b"], UpdatedAt = Given.Day(1) };
        var (one, other) = (Given.State(feature, Given.Credits(1)), Given.State(change(feature), Given.Credits(1)));

        one.IsSameSetAs(other).Should().Be(isSame, what);
        other.IsSameSetAs(one).Should().Be(isSame, what);
    }

    [Fact]
    public void Two_sets_differ_by_their_reason_or_by_what_is_missing()
    {
        var one = Given.State(Given.Boolean(), Given.Credits(1));

        one.IsSameSetAs(Given.State(Given.Credits(1), Given.Boolean())).Should().BeTrue();
        one.IsSameSetAs(Given.Refused(AccessDeniedReason.NoActiveSubscription, Given.Boolean(), Given.Credits(1))).Should().BeFalse();
        one.IsSameSetAs(Given.State(Given.Boolean())).Should().BeFalse();
        one.IsSameSetAs(Given.State(Given.Credits(1))).Should().BeFalse();
        Given.State().IsSameSetAs(one).Should().BeFalse();
    }

    [Fact]
    public void Credits_are_compared_as_features_are()
    {
        CreditEntitlement With(string value) =>
            new(new CreditCurrency("c", "C", AdditionalMetaData: new Struct { Fields = { ["k"] = Value.ForString(value) } }));
        var one = Given.State(With("v"));

        one.IsSameSetAs(Given.State(With("v") with { Usage = Given.Used(4, day: 4) })).Should().BeTrue("usage does not count");
        one.IsSameSetAs(Given.State(With("w"))).Should().BeFalse();
        one.IsSameSetAs(Given.State(With("v") with { UsageLimit = 1 })).Should().BeFalse();
        one.IsSameSetAs(Given.State(With("v") with { HasSoftLimit = true })).Should().BeFalse();
    }

    [Fact]
    public void Another_usage_of_each_entitlement_makes_another_state_and_leaves_the_first_alone()
    {
        var before = Given.Refused(AccessDeniedReason.NoActiveSubscription, Given.Metered(1), Given.Boolean("other"), Given.Credits(1));

        var after = before.WithUsages(e => e is FeatureEntitlement { Feature.HasMeter: false } ? null : Given.Used(7, day: 7, period: 3));

        after.FindFeature(Given.FeatureId)!.Usage.Should().Be(Given.Used(7, day: 7, period: 3));
        after.FindFeature("other")!.Usage.Should().Be(Usage.None);
        after.FindCredit(Given.CurrencyId)!.Usage.Should().Be(Given.Used(7, day: 7, period: 3));
        after.IsSameSetAs(before).Should().BeTrue();
        before.All().Should().OnlyContain(e => e.Usage.Current == 0);
        before.WithUsages(_ => null).Should().BeSameAs(before);
    }
}
