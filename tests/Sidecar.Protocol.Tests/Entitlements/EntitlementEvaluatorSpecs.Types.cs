using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Typed calls on features of another type.</summary>
public partial class EntitlementEvaluatorSpecs
{
    public static TheoryData<EntitlementKind, EntitlementKind> CallsAndTypes()
    {
        var data = new TheoryData<EntitlementKind, EntitlementKind>();
        foreach (var call in TypedKinds)
        {
            foreach (var type in TypedKinds.Append(EntitlementKind.Unknown))
                data.Add(call, type);
        }

        return data;
    }

    public static TheoryData<EntitlementKind, EntitlementKind> CallsOnAnotherType()
    {
        var data = new TheoryData<EntitlementKind, EntitlementKind>();
        foreach (var row in CallsAndTypes().Where(r => !Equals(r[0], r[1])))
            data.Add((EntitlementKind)row[0], (EntitlementKind)row[1]);
        return data;
    }

    [Theory]
    [MemberData(nameof(CallsAndTypes))]
    public void A_typed_call_on_another_type_is_a_mismatch_and_only_that(EntitlementKind call, EntitlementKind type)
    {
        var isMismatch = call != type;

        var answer = Given.Answer(Given.Of(type), Given.Ask(call));

        answer.Kind.Should().Be(call);
        answer.HasAccess.Should().Be(!isMismatch);
        answer.IsFallback.Should().Be(isMismatch);
        answer.AccessDeniedReason.Should().Be(isMismatch ? AccessDeniedReason.FeatureTypeMismatch : null);
    }

    [Theory]
    [MemberData(nameof(CallsOnAnotherType))]
    public void A_mismatch_answers_with_the_fallbacks_values_and_keeps_its_reason_even_where_they_grant(
        EntitlementKind call, EntitlementKind type)
    {
        var granting = new Fallback(true, UsageLimit: 5, IsUnlimited: true, Value: 7, EnumValues: ["x"]);
        var denying = granting with { HasAccess = false };
        foreach (var (own, global) in new (Fallback?, Fallback?)[]
        {
            (null, null), (granting, null), (denying, null), (null, granting), (null, denying), (denying, granting), (granting, denying),
        })
        {
            var query = Given.Ask(call, usage: 2, fallback: own);

            var answer = Given.Answer(Given.Of(type), query, global);

            Same(
                answer,
                EntitlementEvaluator.FromFallback(query, global) with { AccessDeniedReason = AccessDeniedReason.FeatureTypeMismatch },
                $"own {own}, global {global}");
            answer.HasAccess.Should().Be((own ?? global)?.HasAccess ?? false);
            answer.IsFallback.Should().BeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(CallsOnAnotherType))]
    public void An_entitlements_own_reason_comes_before_the_look_at_its_type(EntitlementKind call, EntitlementKind type)
    {
        var denied = Given.Of(type) with { AccessDeniedReason = AccessDeniedReason.BudgetExceeded };

        var answer = Given.Answer(denied, Given.Ask(call, usage: 2, fallback: Granting), Granting);

        answer.AccessDeniedReason.Should().Be(AccessDeniedReason.BudgetExceeded);
        answer.HasAccess.Should().BeFalse();
        answer.IsFallback.Should().BeFalse();
        answer.Kind.Should().Be(call);
    }

    [Theory]
    [MemberData(nameof(CallsOnAnotherType))]
    public void A_mismatch_comes_before_the_reason_of_the_whole(EntitlementKind call, EntitlementKind type) =>
        Given.Answer(Given.Refused(AccessDeniedReason.NoActiveSubscription, Given.Of(type)), Given.Ask(call))
            .AccessDeniedReason.Should().Be(AccessDeniedReason.FeatureTypeMismatch);

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Metered)]
    [InlineData(EntitlementKind.Enum)]
    public void A_call_for_any_type_takes_the_type_that_the_feature_has(EntitlementKind type)
    {
        // What is requested for another type than the feature's does not matter.
        var answer = Given.Answer(Given.Of(type), Given.Ask(EntitlementKind.Unknown, usage: 1, values: ["a"], fallback: new(false)));

        answer.Kind.Should().Be(type);
        answer.HasAccess.Should().BeTrue();
        answer.IsFallback.Should().BeFalse();
        answer.FallbackSource.Should().Be(AnswerSource.Memory);
    }
}
