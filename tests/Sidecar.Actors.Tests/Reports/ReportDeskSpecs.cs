using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Reports;

/// <summary>The front desk for reports, before a scripted supervisor.</summary>
public sealed class ReportDeskSpecs : ActorSpecs
{
    private readonly TestProbe _cloud;
    private readonly ReportDesk _desk;

    public ReportDeskSpecs()
    {
        _cloud = CreateTestProbe("cloud");
        _desk = new ReportDesk(Services, _ => Task.FromResult<IActorRef>(_cloud.Ref));
    }

    [Fact]
    public async Task A_report_is_asked_for_under_a_number_of_its_own_and_its_result_is_told()
    {
        var report = SomeReports.Usage();
        var one = _desk.ReportAsync(report, CancellationToken.None);
        var first = _cloud.ExpectMsg<SendReport>();
        _cloud.Reply(new ReportResult(ReportEnd.NotFound));
        var two = _desk.ReportAsync(report, CancellationToken.None);
        var second = _cloud.ExpectMsg<SendReport>();
        _cloud.Reply(new ReportResult(ReportEnd.Acknowledged));

        ((await one).End, (await two).End).Should().Be((ReportEnd.NotFound, ReportEnd.Acknowledged));
        second.Number.Should().NotBe(first.Number);
        first.Body.ToArray().Should().Equal(SomeReports.Body(report).ToArray());
    }

    [Fact]
    public async Task Without_a_key_no_body_is_made()
    {
        Services = NewServices(ScriptedHandler.Hanging(), key: null);
        var desk = new ReportDesk(Services, _ => Task.FromResult<IActorRef>(_cloud.Ref));

        var reporting = desk.ReportAsync(SomeReports.Usage(), CancellationToken.None);
        _cloud.ExpectMsg<SendReport>().Body.IsEmpty.Should().BeTrue();
        _cloud.Reply(ReportResult.NoKey);

        (await reporting).End.Should().Be(ReportEnd.NoKey);
    }

    [Fact]
    public async Task A_caller_who_goes_takes_the_report_back_as_far_as_it_can_be()
    {
        using var gone = new CancellationTokenSource();
        var reporting = _desk.ReportAsync(SomeReports.Usage(), gone.Token);
        var message = _cloud.ExpectMsg<SendReport>();

        await gone.CancelAsync();

        await FluentActions.Awaiting(() => reporting).Should().ThrowAsync<OperationCanceledException>();
        message.Withdrawal.IsCancellationRequested.Should().BeTrue();
        _cloud.ExpectMsg<WithdrawReport>().Number.Should().Be(message.Number);
    }

    [Fact]
    public async Task Where_no_actor_answers_nothing_is_certain()
    {
        var reporting = _desk.ReportAsync(SomeReports.Usage(), CancellationToken.None);
        _cloud.ExpectMsg<SendReport>();

        Advance(ReportSettings.Longest);

        (await reporting.WaitAsync(Eventually.Patience)).End.Should().Be(ReportEnd.Unclear);
    }

    [Fact]
    public async Task Before_there_is_an_actor_system_nothing_is_sent()
    {
        var desk = new ReportDesk(Services, async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ActorRefs.Nobody;
        });
        var reporting = desk.ReportAsync(SomeReports.Usage(), CancellationToken.None);

        Advance(ReportSettings.Longest);

        (await reporting.WaitAsync(Eventually.Patience)).End.Should().Be(ReportEnd.NotSent);
    }
}
