using System.Collections.Concurrent;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Reports of many callers whose connections are cut at random moments.</summary>
public sealed class CloudEmulatorReportCutSpecs : ReportFixture
{
    private const int Callers = 4;
    private const int Each = 40;

    private readonly ConcurrentBag<string> _acknowledged = [];
    private readonly ConcurrentBag<string> _failed = [];

    [Fact]
    public async Task Cut_by_chance_counts_acknowledged_reports_once_and_failed_ones_at_most_once()
    {
        // Each of the rules meets a share of what those before it have left.
        FaultRule[] rules = [FaultRule.CutUnread(), FaultRule.CutUnprocessed(), FaultRule.Cut(), FaultRule.CutMidBody()];
        var ids = rules
            .Select((rule, i) => Control.Faults.Add(rule with { Target = RequestTarget.ApiUsage, Probability = 0.1, Seed = i }))
            .ToList();

        await ReportAsync();

        AssertCountedOnce();
        _failed.Should().HaveCount(ids.Sum(Control.Faults.Hits));
        var uncounted = Control.Faults.Hits(ids[0]) + Control.Faults.Hits(ids[1]);
        Ledger.Snapshot().Total.Should().Be((Callers * Each) - uncounted);
        (await CallsAsync()).Should().Be(25 + Ledger.Snapshot().Total);
    }

    [Fact]
    public async Task Cut_of_all_connections_counts_acknowledged_reports_once_and_failed_ones_at_most_once()
    {
        // Few enough for the count to be reached though every cut may fail one report of each caller.
        const int cuts = 10;
        var reporting = ReportAsync();
        for (var i = 1; i <= cuts; i++)
        {
            await Ledger.WaitForAsync(10 * i, InTime);
            Emulator.CutConnections();
        }
        await reporting;

        AssertCountedOnce();
        _failed.Count.Should().BeLessThanOrEqualTo(cuts * Callers);
        // One whose caller has left may be counted even now, so the two are compared as of one moment.
        var entries = Ledger.Entries();
        entries[^1].CurrentUsage.Should().Be(25 + entries.Count);
    }

    [Fact]
    public async Task Report_that_was_read_is_counted_though_its_client_has_left()
    {
        var hold = Control.HoldReports("customer-demo");
        var left = AskUsageAsync(Calls(1, "left"));
        await hold.WaitUntilHeldAsync(1, InTime);

        Emulator.CutConnections().Should().BeGreaterThan(0);
        await FluentActions.Awaiting(() => left).Should().ThrowAsync<HttpRequestException>();
        Ledger.CountOf("left").Should().Be(0);
        hold.Dispose();

        await Ledger.WaitForAsync(1, InTime);
        Ledger.CountOf("left").Should().Be(1);
    }

    private Task ReportAsync() => Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
    {
        for (var i = 0; i < Each; i++)
        {
            var key = $"{caller}-{i}";
            try
            {
                await ReportUsageAsync(Calls(1, key));
                _acknowledged.Add(key);
            }
            catch (HttpRequestException)
            {
                _failed.Add(key);
            }
        }
    }));

    private void AssertCountedOnce()
    {
        (_acknowledged.Count + _failed.Count).Should().Be(Callers * Each);
        _acknowledged.Select(Ledger.CountOf).Should().OnlyContain(count => count == 1);
        _failed.Select(Ledger.CountOf).Should().OnlyContain(count => count <= 1);
    }
}
