using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>A key that is wrong or missing: the service goes on answering, says so, counts it, and heals by itself.</summary>
public sealed class KeyTroubleSpecs
{
    public enum Knowledge
    {
        Nothing,
        Known,
        GlobalFallback,
    }

    [Theory]
    [InlineData(Knowledge.Nothing)]
    [InlineData(Knowledge.Known)]
    [InlineData(Knowledge.GlobalFallback)]
    public async Task Invalid_key_is_survived_counted_and_healed(Knowledge knowledge)
    {
        var variables = new Dictionary<string, string?>
        {
            // Old at once, so that what is known has to be read again.
            ["CACHE_REVALIDATE_SECONDS"] = "0",
            ["CACHE_MAX_AGE_SECONDS"] = "0",
        };
        if (knowledge == Knowledge.GlobalFallback)
            variables["ENTITLEMENTS_FALLBACK"] = $$"""{ "{{Feature}}": { "hasAccess": true, "usageLimit": 77 } }""";
        await using var it = await ServiceUnderTest.StartAsync(variables);
        if (knowledge == Knowledge.Known)
            (await AskAsync(it)).Entitlement.UsageLimit.Should().Be(1000);

        it.Control.ApiKey = "another-key";
        var reply = await AskAsync(it);

        switch (knowledge)
        {
            case Knowledge.Nothing:
                (reply.IsFallback, reply.HasAccess, reply.AccessDeniedReason).Should().Be((true, false, AccessDeniedReason.Unknown));
                break;
            case Knowledge.Known:
                (reply.IsFallback, reply.HasAccess, reply.Entitlement.UsageLimit).Should().Be((false, true, 1000));
                break;
            case Knowledge.GlobalFallback:
                (reply.IsFallback, reply.HasAccess, reply.Entitlement.UsageLimit).Should().Be((true, true, 77));
                break;
        }

        await CountsAsync(it, InvalidKeyErrors);
        it.Control.ApiKey = ServiceUnderTest.ApiKey;
        it.Control.SetUsage(Customer, Feature, 26);
        await HealsAsync(it, usage: 26);
    }

    [Fact]
    public async Task Wrong_key_at_start_is_a_start_up_error_and_heals_without_a_restart()
    {
        await using var it = await ServiceUnderTest.StartAsync(prepare: control => control.ApiKey = "another-key");

        (await AskAsync(it)).IsFallback.Should().BeTrue();
        await CountsAsync(it, InvalidKeyErrors);
        await CountsAsync(it, InitializationErrors);
        await WritesAsync(it, "refuses the value of SERVER_API_KEY");
        it.Service.Lines.Where(line => line.Contains("refuses the value of SERVER_API_KEY", StringComparison.Ordinal)).Should().ContainSingle();

        it.Control.ApiKey = ServiceUnderTest.ApiKey;
        await HealsAsync(it, usage: 25);
    }

    [Fact]
    public async Task Missing_key_is_a_start_up_error_and_nothing_is_sent()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SERVER_API_KEY"] = "" });

        (await AskAsync(it)).IsFallback.Should().BeTrue();
        await CountsAsync(it, InitializationErrors);
        it.Control.Requests.Snapshot().Total.Should().Be(0);
        it.Service.Lines.Should().Contain(line => line.Contains("SERVER_API_KEY is missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lists_show_the_global_fallback_where_nothing_is_known()
    {
        await using var it = await ServiceUnderTest.StartAsync(new()
        {
            ["SERVER_API_KEY"] = "",
            ["ENTITLEMENTS_FALLBACK"] = """{ "seats": { "hasAccess": true, "usageLimit": 5 }, "sso": { "hasAccess": false } }""",
        });

        var older = await it.Client.GetEntitlementsAsync(new() { CustomerId = Customer });
        var newer = await it.Client.GetEntitlementsStateV2Async(new() { CustomerId = Customer });

        older.Entitlements.Select(e => (e.Metered ?? new()).Feature?.Id ?? e.Boolean.Feature.Id).Should().Equal("seats", "sso");
        newer.Entitlements.Select(e => (e.HasAccess, e.IsFallback, e.AccessDeniedReason)).Should().Equal(
            (true, true, AccessDeniedReason.Unspecified), (false, true, AccessDeniedReason.Unknown));
        newer.Entitlements[0].Metered.UsageLimit.Should().Be(5);
    }
}
