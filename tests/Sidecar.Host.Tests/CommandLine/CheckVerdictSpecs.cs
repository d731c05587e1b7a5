using FluentAssertions;
using Grpc.Core;
using Sidecar.Host.CommandLine;
using Sidecar.Host.CommandLine.Checking;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

/// <summary>What is asked for by arguments, and an answer in words.</summary>
public sealed class CheckVerdictSpecs
{
    private static readonly AnswerFacts NoFacts = new(null, null, null, null);

    [Fact]
    public void All_of_a_question_can_be_given()
    {
        var question = CheckQuestion.Parse(
            ["c", "f", "--usage", "-2.5", "--values", "a,b", "--resource", "r", "--service", "[::1]:80", "--json"]);

        question.Request.Should().Be(new GetEntitlementV2Request
        {
            CustomerId = "c",
            FeatureId = "f",
            ResourceId = "r",
            Options = new GetEntitlementOptions { RequestedUsage = -2.5, RequestedValues = { "a", "b" } },
        });
        (question.Service, question.IsJson, question.IsCredits).Should().Be(("[::1]:80", true, false));
    }

    [Fact]
    public void Without_options_nothing_is_requested() =>
        CheckQuestion.Parse(["c", "f"]).Request.Should().Be(new GetEntitlementV2Request { CustomerId = "c", FeatureId = "f" });

    [Fact]
    public void Credits_are_asked_about_by_their_currency() =>
        CheckQuestion.Parse(["c", "tokens", "--credits"]).Request.Should().Be(new GetEntitlementV2Request { CustomerId = "c", CurrencyId = "tokens" });

    [Fact]
    public void An_id_with_a_dash_at_its_beginning_stands_behind_two_dashes() =>
        CheckQuestion.Parse(["--usage", "1", "--", "-c", "--json"]).Request.Should()
            .Match<GetEntitlementV2Request>(request => request.CustomerId == "-c" && request.FeatureId == "--json");

    [Theory]
    [InlineData("CUSTOMER is missing*")]
    [InlineData("CUSTOMER is missing*", "", "f")]
    [InlineData("FEATURE is missing*", "c")]
    [InlineData("unknown argument 'more'", "c", "f", "more")]
    [InlineData("unknown argument '-c'", "-c", "f")]
    [InlineData("--usage is 'many', expected a number*", "c", "f", "--usage", "many")]
    [InlineData("--usage is 'NaN', expected a number*", "c", "f", "--usage", "NaN")]
    [InlineData("--usage is '1e999', expected a number*", "c", "f", "--usage", "1e999")]
    [InlineData("--usage needs a value", "c", "f", "--usage")]
    [InlineData("--values is 'a,,b', expected values*", "c", "f", "--values", "a,,b")]
    [InlineData("--service is 'host', expected host:port", "c", "f", "--service", "host")]
    [InlineData("--json is given twice", "c", "f", "--json", "--json")]
    public void Anything_else_is_refused_with_what_is_expected(string expected, params string[] arguments)
    {
        var parse = () => CheckQuestion.Parse(arguments);

        parse.Should().Throw<UsageException>().WithMessage(expected);
    }

    [Fact]
    public void Access_is_told_with_what_is_used_and_where_that_came_from()
    {
        var answer = new EntitlementV2
        {
            HasAccess = true,
            Metered = new MeteredEntitlement { UsageLimit = 100, CurrentUsage = 25, Feature = new EntitlementFeature { UnitsPlural = "calls" } },
        };

        Lines(answer, new AnswerFacts("memory", "fresh", "12", "node-1"), "--usage", "5").Should().Equal(
            "yes: customer 'c' may use 'f'",
            "  why     25 used + 5 requested is within the limit of 100",
            "  usage   25 used of 100, 5 requested (calls)",
            "  source  memory, fresh, 12 ms old, by node-1");
    }

    [Fact]
    public void A_denial_is_told_with_its_reason()
    {
        var answer = new EntitlementV2
        {
            AccessDeniedReason = AccessDeniedReason.RequestedUsageExceedingLimit,
            Metered = new MeteredEntitlement { UsageLimit = 100, CurrentUsage = 99 },
        };

        Lines(answer, NoFacts, "--usage", "5", "--resource", "r").Should().Equal(
            "no: resource 'r' of customer 'c' may not use 'f': REQUESTED_USAGE_EXCEEDING_LIMIT",
            "  why     99 used + 5 requested is above the limit of 100",
            "  usage   99 used of 100, 5 requested");
    }

    [Theory]
    [InlineData("none", "nothing is known of the customer: the cloud could not be asked, or refuses the key")]
    [InlineData("fresh", "the customer, as the cloud tells it, has no such entitlement; or there is no such customer")]
    [InlineData(null, "the service knows no such entitlement of the customer")]
    public void An_answer_of_a_fallback_is_told_with_what_is_known(string? freshness, string why)
    {
        var answer = new EntitlementV2 { IsFallback = true, AccessDeniedReason = AccessDeniedReason.Unknown, Boolean = new BooleanEntitlement() };

        Lines(answer, new AnswerFacts("default", freshness, null, null)).Take(2).Should().Equal(
            "no: customer 'c' may not use 'f': UNKNOWN", $"  why     a fallback answers, since {why}");
    }

    [Fact]
    public void Each_reason_has_words_of_its_own()
    {
        var why = Enum.GetValues<AccessDeniedReason>().Where(reason => reason > AccessDeniedReason.Unknown)
            .Select(reason => Lines(DeniedWith(reason), NoFacts)[1]).ToList();

        why.Should().OnlyHaveUniqueItems().And.NotContain(line => line.Contains("without a reason"));
    }

    [Fact]
    public void Credits_are_told_by_what_is_left()
    {
        var answer = new EntitlementV2
        {
            AccessDeniedReason = AccessDeniedReason.InsufficientCredits,
            Credit = new CreditEntitlement { UsageLimit = 50, CurrentUsage = 50 },
        };

        CheckVerdict.Lines(CheckQuestion.Parse(["c", "tokens", "--credits"]), answer, NoFacts).Should().Equal(
            "no: customer 'c' has no credits of 'tokens': INSUFFICIENT_CREDITS",
            "  why     no credits are left",
            "  usage   50 used of 50, 0 left");
    }

    [Fact]
    public void Control_characters_of_an_id_do_not_reach_the_terminal() =>
        CheckVerdict.Lines(CheckQuestion.Parse(["c\u001b[2J", "f\n"]), new EntitlementV2 { HasAccess = true }, NoFacts)[0]
            .Should().Be("yes: customer 'c [2J' may use 'f '");

    [Fact]
    public void Facts_are_read_from_the_trailers() =>
        AnswerFacts.From(new Metadata { { "x-sidecar-source", "redis" }, { "x-sidecar-age-ms", "7" } })
            .Should().Be(new AnswerFacts("redis", null, "7", null));

    private static EntitlementV2 DeniedWith(AccessDeniedReason reason)
    {
        var answer = new EntitlementV2 { AccessDeniedReason = reason };
        if (reason == AccessDeniedReason.RequestedUsageExceedingLimit)
            answer.Metered = new MeteredEntitlement();
        if (reason == AccessDeniedReason.RequestedValuesMismatch)
            answer.Enum = new EnumEntitlement();
        return answer;
    }

    private static IReadOnlyList<string> Lines(EntitlementV2 answer, AnswerFacts facts, params string[] options) =>
        CheckVerdict.Lines(CheckQuestion.Parse(["c", "f", .. options]), answer, facts);
}
