using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>The order of the rules, and what each kind of entitlement decides.</summary>
public partial class EntitlementEvaluatorSpecs
{
    private static readonly EntitlementKind[] TypedKinds =
        [EntitlementKind.Boolean, EntitlementKind.Numeric, EntitlementKind.Metered, EntitlementKind.Enum];

    public static TheoryData<AccessDeniedReason, EntitlementKind> ReasonsOfTheWhole()
    {
        var data = new TheoryData<AccessDeniedReason, EntitlementKind>();
        foreach (var kind in TypedKinds.Append(EntitlementKind.Credit))
        {
            data.Add(AccessDeniedReason.CustomerNotFound, kind);
            data.Add(AccessDeniedReason.CustomerIsArchived, kind);
            data.Add(AccessDeniedReason.NoActiveSubscription, kind);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ReasonsOfTheWhole))]
    public void Rule_1_what_is_not_there_is_denied_with_the_reason_of_the_whole(AccessDeniedReason reason, EntitlementKind kind)
    {
        var answer = Given.Answer(Given.Refused(reason), Given.Ask(kind));

        answer.HasAccess.Should().BeFalse();
        answer.AccessDeniedReason.Should().Be(reason);
        answer.IsFallback.Should().BeFalse();
        answer.Kind.Should().Be(kind);
    }

    [Theory]
    [MemberData(nameof(ReasonsOfTheWhole))]
    public void Rule_1_an_entitlement_that_is_there_is_not_denied_by_the_reason_of_the_whole(
        AccessDeniedReason reason, EntitlementKind kind)
    {
        Entitlement entitlement = kind == EntitlementKind.Credit ? Given.Credits(10) : Given.Of(kind);

        var answer = Given.Answer(Given.Refused(reason, entitlement), Given.Ask(kind));

        answer.HasAccess.Should().BeTrue();
        answer.AccessDeniedReason.Should().BeNull();
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean, AccessDeniedReason.NoFeatureEntitlementInSubscription)]
    [InlineData(EntitlementKind.Numeric, AccessDeniedReason.NoFeatureEntitlementInSubscription)]
    [InlineData(EntitlementKind.Metered, AccessDeniedReason.NoFeatureEntitlementInSubscription)]
    [InlineData(EntitlementKind.Enum, AccessDeniedReason.NoFeatureEntitlementInSubscription)]
    [InlineData(EntitlementKind.Credit, AccessDeniedReason.EntitlementNotFound)]
    public void Rule_2_without_a_reason_of_the_whole_what_is_not_there_is_denied_as_such(EntitlementKind kind, AccessDeniedReason reason)
    {
        var others = Given.State(Given.Boolean("another"), Given.Credits(10, id: "another"));

        Given.Answer(others, Given.Ask(kind)).AccessDeniedReason.Should().Be(reason);
        Given.Answer(Given.State(), Given.Ask(kind)).AccessDeniedReason.Should().Be(reason, "an empty list is no unknown customer");
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Metered)]
    [InlineData(EntitlementKind.Enum)]
    public void Rule_2_a_granting_fallback_does_not_answer_a_typed_call_whose_entitlement_is_not_there(EntitlementKind kind)
    {
        var granting = new Fallback(HasAccess: true);

        var answer = Given.Answer(Given.State(), Given.Ask(kind, fallback: granting), granting);

        answer.HasAccess.Should().BeFalse();
        answer.IsFallback.Should().BeFalse();
    }

    public static TheoryData<string, Entitlement, EntitlementKind, double?, string[]?> DeniedByThemselves() => new()
    {
        { "a boolean", Given.Boolean(), EntitlementKind.Boolean, null, null },
        { "a number", Given.Numeric(1), EntitlementKind.Numeric, null, null },
        { "a usage within its limit", Given.Metered(100), EntitlementKind.Metered, null, null },
        { "a usage over its limit", Given.Metered(100, 100), EntitlementKind.Metered, 1, null },
        { "a usage without a limit", Given.Metered(0) with { HasUnlimitedUsage = true }, EntitlementKind.Metered, null, null },
        { "values that are granted", Given.Enum("a"), EntitlementKind.Enum, null, ["a"] },
        { "values that are not granted", Given.Enum("a"), EntitlementKind.Enum, null, ["b"] },
        { "credits that are left", Given.Credits(10), EntitlementKind.Credit, null, null },
        { "credits that are used up", Given.Credits(10, 10), EntitlementKind.Credit, null, null },
        { "any kind", Given.Boolean(), EntitlementKind.Unknown, null, null },
        { "a type that is not known", Given.OfUnknownType(), EntitlementKind.Unknown, null, null },
    };

    [Theory]
    [MemberData(nameof(DeniedByThemselves))]
    public void Rule_3_an_entitlements_own_reason_comes_before_what_its_kind_decides(
        string what, Entitlement entitlement, EntitlementKind asked, double? usage, string[]? values)
    {
        var granting = new Fallback(HasAccess: true);
        var query = Given.Ask(asked, usage, values, granting);
        var denied = entitlement with { AccessDeniedReason = AccessDeniedReason.Revoked };

        var answer = Given.Answer(Given.Refused(AccessDeniedReason.NoActiveSubscription, denied), query, granting);

        answer.HasAccess.Should().BeFalse(what);
        answer.AccessDeniedReason.Should().Be(AccessDeniedReason.Revoked, what);
        answer.IsFallback.Should().BeFalse(what);
    }

    [Fact]
    public void Rule_3_every_word_of_a_reason_comes_through_as_it_is()
    {
        foreach (var reason in System.Enum.GetValues<AccessDeniedReason>())
        {
            Given.Answer(Given.Boolean() with { AccessDeniedReason = reason }, Given.Ask(EntitlementKind.Boolean))
                .AccessDeniedReason.Should().Be(reason);
        }
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Unknown)]
    public void Rule_4_a_boolean_grants_by_being_there(EntitlementKind asked)
    {
        var feature = Given.Boolean();

        var answer = Given.Answer(feature, Given.Ask(asked));

        answer.Should().Be(new Answer { Kind = EntitlementKind.Boolean, HasAccess = true, Feature = feature.Feature });
    }

    [Theory]
    [InlineData("a,b", null, true)]
    [InlineData("a,b", "", true)]
    [InlineData("a,b", "a", true)]
    [InlineData("a,b", "b,a", true)]
    [InlineData("a,b", "a,a", true)]
    [InlineData("a,b", "c", false)]
    [InlineData("a,b", "a,c", false)]
    [InlineData("a,b", "c,a", false)]
    [InlineData("a,b", "A", false)]
    [InlineData("", null, true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void Rule_4_an_enum_grants_when_every_requested_value_is_among_its_own(string granted, string? requested, bool access)
    {
        foreach (var asked in new[] { EntitlementKind.Enum, EntitlementKind.Unknown })
        {
            var answer = Given.Answer(Given.Enum(Words(granted)), Given.Ask(asked, values: requested is null ? null : Words(requested)));

            answer.HasAccess.Should().Be(access);
            answer.AccessDeniedReason.Should().Be(access ? null : AccessDeniedReason.RequestedValuesMismatch);
            answer.EnumValues.Should().Equal(Words(granted), "the values granted are shown, whatever was requested");
            answer.Kind.Should().Be(EntitlementKind.Enum);
        }

        static string[] Words(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData(10.0, 10)]
    [InlineData(0.0, 0)]
    [InlineData(-3.0, -3)]
    [InlineData(2147483647.0, int.MaxValue)]
    [InlineData(2147483648.0, int.MaxValue)]
    [InlineData(1e300, int.MaxValue)]
    [InlineData(double.PositiveInfinity, int.MaxValue)]
    [InlineData(-2147483649.0, int.MinValue)]
    [InlineData(double.NegativeInfinity, int.MinValue)]
    [InlineData(null, null)]
    public void Rule_4_a_number_without_a_meter_grants_and_shows_its_value_or_the_nearest_one_of_32_bits(double? limit, int? value)
    {
        var numeric = Given.Numeric(limit);

        var answer = Given.Answer(numeric, Given.Ask(EntitlementKind.Numeric));

        answer.Should().Be(new Answer { Kind = EntitlementKind.Numeric, HasAccess = true, Feature = numeric.Feature, Value = value });
    }

    [Fact]
    public void Rule_4_a_number_without_a_meter_may_be_unlimited() =>
        Given.Answer(Given.Numeric(null) with { HasUnlimitedUsage = true }, Given.Ask(EntitlementKind.Numeric))
            .IsUnlimited.Should().BeTrue();

    [Fact]
    public void Rule_4_a_number_without_a_meter_does_not_look_at_usage() =>
        Given.Answer(Given.Numeric(10) with { Usage = Given.Used(50, day: 1) }, Given.Ask(EntitlementKind.Unknown, usage: 60))
            .HasAccess.Should().BeTrue();

    [Theory]
    [InlineData(100.0, 0, null, true)]
    [InlineData(100.0, 99, 1.0, true)]
    [InlineData(100.0, 99, 1.5, false)]
    [InlineData(100.0, 99.5, 0.5, true)]
    [InlineData(100.0, 100, null, true)]
    [InlineData(100.0, 100, 0.0, true)]
    [InlineData(100.0, 100, 1.0, false)]
    [InlineData(100.0, 101, 0.0, false)]
    [InlineData(100.0, 101, null, false)]
    [InlineData(100.0, 0, 100.0, true)]
    [InlineData(100.0, 0, 101.0, false)]
    [InlineData(0.0, 0, 0.0, true)]
    [InlineData(0.0, 0, 1.0, false)]
    [InlineData(null, 0, null, true)]
    [InlineData(null, 0, 0.0, true)]
    [InlineData(null, 0, 1.0, false)]
    [InlineData(null, 1, null, false)]
    public void Rule_4_a_number_with_a_meter_grants_up_to_its_limit(double? limit, double used, double? requested, bool access)
    {
        foreach (var asked in new[] { EntitlementKind.Metered, EntitlementKind.Unknown })
        {
            var answer = Given.Answer(Given.Metered(limit, used), Given.Ask(asked, usage: requested));

            answer.HasAccess.Should().Be(access);
            answer.AccessDeniedReason.Should().Be(access ? null : AccessDeniedReason.RequestedUsageExceedingLimit);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Rule_4_beyond_its_limit_a_meter_grants_when_it_is_unlimited_or_soft(bool unlimited, bool soft)
    {
        foreach (var limit in new double?[] { 100, 0, null })
        {
            var answer = Given.Answer(
                Given.Metered(limit, used: 500) with { HasUnlimitedUsage = unlimited, HasSoftLimit = soft },
                Given.Ask(EntitlementKind.Metered, usage: 1000));

            answer.HasAccess.Should().BeTrue();
            answer.AccessDeniedReason.Should().BeNull();
            answer.IsUnlimited.Should().Be(unlimited);
            answer.HasSoftLimit.Should().Be(soft);
        }
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(0.0, 0)]
    [InlineData(2.5, 2.5)]
    public void Rule_4_a_meter_shows_all_that_is_known_of_it_and_echoes_the_requested_usage(double? requested, double echo)
    {
        var metered = Given.Metered(100, used: 25) with
        {
            ResetPeriod = EntitlementResetPeriod.Month,
            UsagePeriodAnchor = Given.Day(0),
            Usage = new Usage(25, Given.Now.AddDays(-1), Given.Now.AddDays(29), Given.Day(1)),
        };

        var answer = Given.Answer(metered, Given.Ask(EntitlementKind.Metered, usage: requested));

        answer.Should().Be(new Answer
        {
            Kind = EntitlementKind.Metered,
            HasAccess = true,
            Feature = metered.Feature,
            UsageLimit = 100,
            HasSoftLimit = false,
            CurrentUsage = 25,
            RequestedUsage = echo,
            ResetPeriod = EntitlementResetPeriod.Month,
            UsagePeriodAnchor = Given.Day(0),
            UsagePeriodStart = Given.Now.AddDays(-1),
            UsagePeriodEnd = Given.Now.AddDays(29),
        });
    }

    [Theory]
    [InlineData(MeterType.Incremental)]
    [InlineData(MeterType.Fluctuating)]
    [InlineData(MeterType.Unspecified)]
    public void Rule_4_any_meter_but_none_counts_even_one_whose_word_is_not_known(MeterType meter) =>
        Given.Answer(Given.Metered(1, used: 2, meter), Given.Ask(EntitlementKind.Metered)).HasAccess.Should().BeFalse();

    [Fact]
    public void A_type_that_is_not_known_never_grants()
    {
        var answer = Given.Answer(Given.OfUnknownType(), Given.Ask(EntitlementKind.Unknown, fallback: new Fallback(HasAccess: true)));

        answer.HasAccess.Should().BeFalse();
        answer.AccessDeniedReason.Should().Be(AccessDeniedReason.Unknown);
        answer.IsFallback.Should().BeFalse();
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Metered)]
    [InlineData(EntitlementKind.Enum)]
    [InlineData(EntitlementKind.Unknown)]
    public void The_list_calls_show_an_entitlement_as_a_question_that_requests_nothing(EntitlementKind kind)
    {
        foreach (var entitlement in new[] { Given.Of(kind), Given.Of(kind) with { AccessDeniedReason = AccessDeniedReason.Revoked } })
        {
            var state = Given.State(entitlement);

            EntitlementEvaluator.Show(state, 0, null, Given.Now)
                .Should().Be(Given.Answer(state, Given.Ask(EntitlementKind.Unknown)));
        }
    }
}
