using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Updates;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Updates that are told by hand, held back, mixed up and repeated.</summary>
public sealed class CloudEmulatorStreamHandSpecs : StreamFixture
{
    private static readonly DateTimeOffset Past = new(2020, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Theory]
    [InlineData("customer-workspaces", null, 9, null)]
    [InlineData("customer-workspaces", "workspace-south", 2, null)]
    [InlineData("nobody", null, 0, "CustomerNotFound")]
    public async Task Present_state_is_told(string customerId, string? resourceId, int entitlements, string? reason)
    {
        using var client = await SubscribeAsync();

        Updates.PushState(customerId, resourceId).Should().Be(1);

        var told = Told(await client.ReceiveAsync(), "entitlements");
        told.GetProperty("customerId").GetString().Should().Be(customerId);
        told.GetProperty("resourceId").GetString().Should().Be(resourceId);
        told.GetProperty("accessDeniedReason").GetString().Should().Be(reason);
        told.GetProperty("entitlements").GetArrayLength().Should().BeGreaterThanOrEqualTo(entitlements);
    }

    [Fact]
    public async Task Empty_list_is_told_without_a_reason()
    {
        using var client = await SubscribeAsync();

        Updates.PushChanged("customer-demo", "r").Should().Be(1);

        Told(await client.ReceiveAsync(), "entitlements").GetRawText()
            .Should().Be("""{"customerId":"customer-demo","resourceId":"r","accessDeniedReason":null,"entitlements":[]}""");
    }

    [Fact]
    public async Task Usage_of_any_date_or_none_is_told()
    {
        using var client = await SubscribeAsync();
        var usage = new UsageUpdate { CustomerId = "c", EntitlementId = "e", CurrentUsage = 1.5 };

        Updates.PushUsage(usage with { UpdatedAt = Past, PeriodStart = Past, PeriodEnd = Past.AddDays(1), ResourceId = "r" });
        Updates.PushUsage(usage with { OfCredits = true });

        Told(await client.ReceiveAsync(), "usage").GetRawText().Should().Be(
            """{"customerId":"c","resourceId":"r","entitlementReference":{"id":"e","type":"FEATURE"},"usage":{"currentUsage":1.5,"""
            + "\"usageUpdatedAt\":\"2020-01-02T03:04:05.678Z\",\"usagePeriodStart\":\"2020-01-02T03:04:05.678Z\","
            + "\"usagePeriodEnd\":\"2020-01-03T03:04:05.678Z\"}}");
        Told(await client.ReceiveAsync(), "usage").GetRawText().Should().Be(
            """{"customerId":"c","resourceId":null,"entitlementReference":{"id":"e","type":"CREDIT"},"usage":{"currentUsage":1.5,"""
            + "\"usageUpdatedAt\":null,\"usagePeriodStart\":null,\"usagePeriodEnd\":null}}");
    }

    [Theory]
    [InlineData(PackageMigration.AllCustomers, "ALL_CUSTOMERS")]
    [InlineData(PackageMigration.NewCustomers, "NEW_CUSTOMERS")]
    public async Task Published_package_is_told(PackageMigration migration, string word)
    {
        using var client = await SubscribeAsync();

        Updates.PushPackage(new PackagePublication
        {
            Migration = migration,
            PackageType = "Addon",
            PackageRefId = "addon-1",
            PackageVersion = 7,
            AccountId = "a",
            EnvironmentId = "e",
        });

        Told(await client.ReceiveAsync(), "package").GetRawText().Should().Be(
            """{"packageType":"Addon","packageRefId":"addon-1","packageVersion":7,"migrationType":"WORD","accountId":"a","environmentId":"e"}"""
                .Replace("WORD", word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Payload_and_text_go_out_as_they_are()
    {
        using var client = await SubscribeAsync();
        using var idle = await GreetAsync();

        Updates.PushPayload(UpdateKind.Usage, """{"data":{"usageUpdatedV2":7},"errors":[{}]}""").Should().Be(1);
        Updates.SendText("this is {no JSON").Should().Be(2);

        (await client.ReceiveTextAsync()).Should()
            .Be("""{"id":"usage","type":"next","payload":{"data":{"usageUpdatedV2":7},"errors":[{}]}}""");
        (await client.ReceiveTextAsync()).Should().Be("this is {no JSON");
        (await idle.ReceiveTextAsync()).Should().Be("this is {no JSON");
    }

    [Fact]
    public async Task Server_pings_and_counts_the_pongs()
    {
        using var client = await GreetAsync();

        Updates.SendPing().Should().Be(1);
        Updates.SendPing(300_000).Should().Be(1);

        (await client.ReceiveTextAsync()).Should().Be("""{"type":"ping"}""");
        var long300 = await client.ReceiveTextAsync();
        long300.Should().HaveLength(300_000);
        JsonElement.Parse(long300).GetProperty("type").GetString().Should().Be("ping");
        await client.SendAsync(new { type = "pong" });
        await Updates.Counts.WaitUntilAsync(counts => counts.PongsSeen is 1, InTime);
        FluentActions.Invoking(() => Updates.SendPing(10)).Should().Throw<ArgumentException>().WithMessage("bytes: must be at least *");
    }

    [Fact]
    public async Task Subscriptions_are_ended_by_the_server()
    {
        using var client = await SubscribeAsync();

        Updates.CompleteSubscriptions().Should().Be(3);

        var ids = new HashSet<string?>();
        for (var i = 0; i < 3; i++)
        {
            var message = await client.ReceiveAsync();
            message.GetProperty("type").GetString().Should().Be("complete");
            ids.Add(message.GetProperty("id").GetString());
        }
        ids.Should().BeEquivalentTo("entitlements", "usage", "package");
        Updates.PushChanged("customer-demo").Should().Be(0);
        await client.SendAsync(Subscribe("usage", UsageDocument));
        await Updates.Counts.WaitUntilAsync(counts => counts.OpenSubscriptions["usageUpdatedV2"] is 1, InTime);
        Updates.FailSubscriptions("out of order").Should().Be(1);
        var error = await client.ReceiveAsync();
        error.GetProperty("type").GetString().Should().Be("error");
        error.GetProperty("payload")[0].GetProperty("message").GetString().Should().Be("out of order");
    }

    [Theory]
    [InlineData(ReleaseOrder.Pushed)]
    [InlineData(ReleaseOrder.Reversed)]
    [InlineData(ReleaseOrder.Shuffled)]
    public async Task Held_updates_come_in_the_order_of_choice(ReleaseOrder order)
    {
        const int count = 50;
        using var client = await SubscribeAsync();
        Updates.Hold();
        for (var i = 0; i < count; i++)
            Control.SetUsage("customer-demo", "feature-seats", i);
        await AssertNothingMoreAsync(client);
        Updates.Held.Should().Be(count);

        Updates.Release(order, seed: 17).Should().Be(count);

        var told = await AmountsAsync(client, count);
        var pushed = Enumerable.Range(0, count).ToArray();
        var mixed = pushed.ToArray();
        new Random(17).Shuffle(mixed);
        told.Should().Equal(order switch
        {
            ReleaseOrder.Pushed => pushed,
            ReleaseOrder.Reversed => pushed.Reverse(),
            _ => mixed,
        });
        Updates.Held.Should().Be(0);
        Control.SetUsage("customer-demo", "feature-seats", 99);
        (await AmountsAsync(client, 1)).Should().Equal(99);
    }

    [Fact]
    public async Task Held_updates_are_told_to_those_who_are_there_when_they_are_let_go()
    {
        Updates.Hold();
        Control.SetUsage("customer-demo", "feature-seats", 9);
        using var client = await SubscribeAsync();
        await AssertNothingMoreAsync(client);

        Updates.Release().Should().Be(1);
        (await AmountsAsync(client, 1)).Should().Equal(9);
        Updates.Release().Should().Be(0);
    }

    [Fact]
    public async Task Updates_are_repeated()
    {
        using var client = await SubscribeAsync();
        Updates.Copies = 3;

        Updates.PushUsage(new UsageUpdate { CustomerId = "c", EntitlementId = "e", CurrentUsage = 1 }).Should().Be(3);
        Updates.Hold();
        Control.SetUsage("customer-demo", "feature-seats", 2);
        Updates.Held.Should().Be(3);
        Updates.Copies = 1;
        Updates.Release();

        (await AmountsAsync(client, 6)).Should().Equal(1, 1, 1, 2, 2, 2);
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public void Too_many_updates_are_not_held()
    {
        Updates.Hold();
        Updates.Copies = UpdateStream.MostHeld;
        Updates.PushChanged("c");

        FluentActions.Invoking(() => Updates.PushChanged("c")).Should().Throw<InvalidOperationException>()
            .WithMessage($"*{UpdateStream.MostHeld.ToString(CultureInfo.InvariantCulture)}*");
    }

    private static async Task<IReadOnlyList<int>> AmountsAsync(StreamClient client, int count)
    {
        var amounts = new List<int>();
        for (var i = 0; i < count; i++)
            amounts.Add(Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("currentUsage").GetInt32());
        return amounts;
    }
}
