using System.Diagnostics;
using System.Net;
using FluentAssertions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The end of the process as its clients see it on the wire.</summary>
public sealed class EndSpecs
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task Idle_connection_gets_one_goaway_and_its_end()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        // It is accepted before the one after it, whose question is answered.
        await using var unused = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        await using var used = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        (await used.AskAsync()).GrpcStatus.Should().Be("0");

        it.Service.SendTerminate();

        foreach (var (connection, lastStream) in (IEnumerable<(RawHttp2Connection, int)>)[(used, 1), (unused, 0)])
        {
            await connection.FirstGoAway.WaitAsync(LongestEnd);
            await connection.Ended.WaitAsync(LongestEnd);
            var goAway = connection.GoAways.Should().ContainSingle().Subject;
            (goAway.LastStream, goAway.ErrorCode).Should().Be((lastStream, 0));
        }

        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Busy_connection_gets_its_goaway_after_its_call()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        using var limit = new CancellationTokenSource(LongestEnd);
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        var hold = it.Control.HoldState(Trouble.Customer);
        var question = connection.AskAsync();
        await hold.WaitUntilHeldAsync(1, limit.Token);

        it.Service.SendTerminate();
        await Eventually.HoldsAsync(async () => !await TakesConnectionsAsync(it.Service.GrpcAddress));
        await Task.Delay(200);
        connection.GoAways.Should().BeEmpty();
        hold.Dispose();

        var response = await question;
        response.Answer().Entitlement.CurrentUsage.Should().Be(25);
        var goAway = await connection.FirstGoAway.WaitAsync(limit.Token);
        goAway.LastStream.Should().Be(1);
        // Not by how much: a reader that is late sees both at once. ConnectionCloserSpecs have the time between.
        response.Timestamp.Should().BeLessThan(goAway.Timestamp);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [TimedFact]
    public async Task Connection_in_constant_use_gets_notice_and_then_its_end_and_every_call_is_answered()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SHUTDOWN_DRAIN_SECONDS"] = "1" });
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        var answers = new List<Task<Http2Response>> { connection.AskAsync() };
        await answers[0];

        it.Service.SendTerminate();
        // It stops when it has read the notice, and not at once. The service gives it half a second for that: a matter of time.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(4));
        for (var after = 0; after < 5; after += connection.GoAways.Count > 0 ? 1 : 0)
        {
            answers.Add(connection.AskAsync());
            await timer.WaitForNextTickAsync();
        }

        (await Task.WhenAll(answers)).Should().OnlyContain(answer => answer.GrpcStatus == "0");
        await connection.Ended.WaitAsync(LongestEnd);
        connection.GoAways.Select(goAway => goAway.LastStream).Should().Equal(int.MaxValue, (2 * answers.Count) - 1);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Everything_answers_during_the_drain()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SHUTDOWN_DRAIN_SECONDS"] = "10" });
        using var watch = new Health.HealthClient(it.Channel).Watch(new());
        await NextAsync(watch);

        it.Service.SendTerminate();
        (await NextAsync(watch)).Should().Be(HealthCheckResponse.Types.ServingStatus.NotServing);

        var ready = await it.Service.GetAsync("/readyz");
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).Should().Contain("DOWN").And.Contain("ending");
        (await it.Service.GetAsync("/livez")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await it.Service.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse("a question that memory can't answer is read from the cloud as ever");
        await using (var late = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress))
            (await late.AskAsync()).Answer().Entitlement.CurrentUsage.Should().Be(25);
        (await new Health.HealthClient(it.Channel).CheckAsync(new())).Status.Should().Be(HealthCheckResponse.Types.ServingStatus.NotServing);

        it.Service.SendInterrupt();
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [TimedFact]
    public async Task Drain_is_told_at_once_and_a_second_signal_ends_it()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SHUTDOWN_DRAIN_SECONDS"] = "10" });
        using var watch = new Health.HealthClient(it.Channel).Watch(new());
        await NextAsync(watch);
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);

        var elapsed = Stopwatch.StartNew();
        it.Service.SendTerminate();
        (await NextAsync(watch)).Should().Be(HealthCheckResponse.Types.ServingStatus.NotServing);
        elapsed.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(1));

        it.Service.SendInterrupt();
        await connection.FirstGoAway.WaitAsync(LongestEnd);
        elapsed.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(9), "the drain would take ten");
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [TimedFact]
    public async Task Drain_lasts_as_long_as_was_asked_for()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SHUTDOWN_DRAIN_SECONDS"] = "2" });
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        (await connection.AskAsync()).GrpcStatus.Should().Be("0");

        var start = Stopwatch.GetTimestamp();
        it.Service.SendTerminate();

        var goAway = await connection.FirstGoAway.WaitAsync(LongestEnd);
        Stopwatch.GetElapsedTime(start, goAway.Timestamp).Should().BeGreaterThan(TimeSpan.FromSeconds(1.95)).And.BeLessThan(TimeSpan.FromSeconds(5));
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [TimedFact]
    public async Task Streams_of_health_and_reflection_hold_nothing_up()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        using var watch = new Health.HealthClient(it.Channel).Watch(new());
        using var unknown = new Health.HealthClient(it.Channel).Watch(new() { Service = "other" });
        await NextAsync(watch);
        await NextAsync(unknown);
        using var reflection = new ServerReflection.ServerReflectionClient(it.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" });
        await reflection.ResponseStream.MoveNext(CancellationToken.None);

        var elapsed = Stopwatch.StartNew();
        it.Service.SendTerminate();

        var end = async () =>
        {
            while (true)
                await NextAsync(watch);
        };
        (await end.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unavailable);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
        elapsed.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Report_whose_answer_does_not_come_before_the_end_is_told_to_be_unclear()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        using var hold = it.Control.HoldReports();
        var report = it.Client.ReportUsageAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature, Value = 1 }).ResponseAsync;
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync("sidecar_usage_reports_under_way") == 1);

        it.Service.SendTerminate();

        var failure = await FluentActions.Awaiting(() => report).Should().ThrowAsync<RpcException>();
        failure.Which.StatusCode.Should().Be(StatusCode.Unknown);
        failure.Which.Status.Detail.Should().Contain("may have been counted");
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(600)]
    public async Task Signal_during_the_start_ends_it_with_0(int milliseconds)
    {
        await using var service = SidecarProcess.Launch(new Dictionary<string, string?> { ["SERVER_API_KEY"] = "any", ["EDGE_API_URL"] = "http://127.0.0.1:1" });
        await service.WaitUntilItHandlesSignalsAsync();
        await Task.Delay(milliseconds);

        var elapsed = Stopwatch.StartNew();
        service.SendTerminate();

        (await service.WaitForExitAsync()).Should().Be(0, string.Join('\n', service.Lines));
        elapsed.Elapsed.Should().BeLessThan(LongestEnd);
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        using var limit = new CancellationTokenSource(LongestEnd);
        (await watch.ResponseStream.MoveNext(limit.Token)).Should().BeTrue();
        return watch.ResponseStream.Current.Status;
    }

    private static async Task<bool> TakesConnectionsAsync(Uri address)
    {
        try
        {
            await using var connection = await RawHttp2Connection.ConnectAsync(address);
            return true;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
        {
            return false;
        }
    }
}
