using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using FluentAssertions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Sidecar.Testing.Timed;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Connections that are closed by their age, as clients see it.</summary>
[Collection(AloneCollection.Name)]
public sealed class ConnectionAgeSpecs(ITestOutputHelper output)
{
    // Those that report.
    private const int Callers = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [TimedFact]
    public async Task Connection_is_closed_after_its_age_in_a_quiet_moment_and_the_next_one_is_taken()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(2));
        var start = Stopwatch.GetTimestamp();
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        (await connection.AskAsync()).GrpcStatus.Should().Be("0");

        var goAway = await connection.FirstGoAway.WaitAsync(Patience);

        Stopwatch.GetElapsedTime(start, goAway.Timestamp).Should().BeGreaterThan(TimeSpan.FromSeconds(1.7)).And.BeLessThan(TimeSpan.FromSeconds(3));
        (goAway.LastStream, goAway.ErrorCode).Should().Be((1, 0));
        await connection.Ended.WaitAsync(Patience);
        await using var next = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        (await next.AskAsync()).GrpcStatus.Should().Be("0");
    }

    [Fact]
    public async Task Call_under_way_holds_its_connection_and_is_answered()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(1));
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        var hold = it.Control.HoldState(Trouble.Customer);
        var question = connection.AskAsync();
        await Task.Delay(TimeSpan.FromSeconds(6));
        connection.GoAways.Should().BeEmpty();
        hold.Dispose();

        var response = await question;

        response.Answer().IsFallback.Should().BeFalse();
        var goAway = await connection.FirstGoAway.WaitAsync(Patience);
        goAway.LastStream.Should().Be(1);
        // Not by how much: a reader that is late sees both at once. ConnectionAgingSpecs have the time between.
        response.Timestamp.Should().BeLessThan(goAway.Timestamp);
    }

    [Fact]
    public async Task Nothing_is_closed_by_its_age_by_default()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await using var idle = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        await using var used = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);

        for (var second = 0; second < 4; second++)
        {
            (await used.AskAsync()).GrpcStatus.Should().Be("0");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        (idle.GoAways.Count, used.GoAways.Count).Should().Be((0, 0));
    }

    [TimedTheory]
    [InlineData(2_000, false)]
    [InlineData(20, false)]
    [InlineData(1_000, true)]
    [InlineData(20, true)]
    public async Task Clients_that_ask_all_the_time_move_again_and_again_and_lose_nothing(int rate, bool isTls)
    {
        const int clients = 6;
        await using var it = await ServiceUnderTest.StartAsync(new(Aged(1)) { ["PORT"] = isTls ? "0" : "off" });
        await using var balancer = new FaultProxy(isTls ? it.Service.TlsAddress : it.Service.GrpcAddress);
        var address = isTls ? new UriBuilder(balancer.Address) { Scheme = Uri.UriSchemeHttps }.Uri : balancer.Address;
        var channels = Enumerable.Range(0, clients).Select(_ => GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                // Its own certificate is one that nobody has signed.
                SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, errors) => errors is SslPolicyErrors.RemoteCertificateChainErrors },
            },
            DisposeHttpClient = true,
        })).ToList();
        var asking = channels.ConvertAll(channel => new SidecarService.SidecarServiceClient(channel));
        using var stop = new CancellationTokenSource();
        // What is measured is not the start.
        await Task.WhenAll(asking.Select(AskAsync));

        var load = Load.RunAsync(rate, call => AskAsync(asking[call % clients]), stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        var result = await load;
        channels.ForEach(channel => channel.Dispose());

        output.WriteLine($"{(isTls ? "TLS: " : "")}{result}; {balancer.Connections} connections of {clients} clients in 10 s");
        result.Lost.Should().Be(0);
        balancer.Connections.Should().BeGreaterThanOrEqualTo(2 * clients);
    }

    [TimedFact]
    public async Task Client_that_holds_on_after_the_notice_keeps_its_calls()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(1));
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        var answers = new List<Task<Http2Response>>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(4));
        using var limit = new CancellationTokenSource(Patience);
        while (connection.GoAways.Count == 0)
        {
            // Several at once, so that it is in constant use on a busy machine, too.
            for (var more = 0; more < 5; more++)
                answers.Add(connection.AskAsync());
            await timer.WaitForNextTickAsync(limit.Token);
        }

        // It has been told, and asks on for as long as its answer to the first call is held back.
        for (var more = 0; more < 100; more++)
        {
            answers.Add(connection.AskAsync());
            await timer.WaitForNextTickAsync(limit.Token);
        }

        (await Task.WhenAll(answers)).Should().OnlyContain(answer => answer.GrpcStatus == "0");
        await connection.Ended.WaitAsync(Patience);
        connection.GoAways.Select(goAway => goAway.LastStream).Should().Equal(int.MaxValue, (2 * answers.Count) - 1);
    }

    [Fact]
    public async Task Reports_on_connections_that_grow_old_are_counted_once_each()
    {
        var reports = await ReportForAWhileAsync();

        reports.Counted.Should().BeInRange(reports.Acknowledged, reports.Acknowledged + reports.Failed);
        reports.Connections.Should().BeGreaterThanOrEqualTo(2 * Callers);
    }

    [TimedFact]
    public async Task Reports_on_connections_that_grow_old_are_hardly_ever_lost()
    {
        var reports = await ReportForAWhileAsync();

        reports.Failed.Should().BeLessThan(reports.Connections / 10, "this client loses a call now and then where the machine is starved");
    }

    private async Task<(int Acknowledged, int Failed, long Counted, int Connections)> ReportForAWhileAsync()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(1), data: Many.Customers(Callers));
        await using var balancer = new FaultProxy(it.Service.GrpcAddress);
        using var stop = new CancellationTokenSource();

        var reporting = Enumerable.Range(0, Callers).Select(caller => ReportAsync(Many.Id(caller), caller % 3 * 10)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        var counts = await Task.WhenAll(reporting);

        var acknowledged = counts.Sum(count => count.Acknowledged);
        var failed = counts.Sum(count => count.Failed);
        var counted = it.Control.Ledger.Snapshot().Total;
        output.WriteLine(
            $"{acknowledged} acknowledged, {failed} failed, {counted} counted; {balancer.Connections} connections of {Callers} clients");
        return (acknowledged, failed, counted, balancer.Connections);

        async Task<(int Acknowledged, int Failed)> ReportAsync(string customer, int pause)
        {
            using var channel = GrpcChannel.ForAddress(balancer.Address);
            var client = new SidecarService.SidecarServiceClient(channel);
            var (acknowledged, failed) = (0, 0);
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await client.ReportUsageAsync(new() { CustomerId = customer, FeatureId = Trouble.Feature, Value = 1 });
                    acknowledged++;
                }
                catch (RpcException e)
                {
                    output.WriteLine($"failed: {e.Status}");
                    failed++;
                }

                if (pause > 0)
                    await Task.Delay(pause);
            }

            return (acknowledged, failed);
        }
    }

    [Fact]
    public async Task Stream_of_health_does_not_keep_its_connection_from_growing_old()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(1));
        using var watch = new Health.HealthClient(it.Channel).Watch(new());

        var read = async () =>
        {
            using var limit = new CancellationTokenSource(Patience);
            while (await watch.ResponseStream.MoveNext(limit.Token))
            {
                // The state as it is.
            }
        };

        (await read.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unavailable);
        (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse();
    }

    [Fact]
    public async Task End_of_the_process_takes_over_a_connection_that_is_old()
    {
        await using var it = await ServiceUnderTest.StartAsync(Aged(1));
        await using var busy = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        await using var idle = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        var hold = it.Control.HoldState(Trouble.Customer);
        var question = busy.AskAsync();
        await idle.FirstGoAway.WaitAsync(Patience);
        await using var young = await RawHttp2Connection.ConnectAsync(it.Service.GrpcAddress);
        // Until it is accepted, its end is a reset.
        await young.AskAsync("customer-free");

        it.Service.SendTerminate();
        await young.FirstGoAway.WaitAsync(Patience);
        busy.GoAways.Should().BeEmpty();
        hold.Dispose();

        (await question).Answer().IsFallback.Should().BeFalse();
        (await busy.FirstGoAway.WaitAsync(Patience)).LastStream.Should().Be(1);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
    }

    /// <summary>One service becomes three behind an address that knows connections only.</summary>
    [TimedFact]
    public async Task After_scaling_from_one_to_three_each_gets_more_than_a_quarter_of_the_calls_within_twice_the_age()
    {
        const int clients = 48;
        var age = TimeSpan.FromSeconds(5);
        var pause = TimeSpan.FromMilliseconds(200);
        await using var it = await ServiceUnderTest.StartAsync(Aged(5));
        await using var balancer = new FaultProxy(it.Service.GrpcAddress);
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, clients).Select(client => RunAsync(pause * client / clients)).ToList();
        await Task.Delay(age * 0.6);

        await using var second = await StartAnotherAsync(it);
        await using var third = await StartAnotherAsync(it);
        SidecarProcess[] services = [it.Service, second, third];
        balancer.Use([.. services.Select(service => service.GrpcAddress)]);
        await Task.Delay(age * 1.2);
        var before = await CountAsync(services);
        await Task.Delay(age * 0.7);
        var after = await CountAsync(services);
        await stop.CancelAsync();
        var counts = await Task.WhenAll(asking);

        var calls = after.Zip(before, (end, begin) => end - begin).ToList();
        var shares = calls.ConvertAll(count => count / calls.Sum());
        var failed = counts.Sum(count => count.Failed);
        output.WriteLine(
            $"shares {string.Join(", ", shares.Select(share => $"{share:P1}"))} of {calls.Sum()} calls; {counts.Sum(count => count.Calls)} calls in all, "
            + $"{failed} failed; {balancer.Connections} connections of {clients} clients");
        failed.Should().Be(0);
        shares.Should().OnlyContain(share => share > 0.25);

        async Task<(int Calls, int Failed)> RunAsync(TimeSpan delay)
        {
            await Task.Delay(delay);
            using var channel = GrpcChannel.ForAddress(balancer.Address);
            var client = new SidecarService.SidecarServiceClient(channel);
            var (calls, failed) = (0, 0);
            using var timer = new PeriodicTimer(pause);
            while (!stop.IsCancellationRequested)
            {
                calls++;
                if (!await AskAsync(client))
                    failed++;
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }

            return (calls, failed);
        }
    }

    private static Dictionary<string, string?> Aged(int seconds) => new() { ["GRPC_MAX_CONNECTION_AGE_SECONDS"] = $"{seconds}" };

    private static Task<SidecarProcess> StartAnotherAsync(ServiceUnderTest it) => SidecarProcess.StartAsync(new Dictionary<string, string?>(Aged(5))
    {
        ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
        ["EDGE_API_URL"] = it.Cloud.Address.ToString(),
        ["API_URL"] = it.Cloud.Address.ToString(),
    });

    // Each service's own figures.
    private static Task<double[]> CountAsync(IEnumerable<SidecarProcess> services) => Task.WhenAll(services.Select(async service =>
    {
        var text = await (await service.GetAsync("/metrics")).Content.ReadAsStringAsync();
        return text.Split('\n').Where(line => line.StartsWith("sidecar_answers_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }));

    private async Task<bool> AskAsync(SidecarService.SidecarServiceClient client)
    {
        try
        {
            var reply = await client.GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature });
            return !reply.IsFallback;
        }
        catch (RpcException e)
        {
            output.WriteLine($"failed: {e.Status}");
            return false;
        }
    }
}
