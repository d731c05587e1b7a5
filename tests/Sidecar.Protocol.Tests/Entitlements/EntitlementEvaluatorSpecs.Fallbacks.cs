using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using FeatureType = Stigg.Sidecar.V1.FeatureType;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>The table "Not found, and defaults", and how the fallbacks go together.</summary>
public partial class EntitlementEvaluatorSpecs
{
    private static readonly Fallback Granting = new(HasAccess: true);

    public static TheoryData<string, EntitlementKind, double?, string[]?, Fallback?, Answer> NotFound()
    {
        const AccessDeniedReason Reason = AccessDeniedReason.NoFeatureEntitlementInSubscription;
        var noMeter = new Answer { Kind = EntitlementKind.Metered, AccessDeniedReason = Reason, HasSoftLimit = false };
        return new()
        {
            { "boolean: no access", EntitlementKind.Boolean, null, null, null,
                new Answer { Kind = EntitlementKind.Boolean, AccessDeniedReason = Reason } },
            { "numeric: no access, not unlimited", EntitlementKind.Numeric, null, null, null,
                new Answer { Kind = EntitlementKind.Numeric, AccessDeniedReason = Reason } },
            { "metered: no access, usage 0, no soft limit, 0 requested if none", EntitlementKind.Metered, null, null, null, noMeter },
            { "metered: requested usage echoed", EntitlementKind.Metered, 3, null, null, noMeter with { RequestedUsage = 3 } },
            { "enum: no access, no values", EntitlementKind.Enum, null, ["a"], null,
                new Answer { Kind = EntitlementKind.Enum, AccessDeniedReason = Reason } },
            { "any type: the fallback", EntitlementKind.Unknown, null, null, null,
                BuiltIn(EntitlementKind.Boolean) },
            { "any type with a fallback of its own: that one", EntitlementKind.Unknown, 3, null, new Fallback(true, 9),
                new Answer
                {
                    Kind = EntitlementKind.Metered, HasAccess = true, IsFallback = true, FallbackSource = AnswerSource.RequestFallback,
                    UsageLimit = 9, RequestedUsage = 1,
                } },
            { "credit: no access, limit 0, usage 0", EntitlementKind.Credit, null, null, null,
                new Answer
                {
                    Kind = EntitlementKind.Credit, AccessDeniedReason = AccessDeniedReason.EntitlementNotFound, UsageLimit = 0,
                    HasSoftLimit = false,
                } },
        };
    }

    [Theory]
    [MemberData(nameof(NotFound))]
    public void What_is_not_found_answers_by_the_table(
        string row, EntitlementKind kind, double? usage, string[]? values, Fallback? fallback, Answer expected)
    {
        var query = Given.Ask(kind, usage, values, fallback);

        Same(Given.Answer(Given.State(), query), expected, row);
        // The reason of the whole takes the reason's place, but not in a fallback: it speaks for itself.
        var reason = expected.IsFallback ? expected.AccessDeniedReason : AccessDeniedReason.CustomerNotFound;
        Same(
            Given.Answer(Given.Refused(AccessDeniedReason.CustomerNotFound), query),
            expected with { AccessDeniedReason = reason },
            row);
    }

    public static TheoryData<string, EntitlementKind, double?, string[]?, Answer> BuiltIns()
    {
        var meter = BuiltIn(EntitlementKind.Metered) with { RequestedUsage = 1 };
        return new()
        {
            { "boolean: no access, UNKNOWN", EntitlementKind.Boolean, null, null, BuiltIn(EntitlementKind.Boolean) },
            { "numeric: no access, not unlimited, UNKNOWN", EntitlementKind.Numeric, null, null, BuiltIn(EntitlementKind.Numeric) },
            { "metered: no access, usage 0, requested usage 1, UNKNOWN", EntitlementKind.Metered, null, null, meter },
            { "metered: requested usage 1 whatever was requested", EntitlementKind.Metered, 5, null, meter },
            { "enum: no access, no values, UNKNOWN", EntitlementKind.Enum, null, ["a"], BuiltIn(EntitlementKind.Enum) },
            { "any type, nothing requested: boolean", EntitlementKind.Unknown, null, null, BuiltIn(EntitlementKind.Boolean) },
            { "any type, usage requested: metered", EntitlementKind.Unknown, 5, null, meter },
            { "any type, values requested: enum", EntitlementKind.Unknown, null, ["a"], BuiltIn(EntitlementKind.Enum) },
            { "credit: no access, limit 0, usage 0, UNKNOWN", EntitlementKind.Credit, null, null,
                BuiltIn(EntitlementKind.Credit) with { UsageLimit = 0, HasSoftLimit = false } },
        };
    }

    [Theory]
    [MemberData(nameof(BuiltIns))]
    public void Where_nothing_is_known_the_built_in_fallback_answers_by_the_table(
        string row, EntitlementKind kind, double? usage, string[]? values, Answer expected) =>
        Same(EntitlementEvaluator.FromFallback(Given.Ask(kind, usage, values), null), expected, row);

    public static TheoryData<string, double?, string[]?, Fallback?, Fallback?, EntitlementKind> TypeChoices()
    {
        var value = new Fallback(false, Value: 7);
        var others = new Fallback(true, UsageLimit: 5, IsUnlimited: true, EnumValues: ["a"]);
        return new()
        {
            { "nothing says otherwise", null, null, null, null, EntitlementKind.Boolean },
            { "usage is requested", 1, null, null, null, EntitlementKind.Metered },
            { "a usage of 0 is requested", 0, null, null, null, EntitlementKind.Metered },
            { "values are requested", null, ["a"], null, null, EntitlementKind.Enum },
            { "an empty list requests nothing", null, [], null, null, EntitlementKind.Boolean },
            { "usage goes before values", 1, ["a"], value, value, EntitlementKind.Metered },
            { "values go before the fallback's value", null, ["a"], value, value, EntitlementKind.Enum },
            { "its own fallback has a value", null, null, value, null, EntitlementKind.Numeric },
            { "the global fallback has a value", null, null, null, value, EntitlementKind.Numeric },
            { "its own fallback, without a value, takes the global one's place", null, null, Granting, value, EntitlementKind.Boolean },
            { "its own fallback, with a value, takes the global one's place", null, null, value, Granting, EntitlementKind.Numeric },
            { "a fallback's other fields don't choose", null, null, others, null, EntitlementKind.Boolean },
            { "a global fallback's other fields don't either", null, null, null, others, EntitlementKind.Boolean },
        };
    }

    [Theory]
    [MemberData(nameof(TypeChoices))]
    public void The_type_of_a_fallback_for_any_type_is_chosen_by_what_is_requested_then_by_its_value(
        string when, double? usage, string[]? values, Fallback? own, Fallback? global, EntitlementKind kind)
    {
        var query = Given.Ask(EntitlementKind.Unknown, usage, values, own);

        EntitlementEvaluator.FromFallback(query, global).Kind.Should().Be(kind, when);
        Given.Answer(Given.State(), query, global).Kind.Should().Be(kind, when);
    }

    public static TheoryData<string, EntitlementKind, Fallback, Answer> Overrides()
    {
        var values = new[] { "a", "b" };
        var all = new Fallback(true, UsageLimit: 5, IsUnlimited: true, Value: 7, EnumValues: values);
        var numeric = BuiltIn(EntitlementKind.Numeric);
        var meter = BuiltIn(EntitlementKind.Metered) with { RequestedUsage = 1 };
        var credit = BuiltIn(EntitlementKind.Credit) with { UsageLimit = 0, HasSoftLimit = false };
        return new()
        {
            { "boolean, access", EntitlementKind.Boolean, Granting, Grants(BuiltIn(EntitlementKind.Boolean)) },
            { "boolean, all", EntitlementKind.Boolean, all, Grants(BuiltIn(EntitlementKind.Boolean)) },
            { "numeric, access", EntitlementKind.Numeric, Granting, Grants(numeric) },
            { "numeric, value", EntitlementKind.Numeric, new(false, Value: 7), numeric with { Value = 7 } },
            { "numeric, unlimited", EntitlementKind.Numeric, new(false, IsUnlimited: true), numeric with { IsUnlimited = true } },
            { "numeric, limited", EntitlementKind.Numeric, new(false, IsUnlimited: false), numeric },
            { "numeric, all", EntitlementKind.Numeric, all, Grants(numeric) with { Value = 7, IsUnlimited = true } },
            { "metered, access", EntitlementKind.Metered, Granting, Grants(meter) },
            { "metered, limit", EntitlementKind.Metered, new(false, UsageLimit: 5), meter with { UsageLimit = 5 } },
            { "metered, unlimited", EntitlementKind.Metered, new(false, IsUnlimited: true), meter with { IsUnlimited = true } },
            { "metered, all", EntitlementKind.Metered, all, Grants(meter) with { UsageLimit = 5, IsUnlimited = true } },
            { "enum, access", EntitlementKind.Enum, Granting, Grants(BuiltIn(EntitlementKind.Enum)) },
            { "enum, values", EntitlementKind.Enum, new(false, EnumValues: values),
                BuiltIn(EntitlementKind.Enum) with { EnumValues = values } },
            { "enum, all", EntitlementKind.Enum, all, Grants(BuiltIn(EntitlementKind.Enum)) with { EnumValues = values } },
            { "credit, access", EntitlementKind.Credit, Granting, Grants(credit) },
            { "credit, limit", EntitlementKind.Credit, new(false, UsageLimit: 5), credit with { UsageLimit = 5, Remaining = 5 } },
            { "credit, limit below 0", EntitlementKind.Credit, new(false, UsageLimit: -5), credit with { UsageLimit = -5 } },
        };
    }

    [Theory]
    [MemberData(nameof(Overrides))]
    public void A_fallbacks_fields_override_the_built_in_ones_one_by_one(
        string fields, EntitlementKind kind, Fallback fallback, Answer expected)
    {
        var own = EntitlementEvaluator.FromFallback(Given.Ask(kind, fallback: fallback), null);
        Same(own, expected with { FallbackSource = AnswerSource.RequestFallback }, fields);

        var global = EntitlementEvaluator.FromFallback(Given.Ask(kind), fallback);
        if (kind == EntitlementKind.Credit)
            Same(global, BuiltIn(kind) with { UsageLimit = 0, HasSoftLimit = false }, "a currency has no global fallback");
        else
            Same(global, expected with { FallbackSource = AnswerSource.GlobalFallback }, fields);
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Metered)]
    [InlineData(EntitlementKind.Enum)]
    [InlineData(EntitlementKind.Unknown)]
    [InlineData(EntitlementKind.Credit)]
    public void A_requests_own_fallback_takes_the_global_ones_place_entirely(EntitlementKind kind)
    {
        var global = new Fallback(true, UsageLimit: 5, IsUnlimited: true, Value: 7, EnumValues: ["a"]);
        var query = Given.Ask(kind, fallback: new Fallback(HasAccess: false));

        Same(EntitlementEvaluator.FromFallback(query, global), EntitlementEvaluator.FromFallback(query, null), "no field of it is left");
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, AccessDeniedReason.Unknown)]
    public void A_fallback_that_grants_carries_no_reason(bool grants, AccessDeniedReason? reason)
    {
        foreach (var kind in TypedKinds.Append(EntitlementKind.Credit).Append(EntitlementKind.Unknown))
        {
            var answer = EntitlementEvaluator.FromFallback(Given.Ask(kind, fallback: new Fallback(grants)), null);

            answer.HasAccess.Should().Be(grants);
            answer.AccessDeniedReason.Should().Be(reason);
        }
    }

    [Theory]
    [InlineData(EntitlementKind.Boolean)]
    [InlineData(EntitlementKind.Numeric)]
    [InlineData(EntitlementKind.Metered)]
    [InlineData(EntitlementKind.Enum)]
    [InlineData(EntitlementKind.Unknown)]
    [InlineData(EntitlementKind.Credit)]
    public void A_fallback_shows_where_it_came_from(EntitlementKind kind)
    {
        EntitlementEvaluator.FromFallback(Given.Ask(kind, fallback: Granting), Granting)
            .FallbackSource.Should().Be(AnswerSource.RequestFallback);
        EntitlementEvaluator.FromFallback(Given.Ask(kind), Granting)
            .FallbackSource.Should().Be(kind == EntitlementKind.Credit ? AnswerSource.Default : AnswerSource.GlobalFallback);
        EntitlementEvaluator.FromFallback(Given.Ask(kind), null)
            .FallbackSource.Should().Be(AnswerSource.Default);
    }

    [Theory]
    [InlineData(null, null, null, null, EntitlementKind.Boolean, FeatureType.Boolean)]
    [InlineData(5.0, null, null, null, EntitlementKind.Metered, FeatureType.Number)]
    [InlineData(null, false, null, null, EntitlementKind.Metered, FeatureType.Number)]
    [InlineData(5.0, true, 7, null, EntitlementKind.Numeric, FeatureType.Number)]
    [InlineData(5.0, true, 7, "a", EntitlementKind.Enum, FeatureType.Enum)]
    [InlineData(null, null, 0, null, EntitlementKind.Numeric, FeatureType.Number)]
    [InlineData(null, null, null, "", EntitlementKind.Enum, FeatureType.Enum)]
    public void The_list_calls_show_a_global_fallback_as_the_type_that_its_fields_make(
        double? limit, bool? unlimited, int? value, string? word, EntitlementKind kind, FeatureType type)
    {
        foreach (var access in new[] { true, false })
        {
            var fallback = new Fallback(access, limit, unlimited, value, word is null ? null : word.Length == 0 ? [] : [word]);

            var answer = EntitlementEvaluator.ShowFallback("feature-9", fallback);

            answer.Kind.Should().Be(kind);
            answer.Feature!.Id.Should().Be("feature-9");
            answer.Feature.Type.Should().Be(type);
            answer.Feature.Kind.Should().Be(kind);
            answer.Feature.IsMetered.Should().Be(kind == EntitlementKind.Metered);
            Same(
                answer with { Feature = null },
                EntitlementEvaluator.FromFallback(Given.Ask(kind), fallback),
                "its values are those of a question's fallback");
        }
    }

    private static Answer BuiltIn(EntitlementKind kind) => new()
    {
        Kind = kind,
        IsFallback = true,
        FallbackSource = AnswerSource.Default,
        AccessDeniedReason = AccessDeniedReason.Unknown,
    };

    private static Answer Grants(Answer answer) => answer with { HasAccess = true, AccessDeniedReason = null };

    private static void Same(Answer answer, Answer expected, string because)
    {
        answer.EnumValues.Should().Equal(expected.EnumValues, because);
        // A list's own equality is that of the reference: it has been compared.
        (answer with { EnumValues = expected.EnumValues }).Should().Be(expected, because);
    }
}
