using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Reports;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What the ledger tells, in the process and over HTTP, and the one order of ledger, data and updates.</summary>
public sealed class CloudEmulatorReportLedgerSpecs : ReportFixture
{
    [Fact]
    public async Task Counts_are_told_in_all_and_by_customer_resource_and_feature()
    {
        await ReportBulkAsync(Calls(1, "a"), Calls(2.5, "a"), Calls(3), Calls(4, "b"));
        await ReportUsageAsync(new { customerId = "customer-demo", featureId = "feature-api-calls", value = 100, updateBehavior = "SET" });
        await ReportUsageAsync(new { customerId = "customer-workspaces", resourceId = "workspace-north", featureId = "feature-documents", value = 9 });
        await ReportEventsAsync(Event("e1"));

        Ledger.Snapshot().Should().BeEquivalentTo(new
        {
            Total = 7,
            Measurements = 6,
            Events = 1,
            DroppedEvents = 0,
            WithoutKey = 3,
            DistinctKeys = 2,
            RepeatedKeys = 1,
            Tallies = new[]
            {
                new LedgerTally(LedgerKind.Measurement, "customer-demo", null, "feature-api-calls", 5, 10.5),
                new LedgerTally(LedgerKind.Event, "customer-demo", null, "signed-in", 1, 0),
                new LedgerTally(LedgerKind.Measurement, "customer-workspaces", "workspace-north", "feature-documents", 1, 9),
            },
        });
        Ledger.TallyOf("customer-demo", "feature-api-calls").Count.Should().Be(5);
        Ledger.TallyOf("customer-workspaces", "feature-documents", "workspace-north").Sum.Should().Be(9);
        Ledger.TallyOf("customer-workspaces", "feature-documents").Count.Should().Be(0);
        Ledger.CountOf("a").Should().Be(2);
        Ledger.CountOf("c").Should().Be(0);
    }

    [Fact]
    public async Task Number_of_entries_is_waited_for()
    {
        var three = Ledger.WaitForAsync(3, InTime);

        await ReportBulkAsync(Calls(1), Calls(1));
        three.IsCompleted.Should().BeFalse();
        await ReportUsageAsync(Calls(1));

        await three;
        await Ledger.WaitForAsync(3, InTime);
    }

    [Fact]
    public async Task Only_the_latest_entries_are_kept_and_the_counts_of_all()
    {
        Ledger.EntriesAtMost = 2;

        await ReportBulkAsync(Calls(1, "a"), Calls(2, "b"), Calls(3, "c"));

        Ledger.Entries().Select(entry => entry.IdempotencyKey).Should().Equal("b", "c");
        Ledger.CountOf("a").Should().Be(1);
        Ledger.TallyOf("customer-demo", "feature-api-calls").Sum.Should().Be(6);
        Ledger.EntriesAtMost = 0;
        await ReportUsageAsync(Calls(1));
        Ledger.Entries().Should().BeEmpty();
        Ledger.Snapshot().Total.Should().Be(4);
    }

    [Fact]
    public async Task Reset_forgets_all_but_the_usage()
    {
        await ReportUsageAsync(Calls(1, "a"));
        await ReportEventsAsync(Event("e1"));

        Ledger.Reset();

        Ledger.Snapshot().Should().BeEquivalentTo(new { Total = 0, DistinctKeys = 0, WithoutKey = 0 });
        Ledger.Snapshot().Tallies.Should().BeEmpty();
        Ledger.Entries().Should().BeEmpty();
        Ledger.CountOf("a").Should().Be(0);
        (await CallsAsync()).Should().Be(26);
        await ReportEventsAsync(Event("e1"));
        await Ledger.WaitForAsync(1, InTime);
        Ledger.Entries().Single().Number.Should().Be(1);
    }

    [Fact]
    public async Task Ledger_is_told_over_HTTP()
    {
        await ReportUsageAsync(new
        {
            customerId = "customer-demo",
            featureId = "feature-api-calls",
            value = 2,
            dimensions = new { region = "eu" },
            createdAt = "2026-01-01T00:00:00Z",
            idempotencyKey = "a/b ?",
        });
        await ReportEventsAsync(Event("e1", customerId: "nobody"));

        var ledger = await TellAsync("");
        ledger.GetProperty("total").GetInt32().Should().Be(2);
        ledger.GetProperty("measurements").GetInt32().Should().Be(1);
        ledger.GetProperty("entriesAtMost").GetInt32().Should().Be(UsageLedger.UsualEntriesAtMost);
        ledger.GetProperty("tallies").GetArrayLength().Should().Be(2);
        var key = await TellAsync("/keys/a%2Fb%20%3F");
        key.GetRawText().Should().Contain("\"count\": 1").And.Contain("\"measurements\": 1").And.Contain("\"events\": 0");
        var tally = (await TellAsync("/customers/customer-demo")).GetProperty("tallies").EnumerateArray().Should().ContainSingle().Subject;
        tally.GetProperty("kind").GetString().Should().Be("measurement");
        tally.GetProperty("name").GetString().Should().Be("feature-api-calls");
        tally.GetProperty("sum").GetDouble().Should().Be(2);
        var entries = (await TellAsync("/entries")).GetProperty("entries");
        entries[0].GetProperty("behavior").GetString().Should().Be("delta");
        entries[0].GetProperty("currentUsage").GetDouble().Should().Be(27);
        entries[0].GetProperty("dimensions").GetProperty("region").GetString().Should().Be("eu");
        entries[0].GetProperty("createdAt").GetString().Should().Be("2026-01-01T00:00:00.000Z");
        entries[1].GetProperty("kind").GetString().Should().Be("event");
        entries[1].GetProperty("dimensions").ValueKind.Should().Be(JsonValueKind.Null);

        using var put = await SendAsync(HttpMethod.Put, "/_control/ledger", """{"entriesAtMost": 1}""");
        put.StatusCode.Should().Be(HttpStatusCode.NoContent);
        Ledger.Entries().Should().ContainSingle();
        using var wrong = await SendAsync(HttpMethod.Put, "/_control/ledger", """{"entriesAtMost": -1}""");
        wrong.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var reset = await SendAsync(HttpMethod.Post, "/_control/ledger/reset");
        reset.StatusCode.Should().Be(HttpStatusCode.NoContent);
        Ledger.Snapshot().Total.Should().Be(0);
        using var nothing = await SendAsync(HttpMethod.Get, "/_control/ledger/nothing");
        nothing.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Report_is_told_to_those_who_listen_with_the_credits_that_it_took()
    {
        using var client = await SubscribeAsync();

        var told = await ReportUsageAsync(new { customerId = "customer-demo", featureId = "feature-ai-summaries", value = 10 });

        var usage = Told(await client.ReceiveAsync(), "usage");
        usage.GetProperty("entitlementReference").GetRawText().Should().Be("""{"id":"feature-ai-summaries","type":"FEATURE"}""");
        usage.GetProperty("usage").GetProperty("currentUsage").GetDouble().Should().Be(70);
        usage.GetProperty("usage").GetProperty("usageUpdatedAt").GetString().Should().Be(told.GetProperty("timestamp").GetString());
        usage.GetProperty("usage").GetProperty("usagePeriodEnd").GetString().Should().Be(told.GetProperty("usagePeriodEnd").GetString());
        var credit = Told(await client.ReceiveAsync(), "usage");
        credit.GetProperty("entitlementReference").GetRawText().Should().Be("""{"id":"cred-type-tokens","type":"CREDIT"}""");
        credit.GetProperty("usage").GetProperty("currentUsage").GetDouble().Should().Be(140);
        credit.GetProperty("usage").GetProperty("usageUpdatedAt").GetString()
            .Should().Be(told.GetProperty("credit").GetProperty("timestamp").GetString());
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Report_that_is_refused_is_told_to_nobody()
    {
        using var client = await SubscribeAsync();

        using var response = await AskBulkAsync([Calls(1), Calls(-1000)]);

        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Data_ledger_and_updates_have_one_order()
    {
        const int callers = 4;
        const int each = 20;
        using var client = await SubscribeAsync();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (var i = 0; i < each; i++)
                if (caller % 2 is 0)
                    await ReportUsageAsync(Calls(1));
                else
                    await ReportBulkAsync(Calls(1), Calls(1));
        }));

        var entries = Ledger.Entries();
        entries.Should().HaveCount(callers * each * 3 / 2);
        entries.Select(entry => entry.CurrentUsage).Should().Equal(Enumerable.Range(26, entries.Count).Select(usage => (double?)usage));
        foreach (var entry in entries)
            Told(await client.ReceiveAsync(), "usage").GetProperty("usage").GetProperty("currentUsage").GetDouble()
                .Should().Be(entry.CurrentUsage);
        (await CallsAsync()).Should().Be(25 + entries.Count);
    }

    private async Task<JsonElement> TellAsync(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, "/_control/ledger" + path);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await JsonOf(response);
    }
}
