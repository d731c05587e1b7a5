using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The eight read calls, over real gRPC, against a cloud that works.</summary>
public sealed class QuestionSpecs(SharedService shared) : IClassFixture<SharedService>
{
    private const string Customer = "customer-demo";
    private readonly SidecarService.SidecarServiceClient _client = shared.It.Client;

    [Fact]
    public async Task Metered_question_shows_limit_usage_and_period()
    {
        var reply = await _client.GetMeteredEntitlementAsync(
            new() { CustomerId = Customer, FeatureId = "feature-api-calls", Options = new() { RequestedUsage = 5 } });

        reply.HasAccess.Should().BeTrue();
        reply.IsFallback.Should().BeFalse();
        reply.HasAccessDeniedReason.Should().BeFalse();
        reply.RequestedUsage.Should().Be(5);
        var entitlement = reply.Entitlement;
        entitlement.UsageLimit.Should().Be(1000);
        entitlement.CurrentUsage.Should().Be(25);
        entitlement.IsUnlimited.Should().BeFalse();
        entitlement.HasSoftLimit.Should().BeFalse();
        entitlement.ResetPeriod.Should().Be(EntitlementResetPeriod.Month);
        entitlement.UsagePeriodStart.Should().NotBeNull();
        entitlement.UsagePeriodEnd.ToDateTimeOffset().Should().BeAfter(TimeProvider.System.GetUtcNow());
#pragma warning disable CS0612 // The older name of the period's end is part of the contract.
        entitlement.NextResetDate.Should().Be(entitlement.UsagePeriodEnd);
#pragma warning restore CS0612
        entitlement.Feature.Should().Be(new EntitlementFeature
        {
            Id = "feature-api-calls",
            FeatureType = FeatureType.Number,
            MeterType = MeterType.Incremental,
            IsMetered = true,
            Units = "call",
            UnitsPlural = "calls",
        });
    }

    [Fact]
    public async Task Metered_question_beyond_the_limit_is_denied()
    {
        var reply = await _client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-at-limit", FeatureId = "feature-api-calls", Options = new() { RequestedUsage = 1 } });

        reply.HasAccess.Should().BeFalse();
        reply.AccessDeniedReason.Should().Be(AccessDeniedReason.RequestedUsageExceedingLimit);
        reply.Entitlement.CurrentUsage.Should().Be(1000);
    }

    [Fact]
    public async Task Metered_question_paid_in_credits_is_denied_when_none_are_left()
    {
        var reply = await _client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-at-limit", FeatureId = "feature-ai-summaries" });

        reply.HasAccess.Should().BeFalse();
        reply.AccessDeniedReason.Should().Be(AccessDeniedReason.InsufficientCredits);
    }

    [Fact]
    public async Task Boolean_question_is_answered()
    {
        var reply = await _client.GetBooleanEntitlementAsync(new() { CustomerId = Customer, FeatureId = "feature-sso" });

        reply.HasAccess.Should().BeTrue();
        reply.Entitlement.Feature.FeatureType.Should().Be(FeatureType.Boolean);
    }

    [Fact]
    public async Task Numeric_question_shows_the_value()
    {
        var reply = await _client.GetNumericEntitlementAsync(new() { CustomerId = Customer, FeatureId = "feature-seats-max" });

        reply.HasAccess.Should().BeTrue();
        reply.Entitlement.Value.Should().Be(25);
    }

    [Theory]
    [InlineData("eu", true)]
    [InlineData("apac", false)]
    public async Task Enum_question_is_answered_by_the_values_granted(string region, bool hasAccess)
    {
        var reply = await _client.GetEnumEntitlementAsync(
            new() { CustomerId = Customer, FeatureId = "feature-regions", Options = new() { RequestedValues = { region } } });

        reply.HasAccess.Should().Be(hasAccess);
        reply.RequestedValues.Should().Equal(region);
        reply.Entitlement.EnumValues.Should().Equal("eu", "us");
        reply.HasAccessDeniedReason.Should().Be(!hasAccess);
    }

    [Fact]
    public async Task Credit_question_shows_what_remains()
    {
        var reply = await _client.GetEntitlementV2Async(new() { CustomerId = Customer, CurrencyId = "cred-type-tokens" });

        reply.Entitlement.HasAccess.Should().BeTrue();
        var credit = reply.Entitlement.Credit;
        (credit.UsageLimit, credit.CurrentUsage, credit.Remaining).Should().Be((500, 120, 380));
        credit.Currency.DisplayName.Should().Be("Tokens");
        credit.Currency.AdditionalMetaData.Fields["colour"].StringValue.Should().Be("amber");
    }

    [Fact]
    public async Task Question_of_any_kind_is_answered_by_both_calls_alike()
    {
        var older = await _client.GetEntitlementAsync(new() { CustomerId = Customer, FeatureId = "feature-api-calls" });
        var newer = await _client.GetEntitlementV2Async(new() { CustomerId = Customer, FeatureId = "feature-api-calls" });

        older.Metered.Should().NotBeNull();
        newer.Entitlement.Metered.Should().Be(older.Metered);
        newer.Entitlement.HasAccess.Should().Be(older.HasAccess).And.BeTrue();
    }

    [Fact]
    public async Task Both_lists_show_every_entitlement_the_newer_one_with_credits_and_decisions()
    {
        var older = await _client.GetEntitlementsAsync(new() { CustomerId = "customer-enterprise" });
        var newer = await _client.GetEntitlementsStateV2Async(new() { CustomerId = "customer-enterprise" });

        older.Entitlements.Should().HaveCount(9);
        newer.Entitlements.Should().HaveCount(10);
        newer.Entitlements.Should().ContainSingle(e => e.EntitlementCase == EntitlementV2.EntitlementOneofCase.Credit);
        newer.Entitlements.Where(e => !e.HasAccess).Should().ContainSingle()
            .Which.AccessDeniedReason.Should().Be(AccessDeniedReason.Revoked);
    }

    [Fact]
    public async Task Customer_that_the_cloud_does_not_know_is_denied_with_that_reason()
    {
        var typed = await _client.GetBooleanEntitlementAsync(new() { CustomerId = "nobody", FeatureId = "feature-sso" });
        var list = await _client.GetEntitlementsAsync(new() { CustomerId = "nobody" });

        typed.IsFallback.Should().BeFalse();
        typed.AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
        list.Entitlements.Should().BeEmpty();
        list.AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
    }

    [Fact]
    public async Task Typed_question_about_another_type_gets_the_fallback_and_the_reason()
    {
        var reply = await _client.GetBooleanEntitlementAsync(new()
        {
            CustomerId = Customer,
            FeatureId = "feature-api-calls",
            Options = new() { Fallback = new() { HasAccess = true } },
        });

        (reply.HasAccess, reply.IsFallback, reply.AccessDeniedReason).Should().Be((true, true, AccessDeniedReason.FeatureTypeMismatch));
    }

    [Fact]
    public async Task Resource_has_entitlements_of_its_own()
    {
        var north = await _client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-workspaces", ResourceId = "workspace-north", FeatureId = "feature-documents" });
        var south = await _client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-workspaces", ResourceId = "workspace-south", FeatureId = "feature-documents" });

        (north.Entitlement.UsageLimit, north.Entitlement.CurrentUsage).Should().Be((800, 120));
        (south.Entitlement.UsageLimit, south.Entitlement.CurrentUsage).Should().Be((800, 800));
    }

    [Fact]
    public async Task Empty_optional_fields_are_the_same_as_absent_ones()
    {
        var reply = await _client.GetEntitlementV2Async(
            new() { CustomerId = Customer, ResourceId = "", FeatureId = "feature-sso", CurrencyId = "", Options = new() });

        reply.Entitlement.HasAccess.Should().BeTrue();
    }

    [Fact]
    public async Task Second_question_costs_no_request()
    {
        await _client.GetEntitlementsAsync(new() { CustomerId = "customer-free" });
        var hits = await shared.It.Service.CounterAsync("sidecar_cache_hits_total");

        await _client.GetMeteredEntitlementAsync(new() { CustomerId = "customer-free", FeatureId = "feature-seats" });

        shared.It.Control.Requests.Snapshot().Customers["customer-free"].Total.Should().Be(1);
        // Scrapes may be a moment old.
        await Eventually.HoldsAsync(async () => await shared.It.Service.CounterAsync("sidecar_cache_hits_total") > hits);
    }

    [Fact]
    public async Task Requests_carry_the_headers_of_the_official_clients()
    {
        await _client.GetEntitlementsAsync(new() { CustomerId = Customer });

        shared.It.Control.Requests.Snapshot().HeaderFaults.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task Bad_request_is_refused_with_a_word_on_the_field(GetEntitlementV2Request request, string expected)
    {
        var call = async () => await _client.GetEntitlementV2Async(request);

        var status = (await call.Should().ThrowAsync<RpcException>()).Which.Status;
        status.StatusCode.Should().Be(StatusCode.InvalidArgument);
        status.Detail.Should().Contain(expected).And.HaveLength(status.Detail.Length).And.Match(d => d.Length < 1024);
    }

    public static TheoryData<GetEntitlementV2Request, string> BadRequests() => new()
    {
        { new() { FeatureId = "f" }, "customer_id is empty" },
        { new() { CustomerId = "c" }, "feature_id and currency_id are both empty" },
        { new() { CustomerId = "c", FeatureId = "f", CurrencyId = "k" }, "both given" },
        { new() { CustomerId = new string('c', 1025), FeatureId = "f" }, "customer_id is 1025 bytes long" },
        { new() { CustomerId = new string('ü', 513), FeatureId = "f" }, "customer_id is 1026 bytes long" },
        { new() { CustomerId = "c", ResourceId = new string('r', 1025), FeatureId = "f" }, "resource_id is 1025 bytes long" },
        { new() { CustomerId = "c", FeatureId = new string('f', 1025) }, "feature_id is 1025 bytes long" },
        { new() { CustomerId = "c", FeatureId = "f", Options = new() { RequestedUsage = double.NaN } }, "requested_usage is NaN" },
        { new() { CustomerId = "c", FeatureId = "f", Options = new() { RequestedUsage = double.PositiveInfinity } }, "requested_usage" },
    };

    [Fact]
    public async Task Ids_of_a_kibibyte_are_accepted()
    {
        var reply = await _client.GetBooleanEntitlementAsync(new() { CustomerId = new string('c', 1024), FeatureId = new string('f', 1024) });

        reply.AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
    }
}
