using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Updates;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What is told when the data changes.</summary>
public sealed class CloudEmulatorStreamPushSpecs : StreamFixture
{
    [Fact]
    public async Task Customer_that_is_put_is_told_as_a_read_tells_it()
    {
        using var client = await SubscribeAsync();

        Control.PutCustomer("customer-new", """{"plan": "enterprise", "usage": {"feature-seats": 5}}""");

        var told = Told(await client.ReceiveAsync(), "entitlements");
        told.GetProperty("customerId").GetString().Should().Be("customer-new");
        told.GetProperty("resourceId").ValueKind.Should().Be(JsonValueKind.Null);
        await AssertAsReadAsync(told, "customer-new");
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Resources_that_changed_are_told_beside_their_customer()
    {
        using var client = await SubscribeAsync();
        var south = await StateAsync("customer-workspaces", "workspace-south");

        Control.ChangeCustomer("customer-workspaces", customer => customer with
        {
            Resources = customer.Resources.SetItem("workspace-idle", new() { Plan = "workspace" }).Remove("workspace-north"),
        });

        Told(await client.ReceiveAsync(), "entitlements").GetProperty("resourceId").ValueKind.Should().Be(JsonValueKind.Null);
        var idle = Told(await client.ReceiveAsync(), "entitlements");
        idle.GetProperty("resourceId").GetString().Should().Be("workspace-idle");
        await AssertAsReadAsync(idle, "customer-workspaces", "workspace-idle");
        var north = Told(await client.ReceiveAsync(), "entitlements");
        north.GetProperty("resourceId").GetString().Should().Be("workspace-north");
        north.GetProperty("entitlements").GetArrayLength().Should().Be(0);
        await AssertNothingMoreAsync(client);
        JsonElement.DeepEquals(await StateAsync("customer-workspaces", "workspace-south"), south).Should().BeTrue();
    }

    [Theory]
    [InlineData(true, "CustomerNotFound")]
    [InlineData(false, "CustomerIsArchived")]
    public async Task Customer_that_is_gone_is_told_with_all_its_resources(bool removed, string reason)
    {
        using var client = await SubscribeAsync();

        if (removed)
            Control.RemoveCustomer("customer-workspaces").Should().BeTrue();
        else
            Control.ChangeCustomer("customer-workspaces", customer => customer with { Archived = true });

        foreach (var resourceId in (string?[])[null, "workspace-idle", "workspace-north", "workspace-south"])
        {
            var told = Told(await client.ReceiveAsync(), "entitlements");
            told.GetProperty("resourceId").GetString().Should().Be(resourceId);
            told.GetProperty("accessDeniedReason").GetString().Should().Be(reason);
            told.GetProperty("entitlements").GetArrayLength().Should().Be(0);
        }
        Control.RemoveCustomer("nobody");
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Usage_is_told_as_a_read_tells_it()
    {
        using var client = await SubscribeAsync();

        Control.SetUsage("customer-workspaces", "feature-api-calls", 6, "workspace-north");

        var told = Told(await client.ReceiveAsync(), "usage");
        told.GetProperty("customerId").GetString().Should().Be("customer-workspaces");
        told.GetProperty("resourceId").GetString().Should().Be("workspace-north");
        told.GetProperty("entitlementReference").GetRawText().Should().Be("""{"id":"feature-api-calls","type":"FEATURE"}""");
        var read = Feature(await StateAsync("customer-workspaces", "workspace-north"), "feature-api-calls");
        foreach (var field in told.GetProperty("usage").EnumerateObject())
            JsonElement.DeepEquals(field.Value, read.GetProperty(field.Name)).Should().BeTrue(field.Name);
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Usage_of_credits_is_told_with_its_period()
    {
        using var client = await SubscribeAsync();

        Control.SetCreditUsage("customer-demo", "cred-type-tokens", 77);

        var told = Told(await client.ReceiveAsync(), "usage");
        told.GetProperty("entitlementReference").GetRawText().Should().Be("""{"id":"cred-type-tokens","type":"CREDIT"}""");
        var (usage, read) = (told.GetProperty("usage"), Credit(await StateAsync("customer-demo"), "cred-type-tokens"));
        usage.GetProperty("currentUsage").GetInt32().Should().Be(77);
        usage.GetProperty("usagePeriodEnd").GetString().Should().Be(read.GetProperty("usagePeriodEnd").GetString());
        usage.GetProperty("usageUpdatedAt").GetString().Should().Be(read.GetProperty("usageUpdatedAt").GetString());
        usage.GetProperty("usagePeriodStart").ValueKind.Should().Be(JsonValueKind.String);
    }

    [Fact]
    public async Task Usage_of_what_nobody_is_entitled_to_is_told_as_it_is_kept()
    {
        using var client = await SubscribeAsync();

        Control.SetUsage("customer-archived", "feature-seats", 4);

        var usage = Told(await client.ReceiveAsync(), "usage").GetProperty("usage");
        usage.GetProperty("currentUsage").GetInt32().Should().Be(4);
        usage.GetProperty("usagePeriodStart").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task Change_that_is_refused_is_not_told()
    {
        using var client = await SubscribeAsync();

        FluentActions.Invoking(() => Control.SetUsage("customer-demo", "nothing", 1)).Should().Throw<Exception>();
        FluentActions.Invoking(() => Control.PutCustomer("customer-demo", """{"plan": "gold"}""")).Should().Throw<Exception>();

        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Nothing_is_told_by_itself_when_that_is_turned_off()
    {
        using var client = await SubscribeAsync();
        Updates.IsAutomatic = false;

        Control.PutCustomer("customer-demo", """{"plan": "free"}""");
        Control.SetUsage("customer-demo", "feature-seats", 1);
        Control.RemoveCustomer("customer-trial");

        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Every_client_is_told()
    {
        using var first = await SubscribeAsync();
        using var second = await SubscribeAsync();

        Control.SetUsage("customer-demo", "feature-seats", 9);

        foreach (var client in (StreamClient[])[first, second])
            Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("currentUsage").GetInt32().Should().Be(9);
    }

    [Fact]
    public async Task Changes_of_many_at_once_are_told_in_the_order_in_which_they_were_made()
    {
        const int workers = 4;
        const int changes = 250;
        using var client = await SubscribeAsync();

        var work = Enumerable.Range(0, workers).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < changes; i++)
                Control.SetUsage("customer-demo", "feature-seats", (worker * changes) + i + 1000);
        }));
        await Task.WhenAll(work);

        var (last, amount) = (DateTimeOffset.MinValue, 0);
        for (var i = 0; i < workers * changes; i++)
        {
            var usage = Told(await client.ReceiveAsync(), "usage").GetProperty("usage");
            var updatedAt = usage.GetProperty("usageUpdatedAt").GetDateTimeOffset();
            updatedAt.Should().BeAfter(last);
            (last, amount) = (updatedAt, usage.GetProperty("currentUsage").GetInt32());
        }
        Feature(await StateAsync("customer-demo"), "feature-seats").GetProperty("currentUsage").GetInt32().Should().Be(amount);
    }

    [Fact]
    public async Task Thousands_of_updates_arrive_in_order()
    {
        const int count = 10_000;
        using var client = await SubscribeAsync();

        for (var i = 0; i < count; i++)
            Updates.PushUsage(new UsageUpdate { CustomerId = "customer-demo", EntitlementId = "feature-seats", CurrentUsage = i })
                .Should().Be(1);

        for (var i = 0; i < count; i++)
            Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("currentUsage").GetInt32().Should().Be(i);
    }

    private async Task AssertAsReadAsync(JsonElement told, string customerId, string? resourceId = null)
    {
        var read = await StateAsync(customerId, resourceId);
        JsonElement.DeepEquals(told.GetProperty("entitlements"), read.GetProperty("entitlementsV2")).Should().BeTrue("it is {0}", told);
        JsonElement.DeepEquals(told.GetProperty("accessDeniedReason"), read.GetProperty("accessDeniedReason")).Should().BeTrue();
    }
}
