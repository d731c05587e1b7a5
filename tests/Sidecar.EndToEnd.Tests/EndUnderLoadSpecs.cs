using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Sidecar.Testing.Timed;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests;

/// <summary>
/// What the end of one of two services costs clients that ask all the time. <c>SIDECAR_END_RUNS</c> repeats each spec, for figures.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class EndUnderLoadSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    // This client goes on picking the address that is gone for a while: a refused connection is tried anew until it picks the other one.
    private const int Attempts = 10;
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan BeforeAndAfter = TimeSpan.FromSeconds(1);

    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("SIDECAR_END_RUNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var runs) ? runs : 1;

    private ServiceUnderTest _other = null!;

    public async Task InitializeAsync() => _other = await ServiceUnderTest.StartAsync();

    public async Task DisposeAsync() => await _other.DisposeAsync();

    [TimedFact]
    public async Task Two_thousand_calls_a_second_with_another_service_to_go_to_lose_none()
    {
        const int rate = 2_000;
        const int clients = 4;
        for (var run = 0; run < Runs; run++)
        {
            await using var ending = await StartAsync();
            using var services = Balanced(ending.GrpcAddress, _other.Service.GrpcAddress);
            var channels = Enumerable.Range(0, clients).Select(_ => Channel(services)).ToList();
            var asking = channels.ConvertAll(channel => new SidecarService.SidecarServiceClient(channel));
            using var stop = new CancellationTokenSource();
            var load = Load.RunAsync(rate, call => AskAsync(asking[call % clients]), stop.Token);

            await Task.Delay(BeforeAndAfter);
            var (code, took) = await EndAsync(ending);
            await Task.Delay(BeforeAndAfter);
            await stop.CancelAsync();
            var (calls, lost, perSecond, _) = await load;
            channels.ForEach(channel => channel.Dispose());

            output.WriteLine($"balanced clients: {calls} calls at {perSecond:0} a second, {lost} failed; exit code {code} after {took.TotalSeconds:0.0} s");
            (code, lost).Should().Be((0, 0));
            took.Should().BeLessThan(LongestEnd);
            perSecond.Should().BeGreaterThan(rate * 0.5, "less would be another spec");
        }
    }

    [TimedFact]
    public async Task Clients_that_drop_everything_at_a_goaway_lose_at_most_one_call_in_200()
    {
        // How many calls meet a GOAWAY on their way is a matter of how fast this machine lets both sides work just now: one run alone may say
        // little.
        var shares = new List<double>();
        for (var run = 0; run < Math.Max(Runs, 3); run++)
            shares.Add(await LoseAsync());

        shares.Sort();
        shares[shares.Count / 2].Should().BeLessThanOrEqualTo(1.0 / 200);
    }

    private async Task<double> LoseAsync()
    {
        const int clients = 20;
        await using var ending = await StartAsync();
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, clients).Select(client => new DroppingClient(
            ending.GrpcAddress, _other.Service.GrpcAddress, new Random(client)).RunAsync(stop.Token)).ToList();

        await Task.Delay(BeforeAndAfter);
        var (code, took) = await EndAsync(ending);
        await Task.Delay(BeforeAndAfter);
        await stop.CancelAsync();
        var counts = await Task.WhenAll(asking);
        var (calls, lost) = (counts.Sum(count => count.Calls), counts.Sum(count => count.Lost));

        output.WriteLine(
            $"dropping clients: {calls} calls, {lost} lost, {counts.Sum(count => count.GoAways)} of {clients} saw a GOAWAY; exit code {code} after {took.TotalSeconds:0.0} s");
        code.Should().Be(0);
        took.Should().BeLessThan(LongestEnd);
        return (double)lost / calls;
    }

    private async Task<SidecarProcess> StartAsync() => await SidecarProcess.StartAsync(new Dictionary<string, string?>
    {
        ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
        ["EDGE_API_URL"] = _other.Cloud.Address.ToString(),
        ["SHUTDOWN_DRAIN_SECONDS"] = "1",
    });

    private static async Task<(int Code, TimeSpan Took)> EndAsync(SidecarProcess service)
    {
        var watch = Stopwatch.StartNew();
        service.SendTerminate();
        return (await service.WaitForExitAsync(), watch.Elapsed);
    }

    // As a client in front of two replicas: takes turns, and asks the other one where a call was not taken.
    private static ServiceProvider Balanced(params Uri[] addresses) => new ServiceCollection()
        .AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => addresses.Select(address => new BalancerAddress(address.Host, address.Port))))
        .BuildServiceProvider();

    private static GrpcChannel Channel(IServiceProvider services) => GrpcChannel.ForAddress("static:///sidecar", new GrpcChannelOptions
    {
        Credentials = ChannelCredentials.Insecure,
        ServiceProvider = services,
        MaxRetryAttempts = Attempts,
        ServiceConfig = new ServiceConfig
        {
            LoadBalancingConfigs = { new RoundRobinConfig() },
            MethodConfigs =
            {
                new MethodConfig
                {
                    Names = { MethodName.Default },
                    RetryPolicy = new RetryPolicy
                    {
                        MaxAttempts = Attempts,
                        InitialBackoff = TimeSpan.FromMilliseconds(50),
                        MaxBackoff = TimeSpan.FromMilliseconds(500),
                        BackoffMultiplier = 2,
                        RetryableStatusCodes = { StatusCode.Unavailable },
                    },
                },
            },
        },
    });

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

    /// <summary>Asks ten times a second, at random moments; at a GOAWAY it drops its connection with all calls and goes to the other service.</summary>
    private sealed class DroppingClient(Uri first, Uri second, Random random)
    {
        private const double MeanPauseMilliseconds = 100;
        private int _goAways;

        public async Task<(int Calls, int Lost, int GoAways)> RunAsync(CancellationToken stop)
        {
            var (calls, lost) = (0, 0);
            var connection = await ConnectAsync(first);
            var under = new List<Task>();
            while (!stop.IsCancellationRequested)
            {
                if (connection.Ended.IsCompleted)
                {
                    await connection.DisposeAsync();
                    connection = await ConnectAsync(second);
                }

                calls++;
                under.Add(CountAsync(connection));
                await Task.Delay(TimeSpan.FromMilliseconds(-Math.Log(1 - random.NextDouble()) * MeanPauseMilliseconds), CancellationToken.None);
            }

            await Task.WhenAll(under);
            await connection.DisposeAsync();
            return (calls, lost, _goAways);

            async Task CountAsync(RawHttp2Connection on)
            {
                try
                {
                    if ((await on.AskAsync()).GrpcStatus != "0")
                        Interlocked.Increment(ref lost);
                }
                catch (Http2LostException)
                {
                    Interlocked.Increment(ref lost);
                }
            }
        }

        private async Task<RawHttp2Connection> ConnectAsync(Uri address)
        {
            var connection = await RawHttp2Connection.ConnectAsync(address);
            connection.OnGoAway = _ =>
            {
                _goAways++;
                connection.Drop();
            };
            return connection;
        }
    }
}
