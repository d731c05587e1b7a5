using System.Text;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Reports;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>What is reported is counted once, seen at once, and what is not counted is told.</summary>
public sealed class ReportSpecs : IClassFixture<ReportedCloud>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ReportedCloud _cloud;
    private readonly string _customer;

    public ReportSpecs(ReportedCloud cloud)
    {
        _cloud = cloud;
        _customer = cloud.TakeCustomer();
        cloud.It.Control.Faults.Clear();
        cloud.Ledger.Reset();
    }

    private SidecarService.SidecarServiceClient Client => _cloud.It.Client;

    private EmulatorControl Control => _cloud.It.Control;

    [Fact]
    public async Task A_usage_is_counted_as_it_was_reported()
    {
        var reply = await _cloud.ReportAsync(
            new ReportUsageRequest
            {
                CustomerId = _customer,
                ResourceId = "site",
                FeatureId = Feature,
                Value = 2.5,
                UpdateBehavior = UsageUpdateBehavior.Set,
                Timestamp = new Timestamp { Seconds = 1_790_000_000, Nanos = 500_000_000 },
                Dimensions =
                {
                    ["flag"] = new EventDimensionValue { BooleanValue = false },
                    ["nothing"] = new EventDimensionValue(),
                    ["number"] = new EventDimensionValue { NumberValue = 0 },
                    ["text"] = new EventDimensionValue { StringValue = "" },
                },
            },
            "the-callers-key");

        (reply.CustomerId, reply.ResourceId, reply.FeatureId, reply.CurrentUsage).Should().Be((_customer, "site", Feature, 2.5));
        reply.MeasurementId.Should().NotBeEmpty();
        (reply.UsagePeriodEnd > reply.UsagePeriodStart).Should().BeTrue();
        var entry = _cloud.Ledger.Entries().Should().ContainSingle().Subject;
        (entry.CustomerId, entry.ResourceId, entry.Name, entry.Value, entry.Behavior).Should().Be((_customer, "site", Feature, 2.5, UpdateBehavior.Set));
        (entry.IdempotencyKey, entry.CreatedAt).Should().Be(("the-callers-key", DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_500)));
        entry.Dimensions.Should().Be("""{"flag":false,"number":0,"text":""}""");
    }

    [Fact]
    public async Task A_usage_without_a_key_gets_one_of_its_own()
    {
        await _cloud.ReportAsync(Calls(1));
        await _cloud.ReportAsync(Calls(1));

        var keys = _cloud.Ledger.Entries().Select(e => e.IdempotencyKey).ToList();
        keys.Should().OnlyHaveUniqueItems().And.HaveCount(2).And.AllSatisfy(key => Guid.TryParse(key, out _).Should().BeTrue());
    }

    [Fact]
    public async Task The_very_next_question_from_another_connection_sees_each_report_and_nothing_is_read_for_it()
    {
        (await _cloud.UsedAsync(_customer)).Should().Be(25);
        var reads = _cloud.It.StateRequests;

        for (var i = 1; i <= 100; i++)
        {
            (await _cloud.ReportAsync(Calls(1))).CurrentUsage.Should().Be(25 + i);
            (await _cloud.UsedAsync(_customer)).Should().Be(25 + i);
        }

        await _cloud.ReportAsync(Calls(7, UsageUpdateBehavior.Set));
        (await _cloud.UsedAsync(_customer)).Should().Be(7, "what is set may be less");
        // What is older than 10 s is read again behind an answer.
        (_cloud.It.StateRequests - reads).Should().BeLessThan(50);
    }

    [Fact]
    public async Task A_resources_usage_is_the_resources_alone()
    {
        (await _cloud.UsedAsync(_customer)).Should().Be(25);
        (await _cloud.UsedAsync(_customer, "site")).Should().Be(0);
        var usage = Calls(4);
        usage.ResourceId = "site";

        await _cloud.ReportAsync(usage);

        (await _cloud.UsedAsync(_customer, "site")).Should().Be(4);
        (await _cloud.UsedAsync(_customer)).Should().Be(25);
    }

    [Fact]
    public async Task Credits_that_pay_for_it_are_seen_with_it()
    {
        const string currency = "cred-type-tokens";
        (await CreditAsync()).CurrentUsage.Should().Be(120);

        await _cloud.ReportAsync(new ReportUsageRequest { CustomerId = _customer, FeatureId = "feature-ai-summaries", Value = 5 });

        var credit = await CreditAsync();
        (credit.CurrentUsage, credit.Remaining).Should().Be((130, 370), "a summary costs two tokens");

        async Task<CreditEntitlement> CreditAsync() => (await Client.GetEntitlementV2Async(
            new() { CustomerId = _customer, CurrencyId = currency })).Entitlement.Credit;
    }

    [Fact]
    public async Task The_customers_credits_that_pay_for_a_resources_usage_are_used_up_with_the_next_answer()
    {
        (await CreditAsync()).CurrentUsage.Should().Be(120);
        (await SummariesAsync()).HasAccess.Should().BeTrue();

        await _cloud.ReportAsync(new ReportUsageRequest { CustomerId = _customer, ResourceId = "lab", FeatureId = ReportedCloud.Summaries, Value = 190 });

        var denied = await SummariesAsync();
        (denied.HasAccess, denied.AccessDeniedReason, denied.Entitlement.CurrentUsage).Should().Be((false, AccessDeniedReason.InsufficientCredits, 190));
        var credit = await CreditAsync();
        (credit.CurrentUsage, credit.Remaining).Should().Be((500, 0));

        async Task<GetMeteredEntitlementResponse> SummariesAsync() => await Client.GetMeteredEntitlementAsync(
            new() { CustomerId = _customer, ResourceId = "lab", FeatureId = ReportedCloud.Summaries });

        async Task<CreditEntitlement> CreditAsync() => (await Client.GetEntitlementV2Async(
            new() { CustomerId = _customer, CurrencyId = "cred-type-tokens" })).Entitlement.Credit;
    }

    [Fact]
    public async Task A_bulk_is_one_request_and_each_result_is_its_customers()
    {
        var other = _cloud.TakeCustomer();
        await _cloud.UsedAsync(_customer);
        await _cloud.UsedAsync(other);
        var requests = _cloud.Requests;

        var reply = await Client.ReportUsageBulkAsync(
            new() { Usages = { Calls(1), Calls(10, customer: other), Calls(2) } }, new Metadata { { "idempotency-key", "bulk" } });

        reply.Usages.Select(u => (u.CustomerId, u.CurrentUsage)).Should().Equal((_customer, 26), (other, 35), (_customer, 28));
        _cloud.Requests.Should().Be(requests + 1);
        _cloud.Ledger.Entries().Select(e => e.IdempotencyKey).Should().Equal("bulk-0", "bulk-1", "bulk-2");
        (await _cloud.UsedAsync(_customer)).Should().Be(28);
        (await _cloud.UsedAsync(other)).Should().Be(35);
    }

    [Fact]
    public async Task A_bulk_that_is_refused_is_refused_as_a_whole_in_the_clouds_words()
    {
        var status = await FailsAsync(async () => await Client.ReportUsageBulkAsync(
            new() { Usages = { Calls(1), new ReportUsageRequest { CustomerId = _customer, FeatureId = "feature-none", Value = 1 } } }));

        status.StatusCode.Should().Be(StatusCode.NotFound);
        status.Detail.Should().Contain("FeatureNotFound").And.Contain("usages[1]: there is no feature \"feature-none\"");
        _cloud.Ledger.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Events_are_counted_once_by_their_keys()
    {
        var happened = new Event { CustomerId = _customer, EventName = "signed-in", IdempotencyKey = $"{_customer}-e" };
        happened.Dimensions.Add("d", new EventDimensionValue { StringValue = "x" });

        await Client.ReportEventsAsync(new() { Events = { happened } });
        await Client.ReportEventsAsync(new() { Events = { happened, new Event(happened) { IdempotencyKey = $"{_customer}-f" } } });

        _cloud.Ledger.Snapshot().Should().BeEquivalentTo(new { Events = 2, DroppedEvents = 1 });
        _cloud.Ledger.Entries()[0].Dimensions.Should().Be("""{"d":"x"}""");
    }

    [Fact]
    public async Task Events_are_sent_again_after_a_cut_since_the_cloud_drops_repeats_and_usages_are_not()
    {
        Control.Faults.Add(FaultRule.Cut() with { Target = RequestTarget.ApiEvents, Times = 1 });
        Control.Faults.Add(FaultRule.Cut() with { Target = RequestTarget.ApiUsage, Times = 1 });

        await Client.ReportEventsAsync(new() { Events = { new Event { CustomerId = _customer, EventName = "e", IdempotencyKey = $"{_customer}-cut" } } });
        (await FailsAsync(() => _cloud.ReportAsync(Calls(1)))).StatusCode.Should().Be(StatusCode.Unknown);

        _cloud.Ledger.Snapshot().Should().BeEquivalentTo(new { Events = 1, DroppedEvents = 1, Measurements = 1 });
    }

    public static TheoryData<string, StatusCode> Codes => new()
    {
        { ApiErrorCode.Unauthenticated, StatusCode.Unauthenticated },
        { ApiErrorCode.CustomerNotFound, StatusCode.NotFound },
        { ApiErrorCode.CustomerResourceNotFound, StatusCode.NotFound },
        { ApiErrorCode.FeatureNotFound, StatusCode.NotFound },
        { ApiErrorCode.BadUserInput, StatusCode.InvalidArgument },
        { ApiErrorCode.RateLimitExceeded, StatusCode.ResourceExhausted },
        { ApiErrorCode.CannotReportUsageForEntitlementWithMeterError, StatusCode.FailedPrecondition },
        { ApiErrorCode.EntitlementLimitExceededError, StatusCode.FailedPrecondition },
        { ApiErrorCode.EntitlementUsageOutOfRangeError, StatusCode.InvalidArgument },
        { ApiErrorCode.UsageMeasurementDiffOutOfRangeError, StatusCode.InvalidArgument },
        { ApiErrorCode.UnexpectedError, StatusCode.Unknown },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Each_error_of_the_cloud_has_its_status_whatever_comes_around_it(string code, StatusCode expected)
    {
        foreach (var httpStatus in new int?[] { null, 400, 500 })
        {
            Control.Faults.Add(FaultRule.Failure(code, httpStatus) with { Target = RequestTarget.ApiUsage, Times = 1 });
            Control.Faults.Add(FaultRule.Failure(code, httpStatus) with { Target = RequestTarget.ApiUsageBulk, Times = 1 });
            var requests = _cloud.Requests;

            var one = await FailsAsync(() => _cloud.ReportAsync(Calls(1)));
            var bulk = await FailsAsync(async () => await Client.ReportUsageBulkAsync(new() { Usages = { Calls(1) } }));

            // A status tells more than a code that tells nothing.
            var status = code == ApiErrorCode.UnexpectedError && httpStatus == 400 ? StatusCode.InvalidArgument : expected;
            (one.StatusCode, bulk.StatusCode).Should().Be((status, status));
            one.Detail.Should().Contain(code);
            _cloud.Requests.Should().Be(requests + 2, "nothing is tried again");
        }

        _cloud.Ledger.Snapshot().Total.Should().Be(0);
    }

    public static TheoryData<string> AllCodes => new(ApiErrorCode.All);

    [Theory]
    [MemberData(nameof(AllCodes))]
    public void Every_documented_code_is_tried(string code) => Codes.Select(row => (string)row[0]).Should().Contain(code);

    [Fact]
    public async Task What_the_cloud_refuses_by_itself_is_told_and_not_seen()
    {
        (await _cloud.UsedAsync(_customer)).Should().Be(25);
        var calls = new (ReportUsageRequest Usage, StatusCode Status)[]
        {
            (Calls(1, customer: "nobody"), StatusCode.NotFound),
            (With(Calls(1), u => u.ResourceId = "nowhere"), StatusCode.NotFound),
            (With(Calls(1), u => u.FeatureId = "feature-none"), StatusCode.NotFound),
            (With(Calls(1), u => u.FeatureId = "feature-sso"), StatusCode.InvalidArgument),
            (With(Calls(1), u => u.FeatureId = "feature-logins"), StatusCode.FailedPrecondition),
            (Calls(-26), StatusCode.InvalidArgument),
            (Calls(-1, UsageUpdateBehavior.Set), StatusCode.InvalidArgument),
        };

        foreach (var (usage, expected) in calls)
            (await FailsAsync(() => _cloud.ReportAsync(usage))).StatusCode.Should().Be(expected, usage.ToString());

        (await _cloud.UsedAsync(_customer)).Should().Be(25);
        _cloud.Ledger.Snapshot().Total.Should().Be(0);
    }

    [Theory]
    [InlineData(302, StatusCode.FailedPrecondition)]
    [InlineData(400, StatusCode.InvalidArgument)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.FailedPrecondition)]
    [InlineData(408, StatusCode.Unknown)]
    [InlineData(429, StatusCode.ResourceExhausted)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unknown)]
    [InlineData(503, StatusCode.Unknown)]
    public async Task Each_http_status_has_its_own_and_no_usage_is_sent_again(int httpStatus, StatusCode expected)
    {
        Control.Faults.Add(FaultRule.Answer(httpStatus, "<html>") with { Target = RequestTarget.ApiUsage });
        var requests = _cloud.Requests;

        (await FailsAsync(() => _cloud.ReportAsync(Calls(1)))).StatusCode.Should().Be(expected);

        _cloud.Requests.Should().Be(requests + 1);
    }

    [Fact]
    public async Task A_long_text_of_the_cloud_is_cut()
    {
        var status = await FailsAsync(() => _cloud.ReportAsync(Calls(1, customer: new string('\u00e4', 512))));

        status.StatusCode.Should().Be(StatusCode.NotFound);
        Encoding.UTF8.GetByteCount(status.Detail).Should().BeLessThanOrEqualTo(1024);
    }

    public static TheoryData<string, FaultRule, int> Cuts => new()
    {
        { "before it is read", FaultRule.CutUnread(), 0 },
        { "before it is counted", FaultRule.CutUnprocessed(), 0 },
        { "after it is counted", FaultRule.Cut(), 1 },
        { "in the answer", FaultRule.CutMidBody(), 1 },
        { "by an answer that is none", FaultRule.Garbage(), 1 },
        { "by a body that can't be read", FaultRule.Broken(BrokenBody.TruncatedJson), 1 },
        { "by an empty body", FaultRule.Broken(BrokenBody.Empty), 1 },
        { "by a body without data", FaultRule.Broken(BrokenBody.NullData), 1 },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_connection_that_ends_fails_the_report_which_is_never_sent_again(string moment, FaultRule fault, int counted)
    {
        Control.Faults.Add(fault with { Target = RequestTarget.ApiUsage, Times = 1 });

        var status = await FailsAsync(() => _cloud.ReportAsync(Calls(1), _customer));

        status.StatusCode.Should().Be(StatusCode.Unknown, moment);
        status.Detail.Should().Contain("may have been counted");
        // A request that was not read by the emulator counts nowhere as one; a second one would be in the ledger.
        await _cloud.ReportAsync(Calls(1), _customer + "-next");
        _cloud.Ledger.CountOf(_customer).Should().Be(counted);
        _cloud.Ledger.Snapshot().Total.Should().Be(counted + 1);
    }

    [Fact]
    public async Task A_slow_answer_is_waited_for()
    {
        await _cloud.UsedAsync(_customer);
        Control.Faults.Add(FaultRule.LateAnswer(TimeSpan.FromSeconds(4)) with { Target = RequestTarget.ApiUsage, Times = 1 });

        (await _cloud.ReportAsync(Calls(1))).CurrentUsage.Should().Be(26);
        (await _cloud.UsedAsync(_customer)).Should().Be(26);
    }

    [Fact]
    public async Task A_cloud_out_of_reach_is_unavailable_and_nothing_was_sent()
    {
        await _cloud.It.Cloud.StopAsync();
        try
        {
            var status = await FailsAsync(() => _cloud.ReportAsync(Calls(1)));
            status.StatusCode.Should().Be(StatusCode.Unavailable);
            status.Detail.Should().Contain("nothing was reported");
        }
        finally
        {
            await _cloud.It.Cloud.StartAgainAsync(CancellationToken.None);
        }

        (await _cloud.ReportAsync(Calls(1))).CurrentUsage.Should().Be(26);
        _cloud.Ledger.Snapshot().Total.Should().Be(1);
    }

    [Fact]
    public async Task A_cloud_that_comes_back_while_a_report_is_tried_gets_it_once()
    {
        await _cloud.It.Cloud.StopAsync();
        var reporting = _cloud.ReportAsync(Calls(1), _customer);
        await Task.Delay(TimeSpan.FromSeconds(0.7));
        await _cloud.It.Cloud.StartAgainAsync(CancellationToken.None);

        (await reporting).CurrentUsage.Should().Be(26);
        _cloud.Ledger.CountOf(_customer).Should().Be(1);
    }

    [Fact]
    public async Task A_caller_whose_deadline_comes_after_the_sending_is_told_and_the_outcome_counts_all_the_same()
    {
        await _cloud.UsedAsync(_customer);
        var acknowledged = await _cloud.EndedAsync("ReportUsage", "acknowledged");
        using (var hold = Control.HoldReports(_customer))
        {
            var call = Client.ReportUsageAsync(Calls(1), deadline: DateTime.SpecifyKind(TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(8), DateTimeKind.Utc));
            await hold.WaitUntilHeldAsync(1, CancellationToken.None).WaitAsync(Patience);
            (await FailsAsync(async () => await call)).StatusCode.Should().Be(StatusCode.DeadlineExceeded);
            _cloud.Ledger.Snapshot().Total.Should().Be(0);
        }

        await _cloud.Ledger.WaitForAsync(1, CancellationToken.None).WaitAsync(Patience);
        await Eventually.HoldsAsync(async () => await _cloud.UsedAsync(_customer) == 26, Patience);
        // The first scrape may have been an older one's, without the last report of a spec before.
        await Eventually.HoldsAsync(async () => await _cloud.EndedAsync("ReportUsage", "acknowledged") > acknowledged, Patience);
        await Eventually.HoldsAsync(() => Task.FromResult(_cloud.It.Service.Lines.Any(
            line => line.Contains("ended after their callers had gone", StringComparison.Ordinal))), Patience);
    }

    [Fact]
    public async Task A_report_whose_caller_goes_before_the_sending_is_never_sent_and_with_a_full_queue_the_next_is_refused_at_once()
    {
        const int underWay = 128;
        // Of 64 MiB that may wait, in few calls: what waits for longer than 10 s is refused as well.
        const int waiting = 21;
        var bytes = new EventDimensionValue { StringValue = new string('x', 3 * 1024 * 1024) };
        using var gone = new CancellationTokenSource();
        var calls = new List<Task<StatusCode>>();
        var left = new List<Task<StatusCode>>();
        using (var hold = Control.HoldReports(_customer))
        {
            for (var i = 0; i < underWay; i++)
                calls.Add(EndAsync(_cloud.ReportAsync(Calls(1), $"{_customer}-sent-{i}")));
            await hold.WaitUntilHeldAsync(underWay, CancellationToken.None).WaitAsync(Patience);
            // They take turns at filling the queue until one finds no room.
            Task<StatusCode>? refused = null;
            await Eventually.HoldsAsync(
                () =>
                {
                    while (left.Count(call => !call.IsCompleted) <= waiting)
                        left.Add(EndAsync(_cloud.ReportAsync(Large(), $"{_customer}-gone-{left.Count}", gone.Token)));
                    refused ??= left.Find(call => call is { IsCompletedSuccessfully: true } && call.GetAwaiter().GetResult() == StatusCode.ResourceExhausted);
                    return Task.FromResult(refused is not null);
                },
                Patience);
            (await refused!).Should().Be(StatusCode.ResourceExhausted);
            calls.Should().NotContain(call => call.IsCompleted, "they are on their way");

            await gone.CancelAsync();
            await Eventually.HoldsAsync(async () => await _cloud.It.Service.CounterAsync("sidecar_usage_reports_waiting") == 0, Patience);
        }

        (await Task.WhenAll(calls)).Should().OnlyContain(end => end == StatusCode.OK);
        (await Task.WhenAll(left)).Should().NotContain(StatusCode.OK);
        (await _cloud.ReportAsync(Calls(1), $"{_customer}-after")).CurrentUsage.Should().Be(25 + underWay + 1);
        _cloud.Ledger.Snapshot().Total.Should().Be(underWay + 1);

        ReportUsageRequest Large() => With(Calls(1), usage => usage.Dimensions.Add("bytes", bytes));

        static async Task<StatusCode> EndAsync(Task<ReportUsageResponse> call)
        {
            try
            {
                await call;
                return StatusCode.OK;
            }
            catch (RpcException e)
            {
                return e.StatusCode;
            }
        }
    }

    [Fact]
    public async Task A_read_that_began_before_a_report_does_not_undo_it()
    {
        using var hold = Control.HoldState(_customer, HoldPoint.AfterReading);
        var asking = _cloud.UsedAsync(_customer);
        await hold.WaitUntilHeldAsync(1, CancellationToken.None).WaitAsync(Patience);

        await _cloud.ReportAsync(Calls(3));
        hold.Dispose();

        (await asking).Should().Be(28);
        (await _cloud.UsedAsync(_customer)).Should().Be(28);
    }

    [Fact]
    public async Task A_report_of_a_customer_that_nobody_asked_about_wakes_nobody()
    {
        var customers = await _cloud.It.Service.CounterAsync("sidecar_cache_customers");

        (await _cloud.ReportAsync(Calls(1))).CurrentUsage.Should().Be(26);

        // A scrape may show what another one did less than 0.3 s before.
        await Task.Delay(TimeSpan.FromSeconds(0.4));
        (await _cloud.It.Service.CounterAsync("sidecar_cache_customers")).Should().Be(customers);
        Control.Requests.Count(RequestKey.Customer(_customer)).Should().Be(0);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_and_not_sent()
    {
        var requests = _cloud.Requests;
        var calls = new (Func<Task> Call, string Field)[]
        {
            (() => _cloud.ReportAsync(new()), "customer_id is empty"),
            (() => _cloud.ReportAsync(new() { CustomerId = "c" }), "feature_id is empty"),
            (() => _cloud.ReportAsync(Calls(double.PositiveInfinity)), "value is Infinity"),
            (() => _cloud.ReportAsync(Calls(0)), "value is 0 and dimensions is empty"),
            (() => _cloud.ReportAsync(Calls(1), new string('k', 1025)), "idempotency-key is 1025 bytes long"),
            (async () => await Client.ReportUsageBulkAsync(new()), "usages is empty"),
            (async () => await Client.ReportUsageBulkAsync(new() { Usages = { Enumerable.Repeat(Calls(1), 101) } }), "usages has 101 elements"),
            (async () => await Client.ReportEventsAsync(new() { Events = { new Event { CustomerId = "c", EventName = "e" } } }), "events[0].idempotency_key is empty"),
        };

        foreach (var (call, field) in calls)
        {
            var status = await FailsAsync(call);
            status.StatusCode.Should().Be(StatusCode.InvalidArgument);
            status.Detail.Should().Contain(field);
        }

        _cloud.Requests.Should().Be(requests);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_sent_and_the_caller_is_told()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SERVER_API_KEY"] = null });

        var status = await FailsAsync(async () => await it.Client.ReportUsageAsync(Calls(1, customer: Customer)));

        (status.StatusCode, status.Detail).Should().Be((StatusCode.Unauthenticated, "SERVER_API_KEY is missing; nothing was reported"));
        it.Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task A_wrong_key_is_told_and_named_nowhere()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SERVER_API_KEY"] = "server-key-wrong-1" });

        var status = await FailsAsync(async () => await it.Client.ReportUsageAsync(Calls(1, customer: Customer)));

        status.StatusCode.Should().Be(StatusCode.Unauthenticated);
        status.Detail.Should().NotContain("server-key-wrong-1");
        it.Service.Lines.Should().NotContain(line => line.Contains("server-key-wrong-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_the_stream_a_late_update_does_not_undo_a_report()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(data: ReportedCloud.Data());
        (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
        var reads = it.StateRequests;

        for (var i = 1; i <= 200; i++)
        {
            await it.Client.ReportUsageAsync(Calls(1, customer: Customer));
            // The updates of the reports before this one are arriving.
            (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25 + i);
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        (await AskAsync(it)).Entitlement.CurrentUsage.Should().Be(225);
        it.StateRequests.Should().Be(reads, "nothing is read for it");
    }

    private ReportUsageRequest Calls(double value, UsageUpdateBehavior behavior = UsageUpdateBehavior.Unspecified, string? customer = null) =>
        new() { CustomerId = customer ?? _customer, FeatureId = Feature, Value = value, UpdateBehavior = behavior };

    private static ReportUsageRequest With(ReportUsageRequest usage, Action<ReportUsageRequest> change)
    {
        change(usage);
        return usage;
    }

    private static async Task<Status> FailsAsync(Func<Task> call) => (await call.Should().ThrowAsync<RpcException>()).Which.Status;
}
