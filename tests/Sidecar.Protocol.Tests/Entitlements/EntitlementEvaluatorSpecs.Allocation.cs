using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>The hot path's cost.</summary>
public partial class EntitlementEvaluatorSpecs
{
    private static Answer _lastAnswer;

    public static TheoryData<string, Entitlement[], EntitlementKind, double?, string[]?, Fallback?, AccessDeniedReason?> HotQuestions()
    {
        var full = new Fallback(true, UsageLimit: 5, Value: 7, EnumValues: ["x"]);
        var costly = Given.Metered(100, used: 25) with { CreditRate = new CreditRate(2, Given.CurrencyId) };
        return new()
        {
            { "boolean", [Given.Boolean()], EntitlementKind.Boolean, null, null, null, null },
            { "numeric", [Given.Numeric(5)], EntitlementKind.Numeric, null, null, null, null },
            { "metered", [Given.Metered(100)], EntitlementKind.Metered, 1, null, null, null },
            { "metered, over", [FullUntil(Given.Now.AddYears(-3))], EntitlementKind.Metered, 1, null, null, null },
            { "metered, costing", [costly, Given.Credits(5)], EntitlementKind.Metered, 1, null, null, null },
            { "enum", [Given.Enum("a", "b", "c")], EntitlementKind.Enum, null, ["c", "a"], null, null },
            { "credit", [Given.Credits(5)], EntitlementKind.Credit, null, null, null, null },
            { "any type", [Given.Boolean()], EntitlementKind.Unknown, null, null, null, null },
            { "not found", [], EntitlementKind.Metered, 1, null, null, AccessDeniedReason.NoFeatureEntitlementInSubscription },
            { "no credit", [], EntitlementKind.Credit, null, null, null, AccessDeniedReason.EntitlementNotFound },
            { "the built-in fallback", [], EntitlementKind.Unknown, null, null, null, AccessDeniedReason.Unknown },
            { "a fallback of its own", [], EntitlementKind.Unknown, null, ["x"], full, null },
            { "another type", [Given.Boolean()], EntitlementKind.Enum, null, ["x"], full, AccessDeniedReason.FeatureTypeMismatch },
        };
    }

    [Theory]
    [MemberData(nameof(HotQuestions))]
    public void An_answer_costs_no_allocation(
        string question,
        Entitlement[] known,
        EntitlementKind asked,
        double? usage,
        string[]? values,
        Fallback? fallback,
        AccessDeniedReason? reason)
    {
        var state = Given.State(known);
        var query = Given.Ask(asked, usage, values, fallback);
        AskMany(state, query, 1000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AskMany(state, query, 10_000);
        var after = GC.GetAllocatedBytesForCurrentThread();

        (after - before).Should().Be(0, question);
        _lastAnswer.AccessDeniedReason.Should().Be(reason, "the question took the way that its name says");
    }

    [Fact]
    public void Showing_all_entitlements_costs_no_allocation()
    {
        var costly = Given.Metered(100, used: 25) with { CreditRate = new CreditRate(2, Given.CurrencyId), UpdatedAt = Given.Day(3) };
        var over = FullUntil(Given.Now.AddYears(-3)) with { Feature = costly.Feature with { Id = "over" } };
        var state = Given.State(costly, Given.Boolean("sso"), over, Given.Credits(5));
        ShowMany(state, 1000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        ShowMany(state, 10_000);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        _lastAnswer.Kind.Should().Be(EntitlementKind.Credit, "credits come last");
    }

    private static void ShowMany(EntitlementState state, int times)
    {
        for (var i = 0; i < times * state.Count; i++)
            _lastAnswer = EntitlementEvaluator.Show(state, i % state.Count, null, Given.Now);
    }

    private static void AskMany(EntitlementState state, in EntitlementQuery query, int times)
    {
        for (var i = 0; i < times; i++)
            _lastAnswer = EntitlementEvaluator.Answer(state, state, query, null, Given.Now);
    }
}
