using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>An explanation goes through the rules by itself: where it ends differently from the answer, one of the two is wrong.</summary>
public class EntitlementExplainerSpecs
{
    private static readonly EntitlementKind[] Kinds = Enum.GetValues<EntitlementKind>();

    [Property(Arbitrary = [typeof(PackingSpecs.Sets)], MaxTest = 500)]
    public void It_ends_as_the_answer_does(PackingSpecs.Set set, PackingSpecs.Set customer, int which, bool hasGlobal, double usage)
    {
        var usages = new double?[] { null, 0, double.IsFinite(usage) ? usage : 1 };
        foreach (var id in new[] { "a", "b", "c", "d", "none" })
        {
            var kind = Kinds[(int)((uint)which % Kinds.Length)];
            string[]?[] values = [null, [], ["v"], ["v", "x"]];
            var query = Given.Ask(kind, usages[(uint)which % usages.Length], values[(uint)which % values.Length]) with { Id = id };
            Fallback? global = hasGlobal ? new Fallback(HasAccess: true, UsageLimit: 5) : null;

            var explanation = EntitlementExplainer.Explain(set.State, customer.State, query, global, Given.Now);

            PackingSpecs.Same(explanation.Answer, EntitlementEvaluator.Answer(set.State, customer.State, query, global, Given.Now));
            EndsLike(explanation);
        }
    }

    [Property(Arbitrary = [typeof(PackingSpecs.Sets)], MaxTest = 200)]
    public void Each_entitlement_of_a_set_is_explained_by_its_own_type(PackingSpecs.Set set)
    {
        foreach (var entitlement in set.Plain)
        {
            var query = Given.Ask(entitlement.Kind, usage: 1, values: ["v"]) with { Id = entitlement.Id };

            EndsLike(EntitlementExplainer.Explain(set.State, null, query, null, Given.Now));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_nothing_is_known_a_fallback_answers(bool hasGlobal)
    {
        Fallback? global = hasGlobal ? new Fallback(HasAccess: true) : null;

        var explanation = EntitlementExplainer.Explain(null, null, Given.Ask(EntitlementKind.Metered, usage: 1), global, Given.Now);

        EndsLike(explanation);
        explanation.Steps[^1].Finding.Should().Be(hasGlobal
            ? "the fallback of ENTITLEMENTS_FALLBACK answers: access"
            : "the built-in fallback answers: no access");
    }

    [Fact]
    public void A_limit_that_is_reached_is_told_with_its_numbers()
    {
        var explanation = Explain(Given.Metered(100, used: 98.5), Given.Ask(EntitlementKind.Metered, usage: 2));

        explanation.Steps.Select(step => step.Rule).Should().Equal("known", "entitlement", "type", "limit");
        explanation.Steps[^1].Should().Be(new ExplainedStep(
            "limit", "98.5 used + 2 requested, limit 100", StepOutcome.Denies, AccessDeniedReason.RequestedUsageExceedingLimit));
    }

    [Fact]
    public void A_period_that_is_over_is_told_before_the_limit()
    {
        var entitlement = Given.Metered(100) with { Usage = new Usage(250, Given.Day(1), Given.Day(31), Given.Day(2)) };

        var explanation = Explain(entitlement, Given.Ask(EntitlementKind.Metered, usage: 1));

        explanation.Steps[^2].Finding.Should().Be("it ended at 2026-02-01 00:00:00Z: what was used (250) counts as 0 now");
        explanation.Steps[^1].Should().Be(new ExplainedStep("limit", "0 used + 1 requested, limit 100", StepOutcome.Grants));
    }

    [Fact]
    public void Credits_that_are_used_up_are_told_with_their_balance()
    {
        var paid = Given.Metered(100) with { CreditRate = new CreditRate(2, Given.CurrencyId) };
        var state = Given.State(paid, Given.Credits(50, used: 50));

        var explanation = EntitlementExplainer.Explain(state, null, Given.Ask(EntitlementKind.Unknown, usage: 1), null, Given.Now);

        explanation.Steps[^1].Should().Be(new ExplainedStep(
            "credits", "a unit costs 2 of currency 'currency-1'; 0 credits of 'currency-1' left: 50 of 50 used",
            StepOutcome.Denies, AccessDeniedReason.InsufficientCredits));
    }

    [Fact]
    public void Values_that_are_not_granted_are_named() =>
        Explain(Given.Enum("a", "b"), Given.Ask(EntitlementKind.Enum, values: ["b", "c"])).Steps[^1].Should().Be(new ExplainedStep(
            "values", "granted are 'a', 'b'; not among them: 'c'", StepOutcome.Denies, AccessDeniedReason.RequestedValuesMismatch));

    [Fact]
    public void Of_a_long_list_of_values_the_first_twenty_are_shown()
    {
        var values = Enumerable.Range(1, 25).Select(i => $"v{i}").ToArray();

        Explain(Given.Enum(values), Given.Ask(EntitlementKind.Enum)).Steps[^1].Finding.Should()
            .Contain("'v20' and 5 more").And.NotContain("'v21'");
    }

    [Fact]
    public void A_reason_is_told_in_the_words_of_the_proto() =>
        EntitlementExplainer.WordOf(AccessDeniedReason.NoFeatureEntitlementInSubscription).Should().Be("NO_FEATURE_ENTITLEMENT_IN_SUBSCRIPTION");

    private static Explanation Explain(Entitlement entitlement, EntitlementQuery query)
    {
        var explanation = EntitlementExplainer.Explain(Given.State(entitlement), null, query, null, Given.Now);
        EndsLike(explanation);
        return explanation;
    }

    private static void EndsLike(Explanation explanation)
    {
        var (answer, last) = (explanation.Answer, explanation.Steps[^1]);
        explanation.Steps.SkipLast(1).Should().OnlyContain(step => step.Outcome == StepOutcome.GoesOn);
        last.Outcome.Should().Be(
            answer.IsFallback ? StepOutcome.FallsBack
            : answer.HasAccess ? StepOutcome.Grants
            : StepOutcome.Denies);
        last.Reason.Should().Be(answer.AccessDeniedReason);
    }
}
