using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Diagnostics;

public sealed class IsolationSpecs : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogCapture _log = new();
    private readonly Isolation _isolation;
    private int _changes;

    public IsolationSpecs()
    {
        _isolation = new Isolation(new ProcessClock(_time), _log);
        _isolation.Changed += (_, _) => _changes++;
    }

    public void Dispose() => _isolation.Dispose();

    [Fact]
    public void It_ends_by_itself_when_its_time_is_over()
    {
        _isolation.Begin(TimeSpan.FromMinutes(3));
        _time.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromMilliseconds(1));
        (_isolation.IsOn, _isolation.Left, _changes).Should().Be((true, TimeSpan.FromMilliseconds(1), 1));

        _time.Advance(TimeSpan.FromMilliseconds(1));

        (_isolation.IsOn, _isolation.Left, _changes).Should().Be((false, TimeSpan.Zero, 2));
        _log.Lines.Select(line => line.Level).Should().Equal(LogLevel.Warning, LogLevel.Warning);
    }

    [Fact]
    public void Another_beginning_puts_off_the_end_and_is_no_change()
    {
        _isolation.Begin(TimeSpan.FromMinutes(1));
        _isolation.Begin(TimeSpan.FromMinutes(2));
        _time.Advance(TimeSpan.FromSeconds(119));
        (_isolation.IsOn, _changes).Should().Be((true, 1));

        _time.Advance(TimeSpan.FromSeconds(1));

        _isolation.IsOn.Should().BeFalse();
    }

    [Fact]
    public void It_is_ended_before_its_time_once()
    {
        _isolation.End().Should().BeFalse();
        _isolation.Begin(Isolation.Longest);

        _isolation.End().Should().BeTrue();

        _isolation.End().Should().BeFalse();
        _time.Advance(Isolation.Longest);
        _changes.Should().Be(2);
    }

    [Fact]
    public void It_lasts_as_long_as_is_allowed_and_no_longer()
    {
        _isolation.Invoking(it => it.Begin(Isolation.Longest + TimeSpan.FromTicks(1))).Should().Throw<ArgumentOutOfRangeException>();
        _isolation.Invoking(it => it.Begin(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Meanwhile_reads_are_suspended_and_nothing_is_sent()
    {
        var sent = 0;
        using var cloud = new IsolatedCloud(
            new CloudClient(TestCloud.Settings(), new SidecarCounters(), _time, () => 0.5, new CountingHandler(() => sent++)), _isolation);
        var suspensions = 0;
        cloud.SuspensionChanged += (_, _) => suspensions++;
        _isolation.Begin(TimeSpan.FromMinutes(1));

        var read = await cloud.ReadStateAsync(new EntryKey("customer"), TimeSpan.FromSeconds(10), CloudPath.Edge);

        read.Failure!.Kind.Should().Be(CloudFailureKind.Suspended);
        (await cloud.CheckKeyAsync())!.Kind.Should().Be(CloudFailureKind.Suspended);
        (await cloud.ProbeAsync(CloudPath.Api, null))!.Kind.Should().Be(CloudFailureKind.Suspended);
        (cloud.IsSuspended, cloud.IsOpen(CloudPath.Api), sent, suspensions).Should().Be((true, true, 0, 1));
        _isolation.End();
        (cloud.IsSuspended, cloud.IsOpen(CloudPath.Api), suspensions).Should().Be((false, false, 2));
        await cloud.ReadStateAsync(new EntryKey("customer"), TimeSpan.FromMilliseconds(1), CloudPath.Edge);
        sent.Should().BePositive();
    }

    [Fact]
    public async Task Meanwhile_reports_fail_before_anything_is_sent()
    {
        using var sender = new CountingSender();
        using var reports = new IsolatedReports(sender, _isolation);
        _isolation.Begin(TimeSpan.FromMinutes(1));

        var result = await reports.SendAsync(null!, default, TimeSpan.FromSeconds(1), CancellationToken.None);

        (result.End, sender.Sent).Should().Be((ReportEnd.NotSent, 0));
        _isolation.End();
        await reports.SendAsync(null!, default, TimeSpan.FromSeconds(1), CancellationToken.None);
        sender.Sent.Should().Be(1);
    }

    private sealed class CountingHandler(Action count) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            count();
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NotFound));
        }
    }

    private sealed class CountingSender : IReportSender
    {
        public int Sent { get; private set; }

        public Task<ReportResult> SendAsync(Report report, ReadOnlyMemory<byte> body, TimeSpan sendLimit, CancellationToken withdrawal)
        {
            Sent++;
            return Task.FromResult(new ReportResult(ReportEnd.Acknowledged));
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
