using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using FeatureType = Stigg.Sidecar.V1.FeatureType;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Credits, and metered features that cost credits.</summary>
public partial class EntitlementEvaluatorSpecs
{
    [Theory]
    [InlineData(500.0, 120, false, true, 380)]
    [InlineData(500.0, 0, false, true, 500)]
    [InlineData(500.0, 499.5, false, true, 0.5)]
    [InlineData(500.0, 500, false, false, 0)]
    [InlineData(500.0, 700, false, false, 0)]
    [InlineData(500.0, 500, true, true, 0)]
    [InlineData(500.0, 700, true, true, 0)]
    [InlineData(0.0, 0, false, false, 0)]
    [InlineData(null, 0, false, false, 0)]
    [InlineData(null, 0, true, true, 0)]
    public void Credits_grant_while_some_are_left_or_their_limit_is_soft(
        double? limit, double used, bool soft, bool access, double remaining)
    {
        var credits = Given.Credits(limit, used) with { HasSoftLimit = soft };

        var answer = Given.Answer(credits, Given.Ask(EntitlementKind.Credit));

        answer.Should().Be(new Answer
        {
            Kind = EntitlementKind.Credit,
            HasAccess = access,
            AccessDeniedReason = access ? null : AccessDeniedReason.InsufficientCredits,
            Currency = credits.Currency,
            UsageLimit = limit ?? 0,
            CurrentUsage = used,
            Remaining = remaining,
            HasSoftLimit = soft,
        });
    }

    [Fact]
    public void Credits_whose_period_is_over_show_their_usage_as_it_stands()
    {
        var end = Given.Now.AddDays(-1);
        var credits = Given.Credits(500) with { Usage = new Usage(500, end.AddDays(-30), end, Given.Day(1)) };

        var answer = Given.Answer(credits, Given.Ask(EntitlementKind.Credit));

        answer.CurrentUsage.Should().Be(500);
        answer.UsagePeriodEnd.Should().Be(end);
        answer.AccessDeniedReason.Should().Be(AccessDeniedReason.InsufficientCredits);
    }

    [Fact]
    public void The_list_calls_show_credits_as_a_question_about_them()
    {
        var credits = Given.Credits(500, used: 500);
        var state = Given.State(credits);

        EntitlementEvaluator.Show(state, 0, null, Given.Now)
            .Should().Be(Given.Answer(state, Given.Ask(EntitlementKind.Credit)));
    }

    [Fact]
    public void A_feature_and_a_currency_of_one_id_do_not_mix()
    {
        var feature = Given.Metered(100, used: 25);
        var state = Given.State(feature, Given.Credits(10, used: 4, id: Given.FeatureId));

        Given.Answer(state, Given.Ask(EntitlementKind.Metered)).CurrentUsage.Should().Be(25);
        Given.Answer(state, Given.Ask(EntitlementKind.Credit) with { Id = Given.FeatureId }).CurrentUsage.Should().Be(4);
    }

    [Fact]
    public void A_question_about_credits_does_not_find_a_feature() =>
        Given.Answer(Given.Boolean(), Given.Ask(EntitlementKind.Credit) with { Id = Given.FeatureId })
            .AccessDeniedReason.Should().Be(AccessDeniedReason.EntitlementNotFound);

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Unknown)]
    public void A_question_about_a_feature_does_not_find_credits(EntitlementKind kind) =>
        Given.Answer(Given.Credits(10), Given.Ask(kind) with { Id = Given.CurrencyId }).HasAccess.Should().BeFalse();

    public static TheoryData<string, FeatureEntitlement, CreditEntitlement?, CreditEntitlement?, AccessDeniedReason?> CostingCredits()
    {
        var feature = Given.Metered(100, used: 25) with { CreditRate = new CreditRate(2, Given.CurrencyId) };
        var full = Given.Metered(100, used: 100) with { CreditRate = feature.CreditRate };
        var over = feature with { Usage = new Usage(100, null, Given.Now.AddDays(-1), Given.Day(1)) };
        var (some, none) = (Given.Credits(500, used: 499), Given.Credits(500, used: 500));
        const AccessDeniedReason Insufficient = AccessDeniedReason.InsufficientCredits;
        const AccessDeniedReason Exceeding = AccessDeniedReason.RequestedUsageExceedingLimit;
        return new()
        {
            { "one credit is left, although two are the price of a unit", feature, some, null, null },
            { "no credit is left", feature, none, null, Insufficient },
            { "more than all are used", feature, Given.Credits(500, used: 501), null, Insufficient },
            { "a balance without a limit is none", feature, Given.Credits(null), null, Insufficient },
            { "the credits' limit is soft", feature, none with { HasSoftLimit = true }, null, null },
            { "the balance is not known", feature, null, null, null },
            { "only another currency's balance is known", feature, Given.Credits(1, used: 1, id: "another"), null, null },
            { "the resource's balance is not known, the customer's is used up", feature, null, none, Insufficient },
            { "the resource's balance is not known, the customer has some left", feature, null, some, null },
            { "the resource's own balance goes before the customer's: none", feature, none, some, Insufficient },
            { "the resource's own balance goes before the customer's: some", feature, some, none, null },
            { "an unlimited feature costs credits too", feature with { HasUnlimitedUsage = true }, none, null, Insufficient },
            { "a feature with a soft limit costs credits too", full with { HasSoftLimit = true }, none, null, Insufficient },
            { "over the limit and out of credits: the limit's reason", full, none, null, Exceeding },
            { "over the limit with credits left", full, some, null, Exceeding },
            { "the entitlement's own reason goes first", feature with { AccessDeniedReason = AccessDeniedReason.Revoked }, none, null,
                AccessDeniedReason.Revoked },
            { "a new period brings no credits", over, none, null, Insufficient },
        };
    }

    [Theory]
    [MemberData(nameof(CostingCredits))]
    public void A_metered_feature_that_costs_credits_needs_some_left_where_the_balance_is_known(
        string when, FeatureEntitlement feature, CreditEntitlement? own, CreditEntitlement? customers, AccessDeniedReason? reason)
    {
        var state = own is null ? Given.State(feature) : Given.State(feature, own);
        var customer = customers is null ? null : Given.State(customers);

        var answer = EntitlementEvaluator.Answer(state, customer, Given.Ask(EntitlementKind.Metered, usage: 1), null, Given.Now);

        answer.AccessDeniedReason.Should().Be(reason, when);
        answer.HasAccess.Should().Be(reason is null, when);

        // Without a requested unit a usage at its limit is within it, and then the balance decides.
        var shown = EntitlementEvaluator.Show(state, 0, customer, Given.Now);
        var unasked = EntitlementEvaluator.Answer(state, customer, Given.Ask(EntitlementKind.Metered), null, Given.Now);
        shown.Should().Be(unasked, when);
    }

    [Fact]
    public void A_feature_of_the_currencys_id_is_no_balance()
    {
        var feature = Given.Metered(100) with { CreditRate = new CreditRate(2, "same-id") };
        var other = Given.Metered(0, used: 0) with { Feature = new FeatureDefinition("same-id", FeatureType.Number, HasMeter: true) };

        Given.Answer(Given.State(feature, other), Given.Ask(EntitlementKind.Metered)).HasAccess.Should().BeTrue();
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Enum)]
    public void A_feature_without_a_meter_costs_nothing(EntitlementKind kind)
    {
        var feature = Given.Of(kind) with { CreditRate = new CreditRate(2, Given.CurrencyId) };

        Given.Answer(Given.State(feature, Given.Credits(5, used: 5)), Given.Ask(kind)).HasAccess.Should().BeTrue();
    }
}
