using System.Net;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Reports;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What goes wrong with reports on demand, and what is counted then.</summary>
public sealed class CloudEmulatorReportFaultSpecs : ReportFixture
{
    public static TheoryData<string, FaultRule, int> Cuts => new()
    {
        { "unread", FaultRule.CutUnread(), 0 },
        { "before it is counted", FaultRule.CutUnprocessed(), 0 },
        { "before any byte of the answer", FaultRule.Cut(), 1 },
        { "behind the headers of the answer", FaultRule.Cut() with { AfterBytes = 0 }, 1 },
        { "in the answer", FaultRule.CutMidBody(), 1 },
        { "by garbage", FaultRule.Garbage(), 1 },
        { "by garbage before it is counted", FaultRule.Garbage() with { Moment = FaultMoment.Unprocessed }, 0 },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Cut_report_is_counted_or_not_as_the_moment_of_the_cut_says(string when, FaultRule rule, int counted)
    {
        var id = Control.Faults.Add(rule with { Target = RequestTarget.ApiUsage, Times = 1 });

        await FluentActions.Awaiting(() => AskUsageAsync(Calls(1, "k"))).Should().ThrowAsync<HttpRequestException>(when);

        Control.Faults.Hits(id).Should().Be(1);
        Ledger.CountOf("k").Should().Be(counted);
        (await CallsAsync()).Should().Be(25 + counted);
        await ReportUsageAsync(Calls(1, "k"));
        Ledger.CountOf("k").Should().Be(counted + 1);
    }

    [Fact]
    public async Task Unread_report_is_known_by_the_name_of_its_operation_and_not_counted_as_a_request()
    {
        Control.Faults.Add(FaultRule.CutUnread() with { Target = RequestTarget.ApiUsageBulk });

        await ReportUsageAsync(Calls(1));
        await FluentActions.Awaiting(() => AskBulkAsync([Calls(1)])).Should().ThrowAsync<HttpRequestException>();

        Control.Requests.Count(RequestKey.ApiUsageBulk).Should().Be(0);
        Control.Requests.Count(RequestKey.Any).Should().Be(1);
    }

    [Fact]
    public async Task Every_documented_code_is_brought_about_by_a_rule()
    {
        foreach (var code in ApiErrorCode.All)
        {
            Control.Faults.Add(FaultRule.Failure(code) with { Target = RequestTarget.ApiUsage, Times = 1 });
            await AssertRefusedAsync(await AskUsageAsync(Calls(1)), code, "ordered");
        }
    }

    [Fact]
    public async Task Status_comes_uncounted_unless_it_is_said_otherwise()
    {
        Control.Faults.Add(FaultRule.Answer(503) with { Target = RequestTarget.ApiUsage, Times = 1 });
        Control.Faults.Add(FaultRule.Answer(502) with { Target = RequestTarget.ApiUsage, Times = 1, Moment = FaultMoment.Processed });

        using var first = await AskUsageAsync(Calls(1, "first"));
        using var second = await AskUsageAsync(Calls(1, "second"));

        first.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        second.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        Ledger.CountOf("first").Should().Be(0);
        Ledger.CountOf("second").Should().Be(1);
    }

    [Fact]
    public async Task Rule_of_a_customer_meets_reports_that_are_about_nobody_else()
    {
        Control.Faults.Add(FaultRule.Answer(503) with { Target = RequestTarget.ApiUsageBulk, CustomerId = "customer-demo" });
        var other = new { customerId = "customer-free", featureId = "feature-seats", value = 1 };

        using var own = await AskBulkAsync([Calls(1), Calls(1)]);
        using var mixed = await AskBulkAsync([Calls(1), other]);

        own.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        mixed.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Late_answer_belongs_to_a_report_that_is_counted_at_once()
    {
        Control.Faults.Add(FaultRule.LateAnswer(TimeSpan.FromMinutes(1)));

        var late = AskUsageAsync(Calls(1));
        await Ledger.WaitForAsync(1, InTime);

        late.IsCompleted.Should().BeFalse();
        Control.FindCustomer("customer-demo")!.Usage["feature-api-calls"].CurrentUsage.Should().Be(26);
        await Emulator.StopAsync();
        await FluentActions.Awaiting(() => late).Should().ThrowAsync<HttpRequestException>();
    }

    [Theory]
    [InlineData(FaultMoment.Unread, 0)]
    [InlineData(FaultMoment.Unprocessed, 0)]
    [InlineData(FaultMoment.Processed, 1)]
    public async Task Hanging_report_is_counted_or_not_as_the_rule_says(FaultMoment moment, int counted)
    {
        var id = Control.Faults.Add(FaultRule.Hang() with { Moment = moment });

        var hanging = AskUsageAsync(Calls(1));
        await Ledger.WaitForAsync(counted, InTime);
        await Control.Faults.WaitForHitsAsync(id, 1, InTime);
        hanging.IsCompleted.Should().BeFalse();
        await Emulator.StopAsync();

        await FluentActions.Awaiting(() => hanging).Should().ThrowAsync<HttpRequestException>();
        Ledger.Snapshot().Total.Should().Be(counted);
    }

    [Fact]
    public async Task Hold_of_reads_lets_reports_pass_and_the_other_way_round()
    {
        using var reads = Control.HoldState(customerId: null);
        await ReportUsageAsync(Calls(1));
        reads.Dispose();
        using var reports = Control.HoldReports(point: HoldPoint.AfterReading, target: RequestTarget.ApiUsage);
        var held = ReportUsageAsync(Calls(1));
        await reports.WaitUntilHeldAsync(1, InTime);

        (await CallsAsync()).Should().Be(27);
        await ReportBulkAsync(Calls(1));
        held.IsCompleted.Should().BeFalse();
        reports.Dispose();

        (await held).GetProperty("currentUsage").GetDouble().Should().Be(27);
    }

    [Fact]
    public async Task Chance_meets_a_share_of_the_requests_always_the_same_for_one_seed()
    {
        var first = await MetAsync(seed: 5, times: null);
        var second = await MetAsync(seed: 5, times: null);
        var other = await MetAsync(seed: 6, times: null);
        var few = await MetAsync(seed: 5, times: 3);

        first.Should().Contain(true).And.Contain(false);
        second.Should().Equal(first);
        other.Should().NotEqual(first);
        few.Count(met => met).Should().Be(3);
    }

    [Fact]
    public async Task Moment_and_chance_are_ordered_over_HTTP()
    {
        using var added = await SendAsync(
            HttpMethod.Post, "/_control/faults",
            """{"target": "apiUsage", "kind": "cut", "moment": "unprocessed", "probability": 1, "seed": 7}""");
        using var refused = await SendAsync(HttpMethod.Post, "/_control/faults", """{"kind": "cutMidBody", "moment": "unread"}""");

        await FluentActions.Awaiting(() => AskUsageAsync(Calls(1))).Should().ThrowAsync<HttpRequestException>();

        (await JsonOf(refused)).GetProperty("error").GetString().Should().Contain("$.moment");
        using var listed = await SendAsync(HttpMethod.Get, "/_control/faults");
        var fault = (await JsonOf(listed)).GetProperty("faults")[0];
        fault.GetProperty("target").GetString().Should().Be("apiUsage");
        fault.GetProperty("moment").GetString().Should().Be("unprocessed");
        fault.GetProperty("probability").GetDouble().Should().Be(1);
        fault.GetProperty("seed").GetInt32().Should().Be(7);
        fault.GetProperty("hits").GetInt32().Should().Be(1);
        Ledger.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public void Rule_that_contradicts_itself_is_refused()
    {
        var add = (FaultRule rule) => FluentActions.Invoking(() => Control.Faults.Add(rule)).Should().Throw<ArgumentException>();

        add(FaultRule.Answer(503) with { Moment = FaultMoment.Unread }).WithMessage("moment*");
        add(FaultRule.CutMidBody() with { Moment = FaultMoment.Unprocessed }).WithMessage("moment*");
        add(FaultRule.Hang() with { AfterBytes = 1, Moment = FaultMoment.Unprocessed }).WithMessage("moment*");
        add(FaultRule.CutUnread() with { CustomerId = "c" }).WithMessage("customerId*");
        add(FaultRule.Cut() with { Probability = 0 }).WithMessage("probability*");
        add(FaultRule.Cut() with { Probability = double.NaN }).WithMessage("probability*");
        add(FaultRule.Cut() with { Seed = 1 }).WithMessage("seed*");
    }

    private async Task<List<bool>> MetAsync(int seed, int? times)
    {
        Control.Faults.Clear();
        Control.Faults.Add(FaultRule.Answer(503) with { Probability = 0.4, Seed = seed, Times = times });
        var met = new List<bool>();
        for (var i = 0; i < 30; i++)
        {
            using var response = await AskConfigAsync();
            met.Add(response.StatusCode is HttpStatusCode.ServiceUnavailable);
        }
        return met;
    }
}
