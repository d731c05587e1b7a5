using FluentAssertions;
using Sidecar.Emulator.Reports;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Measurements that are reported together, and events.</summary>
public sealed class CloudEmulatorReportBulkSpecs : ReportFixture
{
    [Fact]
    public async Task Usages_are_counted_one_after_the_other_and_told_in_their_order()
    {
        var told = await ReportBulkAsync(
            Calls(5, "k-0"),
            new { customerId = "customer-free", featureId = "feature-seats", value = 1, updateBehavior = "SET" },
            new { customerId = "customer-demo", featureId = "feature-ai-summaries", value = 1 },
            Calls(10, "k-1"));

        told.Select(usage => usage.GetProperty("currentUsage").GetDouble()).Should().Equal(30, 1, 61, 40);
        told.Select(usage => usage.GetProperty("customerId").GetString())
            .Should().Equal("customer-demo", "customer-free", "customer-demo", "customer-demo");
        told[2].GetProperty("credit").GetProperty("currentUsage").GetDouble().Should().Be(122);
        told[3].GetProperty("timestamp").GetDateTimeOffset().Should().BeAfter(told[0].GetProperty("timestamp").GetDateTimeOffset());
        (await CallsAsync()).Should().Be(40);
        Ledger.Entries().Select(entry => entry.Number).Should().Equal(1, 2, 3, 4);
        Ledger.CountOf("k-1").Should().Be(1);
        Control.Requests.Recorded()[0].CustomerId.Should().BeNull("it is about two customers");
    }

    [Fact]
    public async Task One_bad_usage_refuses_all_and_is_named()
    {
        using var response = await AskBulkAsync(
            [Calls(5), new { customerId = "nobody", featureId = "feature-api-calls", value = 1 }, Calls(5)]);

        await AssertRefusedAsync(response, "CustomerNotFound", "usages[1]: there is no customer \"nobody\"");
        (await CallsAsync()).Should().Be(25);
    }

    [Fact]
    public async Task Usage_that_goes_wrong_by_one_before_it_refuses_all()
    {
        using var response = await AskBulkAsync([Calls(-20), Calls(-20)]);

        await AssertRefusedAsync(response, "UsageMeasurementDiffOutOfRangeError", "usages[1]");
        (await CallsAsync()).Should().Be(25);
    }

    [Fact]
    public async Task Hundred_usages_are_taken_and_no_more()
    {
        using var tooMany = await AskBulkAsync(Enumerable.Repeat(Calls(1), 101));
        await AssertRefusedAsync(tooMany, "BadUserInput", "usages: must hold from 1 to 100, but holds 101");
        using var none = await AskBulkAsync([]);
        await AssertRefusedAsync(none, "BadUserInput", "usages: must hold from 1 to 100, but holds 0");

        (await ReportBulkAsync([.. Enumerable.Repeat(Calls(1), 100)])).Should().HaveCount(100);

        (await CallsAsync()).Should().Be(125);
    }

    [Fact]
    public async Task Events_are_counted_by_their_name_and_kept_as_they_came()
    {
        await ReportEventsAsync(
            Event("e1"),
            new
            {
                customerId = "customer-demo",
                eventName = "exported",
                idempotencyKey = "e2",
                resourceId = "anything",
                timestamp = "2026-01-01T00:00:00.000Z",
                dimensions = new { format = "pdf" },
            },
            Event("e3", customerId: "nobody"));

        Ledger.EventTallyOf("customer-demo", "signed-in").Count.Should().Be(1);
        Ledger.EventTallyOf("customer-demo", "exported", "anything").Count.Should().Be(1);
        Ledger.EventTallyOf("nobody", "signed-in").Count.Should().Be(1);
        var entry = Ledger.Entries()[1];
        entry.Kind.Should().Be(LedgerKind.Event);
        entry.Value.Should().BeNull();
        entry.IdempotencyKey.Should().Be("e2");
        entry.CreatedAt.Should().Be(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        entry.Dimensions.Should().Be("""{"format":"pdf"}""");
    }

    [Fact]
    public async Task Event_whose_key_is_known_is_dropped()
    {
        await ReportUsageAsync(Calls(1, "e1"));
        await ReportEventsAsync(Event("e1"), Event("e2"), Event("e1"));
        await ReportEventsAsync(Event("e2", "something else"), Event("e3"));

        var snapshot = Ledger.Snapshot();
        snapshot.Events.Should().Be(3);
        snapshot.DroppedEvents.Should().Be(2);
        Ledger.CountOf(LedgerKind.Event, "e1").Should().Be(1);
        Ledger.CountOf(LedgerKind.Measurement, "e1").Should().Be(1);
        Ledger.CountOf("e1").Should().Be(2);
        snapshot.RepeatedKeys.Should().Be(0);
    }

    [Fact]
    public async Task Thousand_events_are_taken_and_no_more()
    {
        using var tooMany = await AskEventsAsync(Enumerable.Range(0, 1001).Select(i => Event($"e{i}")));
        await AssertRefusedAsync(tooMany, "BadUserInput", "usageEvents: must hold from 1 to 1000, but holds 1001");

        await ReportEventsAsync([.. Enumerable.Range(0, 1000).Select(i => Event($"e{i}"))]);

        await Ledger.WaitForAsync(1000, InTime);
        Ledger.EventTallyOf("customer-demo", "signed-in").Count.Should().Be(1000);
    }

    [Fact]
    public async Task Event_above_a_megabyte_is_refused()
    {
        object large(int bytes) => new
        {
            customerId = "c",
            eventName = "e",
            idempotencyKey = "k",
            dimensions = new { text = new string('x', bytes) },
        };
        using var response = await AskEventsAsync([Event("e1"), large(1_000_000)]);
        await AssertRefusedAsync(response, "BadUserInput", "usageEvents[1]: an event must not hold more than 1000000 bytes");

        await ReportEventsAsync(large(999_000));

        Ledger.Snapshot().Events.Should().Be(1);
    }
}
