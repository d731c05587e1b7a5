using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Reports;

/// <summary>Reports between their callers and the way to the cloud: each is sent once, and its outcome is told.</summary>
public sealed class ReporterSpecs : ActorSpecs
{
    private const int EndedLine = 500;
    private const int FailedLine = 501;
    private const int BackLine = 502;
    private const int GoneLine = 503;
    private readonly ScriptedSender _sender = new();
    private readonly RecordingDesk _desk = new();
    private readonly TestProbe _caller;
    private readonly TestProbe _parent;
    private readonly IActorRef _reporter;
    private long _number;

    public ReporterSpecs()
    {
        _caller = CreateTestProbe("caller");
        Services = Services with { Reports = new ReportServices { Sender = _sender, Desk = () => _desk } };
        (_reporter, _parent) = Supervised(Reporter.Props(Services, Services.Reports), "reporter");
    }

    [Fact]
    public async Task A_report_is_handed_on_once_and_its_result_is_told()
    {
        Report();
        (await _sender.HasAsync(1))[0].Limit.Should().Be(ReportSettings.SendLimit);
        _caller.HasMessages.Should().BeFalse();

        _sender.Sendings[0].End(ReportEnd.NotFound);

        Told().Should().Be(ReportEnd.NotFound);
        Counted(ReportEnd.NotFound).Should().Be(1);
        _sender.Sendings.Should().ContainSingle();
    }

    [Fact]
    public async Task Before_the_service_leaves_its_callers_each_is_told_what_is_known()
    {
        for (var i = 0; i < ReportSettings.MaxConcurrent + 1; i++)
            Report();
        await _sender.HasAsync(ReportSettings.MaxConcurrent);

        _reporter.Tell(EndReports.Instance);

        Told().Should().Be(ReportEnd.NotSent, "the last one had not been sent");
        for (var i = 0; i < ReportSettings.MaxConcurrent; i++)
            Told().Should().Be(ReportEnd.Unclear);
        Report();
        Told().Should().Be(ReportEnd.NotSent, "no other one is begun");
        _sender.Sendings[0].End(ReportEnd.NotFound);
        await Eventually.HoldsAsync(() => Counted(ReportEnd.NotFound) == 1, "what becomes of it is counted");
        _caller.HasMessages.Should().BeFalse();
        _sender.Sendings.Should().HaveCount(ReportSettings.MaxConcurrent);
    }

    [Theory]
    [InlineData(ReportEnd.Acknowledged)]
    // A part of it was counted.
    [InlineData(ReportEnd.Unclear)]
    public async Task What_was_counted_is_in_force_before_it_is_told(ReportEnd end)
    {
        Report();
        var usages = ImmutableArray.Create(SomeReports.Counted(used: 7, day: 1));
        (await _sender.HasAsync(1))[0].Ended.SetResult(new ReportResult(end) { Usages = usages });

        (await _desk.TakenAsync()).Should().Equal(usages);
        Settle(_reporter);
        _caller.HasMessages.Should().BeFalse();
        _desk.Applied.SetResult();

        Told().Should().Be(end);
    }

    [Fact]
    public async Task What_was_counted_under_a_key_that_is_no_longer_in_force_says_only_that_something_changed()
    {
        Report();
        await _sender.HasAsync(1);
        Services.Cache.ChangeSource();
        _desk.Applied.SetResult();
        _sender.Sendings[0].Ended.SetResult(new ReportResult(ReportEnd.Acknowledged) { Usages = [SomeReports.Counted(used: 7, day: 1)] });

        (await _desk.TakenAsync()).Should().ContainSingle().Which.News(_ => null)
            .Should().Equal(new EntryChanged(SomeReports.Key, NewsKind.Usage));
        Told().Should().Be(ReportEnd.Acknowledged);
    }

    [Fact]
    public async Task So_many_are_on_their_way_at_once_and_the_rest_wait_in_the_order_of_their_coming()
    {
        for (var i = 0; i <= ReportSettings.MaxConcurrent + 1; i++)
            Report($"{i}");
        await _sender.HasAsync(ReportSettings.MaxConcurrent);
        Settle(_reporter);
        _sender.Sendings.Should().HaveCount(ReportSettings.MaxConcurrent);
        (Services.Counters.Reports.Waiting.Value, Services.Counters.Reports.UnderWay.Value).Should().Be((2, ReportSettings.MaxConcurrent));

        _sender.Sendings[5].End(ReportEnd.Acknowledged);

        KeyOf((await _sender.HasAsync(ReportSettings.MaxConcurrent + 1))[^1]).Should().Be($"{ReportSettings.MaxConcurrent}");
    }

    [Fact]
    public async Task With_a_full_queue_one_more_is_refused_at_once()
    {
        await FillAsync();
        for (var i = 0; i < ReportSettings.MaxQueued; i++)
            Report();
        Settle(_reporter);
        _caller.HasMessages.Should().BeFalse();

        Report();

        Told().Should().Be(ReportEnd.QueueFull);
        Settle(_reporter);
        _caller.HasMessages.Should().BeFalse();
        Counted(ReportEnd.QueueFull).Should().Be(1);
    }

    [Fact]
    public async Task What_waits_and_what_is_on_its_way_is_bounded_in_bytes_together()
    {
        const int megabyte = 1024 * 1024;
        const int room = (int)(ReportSettings.MaxBytes / megabyte);
        for (var i = 0; i < room; i++)
            Report(body: new byte[megabyte]);
        await _sender.HasAsync(room);

        Report(body: new byte[1]);
        Told().Should().Be(ReportEnd.QueueFull);

        _sender.Sendings[0].End(ReportEnd.NotFound);
        Told().Should().Be(ReportEnd.NotFound);
        Report(body: new byte[megabyte]);
        await _sender.HasAsync(room + 1);
        Report(body: new byte[1]);
        Told().Should().Be(ReportEnd.QueueFull);
    }

    [Fact]
    public async Task Bytes_of_reports_that_were_taken_back_are_free()
    {
        await FillAsync();
        const int half = (int)(ReportSettings.MaxBytes / 2);
        var number = Report(body: new byte[half]);
        Report(body: new byte[half]);
        Told().Should().Be(ReportEnd.QueueFull);

        _reporter.Tell(new WithdrawReport(number), _caller.Ref);
        Told().Should().Be(ReportEnd.Withdrawn);
        Report(body: new byte[half]);
        Settle(_reporter);

        _caller.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task One_report_alone_always_has_room()
    {
        Report(body: new byte[ReportSettings.MaxBytes + 1]);

        await _sender.HasAsync(1);
        _caller.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void One_without_a_body_for_want_of_a_key_is_told_so_even_if_there_is_one_by_now()
    {
        Report(body: []);

        Told().Should().Be(ReportEnd.NoKey);
        _sender.Sendings.Should().BeEmpty();
    }

    [Fact]
    public async Task One_that_has_no_turn_in_time_is_not_sent()
    {
        await FillAsync();
        Report("late");

        Advance(ReportSettings.SendLimit - TimeSpan.FromMilliseconds(1), _reporter);
        _caller.HasMessages.Should().BeFalse();
        Advance(TimeSpan.FromSeconds(1), _reporter);

        Told().Should().Be(ReportEnd.NotSent);
        _sender.Sendings[0].End(ReportEnd.Acknowledged);
        Told().Should().Be(ReportEnd.Acknowledged);
        Settle(_reporter);
        _sender.Sendings.Should().HaveCount(ReportSettings.MaxConcurrent);
    }

    [Fact]
    public async Task One_whose_caller_goes_while_it_waits_is_never_sent_and_its_place_is_free()
    {
        await FillAsync();
        using var gone = new CancellationTokenSource();
        var number = Report("gone", withdrawal: gone.Token);
        await gone.CancelAsync();

        _reporter.Tell(new WithdrawReport(number), ActorRefs.NoSender);
        Settle(_reporter);

        Services.Counters.Reports.Waiting.Value.Should().Be(0);
        Counted(ReportEnd.Withdrawn).Should().Be(1);
        _sender.Sendings[0].End(ReportEnd.Acknowledged);
        Told().Should().Be(ReportEnd.Acknowledged);
        Settle(_reporter);
        _sender.Sendings.Should().HaveCount(ReportSettings.MaxConcurrent).And.NotContain(sending => KeyOf(sending) == "gone");
    }

    [Fact]
    public async Task One_whose_caller_goes_before_it_comes_is_not_sent()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        Report("gone", withdrawal: gone.Token);
        Settle(_reporter);

        Counted(ReportEnd.Withdrawn).Should().Be(1);
        _sender.Sendings.Should().BeEmpty();
    }

    [Fact]
    public async Task Of_one_whose_caller_goes_after_the_sending_the_outcome_is_applied_counted_and_logged()
    {
        using var gone = new CancellationTokenSource();
        var number = Report("gone", withdrawal: gone.Token);
        await _sender.HasAsync(1);
        await gone.CancelAsync();
        _reporter.Tell(new WithdrawReport(number), ActorRefs.NoSender);
        Settle(_reporter);

        _desk.Applied.SetResult();
        _sender.Sendings[0].Ended.SetResult(new ReportResult(ReportEnd.Acknowledged) { Usages = [SomeReports.Counted(1, 1)] });

        await Eventually.HoldsAsync(() => Counted(ReportEnd.Acknowledged) == 1, "it is counted");
        (await _desk.TakenAsync()).Should().ContainSingle();
        await Eventually.HoldsAsync(() => Logged.Of(GoneLine).Count == 1, "it is logged");
        Logged.Of(GoneLine)[0].Text.Should().Be("1 reports ended after their callers had gone: 1 were counted, 0 were not, of 0 it is not known");
        _caller.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void Without_a_key_nothing_is_sent()
    {
        Services = NewServices(ScriptedHandler.Hanging(), key: null) with { Reports = Services.Reports };
        var (reporter, _) = Supervised(Reporter.Props(Services, Services.Reports!), "reporter-without-key");

        reporter.Tell(new SendReport(1, SomeReports.Usage(), default, CancellationToken.None), _caller.Ref);

        Told().Should().Be(ReportEnd.NoKey);
        _sender.Sendings.Should().BeEmpty();
    }

    [Fact]
    public async Task A_refused_key_is_told_to_the_supervisor()
    {
        Report();
        (await _sender.HasAsync(1))[0].End(ReportEnd.InvalidKey);

        Told().Should().Be(ReportEnd.InvalidKey);
        _parent.ExpectMsg<CloudOutcome>().Failure!.Kind.Should().Be(CloudFailureKind.InvalidKey);
    }

    [Fact]
    public async Task Trouble_is_logged_when_it_begins_changes_and_ends_and_not_once_a_report()
    {
        for (var i = 0; i < 3; i++)
            await EndAsync(ReportEnd.Unclear);
        await EndAsync(ReportEnd.TimedOut);
        await EndAsync(ReportEnd.NotFound);
        await EndAsync(ReportEnd.Acknowledged);
        await EndAsync(ReportEnd.Acknowledged);

        Logged.Of(FailedLine).Should().HaveCount(2);
        Logged.Of(BackLine).Should().ContainSingle().Which.Text.Should().Contain("after 4 failed ones");
        Logged.Of(EndedLine).Should().HaveCount(7).And.AllSatisfy(line => line.Level.Should().Be(LogLevel.Debug));
    }

    [Fact]
    public async Task A_cause_that_comes_back_within_its_quiet_minute_is_logged_when_it_is_there_after_it()
    {
        await EndAsync(ReportEnd.Unclear);
        await EndAsync(ReportEnd.TimedOut);
        await EndAsync(ReportEnd.Unclear);
        Logged.Of(FailedLine).Should().HaveCount(2);

        Advance(TimeSpan.FromMinutes(1), _reporter);
        await EndAsync(ReportEnd.Unclear);
        await EndAsync(ReportEnd.Unclear);

        Logged.Of(FailedLine).Should().HaveCount(3);
        Logged.Of(FailedLine)[2].Text.Should().Contain("(Unclear)").And.Contain("the 4. in a row");
    }

    [Theory]
    [InlineData(ReportEnd.Acknowledged)]
    [InlineData(ReportEnd.InvalidKey)]
    [InlineData(ReportEnd.NotFound)]
    [InlineData(ReportEnd.BadInput)]
    [InlineData(ReportEnd.Forbidden)]
    public async Task Trouble_ends_with_any_answer_of_the_cloud(ReportEnd answer)
    {
        await EndAsync(ReportEnd.NotSent);
        await EndAsync(ReportEnd.NotSent);

        await EndAsync(answer);

        Logged.Of(BackLine).Should().ContainSingle().Which.Text.Should().Contain("after 2 failed ones, the last one NotSent");
    }

    [Fact]
    public async Task What_the_cloud_has_no_part_in_ends_no_trouble()
    {
        await EndAsync(ReportEnd.NotSent);

        await EndAsync(ReportEnd.NoKey);
        await EndAsync(ReportEnd.Withdrawn);

        Logged.Of(BackLine).Should().BeEmpty();
    }

    [Fact]
    public async Task No_word_of_the_clouds_own_is_logged_above_debug()
    {
        Report();
        (await _sender.HasAsync(1))[0].Ended.SetResult(new ReportResult(ReportEnd.Unclear, $"no {SomeReports.Key.CustomerId}") { IsQuoted = true });
        Told();

        Logged.Lines.Where(line => line.Level > LogLevel.Debug).Should().ContainSingle()
            .Which.Text.Should().NotContain(SomeReports.Key.CustomerId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_crash_loses_no_report_and_sends_none_twice(int reading)
    {
        await FillAsync();
        for (var i = 0; i < 5; i++)
            Report($"waiting-{i}");
        Settle(_reporter);
        Time.Fault.StrikeAt(_reporter, reading);

        Report("in-hand");
        _sender.EndsAtOnce = true;
        foreach (var sending in _sender.Sendings)
            sending.End(ReportEnd.Acknowledged);
        Settle(_reporter);
        // The pause after the crash.
        Advance(TimeSpan.FromSeconds(1), _reporter);
        var told = Enumerable.Range(0, ReportSettings.MaxConcurrent + 6).Select(_ => Told()).ToList();

        _sender.Sendings.Select(KeyOf).Should().OnlyHaveUniqueItems();
        told.Count(end => end == ReportEnd.Acknowledged).Should().Be(_sender.Sendings.Count, "what failed within was not sent");
        Settle(_reporter);
        _caller.HasMessages.Should().BeFalse();
        Time.Fault.Count.Should().BeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData(1, ReportEnd.NotSent)]
    [InlineData(2, ReportEnd.NoKey)]
    [InlineData(3, ReportEnd.NoKey)]
    public void A_crash_while_a_report_is_refused_tells_one_result_and_counts_it_once(int reading, ReportEnd end)
    {
        Services = NewServices(ScriptedHandler.Hanging(), key: null) with { Reports = Services.Reports };
        var (reporter, _) = Supervised(Reporter.Props(Services, Services.Reports!), "reporter-without-key");
        Time.Fault.StrikeAt(reporter, reading);

        reporter.Tell(new SendReport(1, SomeReports.Usage(), default, CancellationToken.None), _caller.Ref);

        Told().Should().Be(end);
        Settle(reporter);
        _caller.HasMessages.Should().BeFalse();
        Enum.GetValues<ReportEnd>().Sum(Counted).Should().Be(1);
    }

    [Fact]
    public async Task At_its_end_nobody_is_left_without_an_answer()
    {
        await FillAsync();
        Report("waiting");
        Settle(_reporter);

        Sys.Stop(_reporter);

        var told = Enumerable.Range(0, ReportSettings.MaxConcurrent + 1).Select(_ => Told()).ToList();
        told.Count(end => end == ReportEnd.NotSent).Should().Be(1);
        told.Count(end => end == ReportEnd.Unclear).Should().Be(ReportSettings.MaxConcurrent);
    }

    private async Task FillAsync()
    {
        for (var i = 0; i < ReportSettings.MaxConcurrent; i++)
            Report($"first-{i}");
        await _sender.HasAsync(ReportSettings.MaxConcurrent);
    }

    private async Task EndAsync(ReportEnd end)
    {
        var before = _sender.Sendings.Count;
        Report();
        (await _sender.HasAsync(before + 1))[before].End(end);
        Told().Should().Be(end);
    }

    private long Report(string key = "key", byte[]? body = null, CancellationToken withdrawal = default)
    {
        _reporter.Tell(new SendReport(++_number, SomeReports.Usage(key), body ?? new byte[10], withdrawal), _caller.Ref);
        return _number;
    }

    private ReportEnd Told() => _caller.ExpectMsg<ReportResult>().End;

    private long Counted(ReportEnd end) => Services.Counters.Reports[ReportKind.Usage, end].Value;

    private static string KeyOf(ScriptedSender.Sending sending) => ((UsageReport)sending.Report).Measurements[0].IdempotencyKey;

    private sealed class RecordingDesk : IResultDesk
    {
        private readonly TaskCompletionSource<ImmutableArray<ReportedUsage>> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Applied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task ApplyAsync(ImmutableArray<ReportedUsage> usages)
        {
            _taken.TrySetResult(usages);
            return Applied.Task;
        }

        public Task<ImmutableArray<ReportedUsage>> TakenAsync() => _taken.Task.WaitAsync(Eventually.Patience);
    }
}
