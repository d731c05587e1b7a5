using FluentAssertions;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;
using Entitlement = Stigg.Sidecar.V1.Entitlement;

namespace Sidecar.Host.Tests;

/// <summary>What the mapping adds to the answers, which have specs of their own.</summary>
public sealed class RepliesSpecs
{
    private static readonly EntryKey Key = new("c");

    [Fact]
    public void Denied_reply_has_an_entitlement_to_read_through()
    {
        var answer = new Answer { AccessDeniedReason = AccessDeniedReason.CustomerNotFound };
        var query = new EntitlementQuery(Key, "f");

        Replies.Boolean(answer, query).Entitlement.Should().NotBeNull();
        Replies.Numeric(answer, query).Entitlement.Should().NotBeNull();
        Replies.Metered(answer, query).Entitlement.Should().NotBeNull();
        Replies.Enum(answer, query).Entitlement.Should().NotBeNull();
    }

    [Fact]
    public void Absent_values_stay_absent()
    {
        var entitlement = Replies.Metered(new Answer { Kind = EntitlementKind.Metered }, new EntitlementQuery(Key, "f")).Entitlement;

        (entitlement.HasUsageLimit, entitlement.HasResetPeriod, entitlement.HasHasSoftLimit).Should().Be((false, false, false));
        entitlement.UsagePeriodStart.Should().BeNull();
        entitlement.UsagePeriodEnd.Should().BeNull();
        entitlement.Feature.Should().BeNull();
    }

    [Fact]
    public void Enum_reply_echoes_what_was_requested_also_from_a_fallback()
    {
        var query = new EntitlementQuery(Key, "f", EntitlementKind.Enum, RequestedValues: ["eu", "us"]);

        Replies.Enum(EntitlementEvaluator.FromFallback(query, null), query).RequestedValues.Should().Equal("eu", "us");
    }

    [Fact]
    public void Credit_that_is_not_known_still_names_its_currency()
    {
        var query = new EntitlementQuery(Key, "tokens", EntitlementKind.Credit);

        var reply = Replies.AnyV2(EntitlementEvaluator.FromFallback(query, null), query);

        reply.Entitlement.Credit.Currency.CurrencyId.Should().Be("tokens");
        (reply.Entitlement.Credit.UsageLimit, reply.Entitlement.Credit.CurrentUsage).Should().Be((0, 0));
    }

    [Fact]
    public void Older_list_leaves_credits_out() =>
        Replies.Listed(new Answer { Kind = EntitlementKind.Credit }).Should().BeNull();

    [Theory]
    [InlineData(EntitlementKind.Boolean, Entitlement.EntitlementOneofCase.Boolean)]
    [InlineData(EntitlementKind.Numeric, Entitlement.EntitlementOneofCase.Numeric)]
    [InlineData(EntitlementKind.Metered, Entitlement.EntitlementOneofCase.Metered)]
    [InlineData(EntitlementKind.Enum, Entitlement.EntitlementOneofCase.Enum)]
    public void Older_list_names_each_kind(EntitlementKind kind, Entitlement.EntitlementOneofCase expected) =>
        Replies.Listed(new Answer { Kind = kind })!.EntitlementCase.Should().Be(expected);
}
