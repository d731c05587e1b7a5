using System.Collections.Concurrent;
using System.Globalization;
using FluentAssertions;
using Grpc.Core;
using Sidecar.Emulator;
using Sidecar.EndToEnd.Tests.Cluster;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Replicas of the previous release and of this one that share Redis, each by itself, as while they are upgraded, or taken back.</summary>
[Collection(AloneCollection.Name)]
public sealed class ReplicaReleaseSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Replicas = 2;
    private const int Customers = 200;
    private const int QuestionsPerSecond = 150;
    private const int ReportsPerSecond = 20;
    private const double FirstUsage = 25;
    private readonly ConcurrentBag<string> _failures = [];
    private readonly Replica?[] _replicas = new Replica?[Replicas];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var replica in _replicas.OfType<Replica>())
            await replica.DisposeAsync();
    }

    [ReleaseFact(NeedsRedis = true)]
    public async Task Replicas_that_are_upgraded_one_after_the_other_and_taken_back_cost_no_call_no_report_and_no_right_answer()
    {
        var previous = await PreviousRelease.ProgramAsync();
        await using var redis = await RedisUnderTest.StartAsync();
        await using var cloud = await CloudEmulator.StartAsync(
            new EmulatorOptions { ApiKey = ServiceUnderTest.ApiKey, Data = Many.Customers(Customers) }, CancellationToken.None);
        var variables = new Dictionary<string, string?>(redis.Variables, StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["EDGE_API_URL"] = cloud.Address.ToString(),
            ["API_URL"] = cloud.Address.ToString(),
            ["WS_ENABLED"] = "true",
            ["WS_URL"] = ServiceUnderTest.StreamAddress(cloud.Address).ToString(),
            ["SHUTDOWN_DRAIN_SECONDS"] = "1",
        };
        for (var i = 0; i < Replicas; i++)
            _replicas[i] = await Replica.StartAsync(variables, previous);
        using var stop = new CancellationTokenSource();
        var questions = Load.RunAsync(QuestionsPerSecond, call => AskAsync(cloud, call), stop.Token);
        var reports = Load.RunAsync(ReportsPerSecond, ReportAsync, stop.Token);

        foreach (var program in (string?[])[null, previous])
        {
            for (var i = 0; i < Replicas; i++)
                await ReplaceAsync(i, variables, program);
        }

        await stop.CancelAsync();
        var (asked, reported) = (await questions, await reports);

        output.WriteLine($"{Replicas} replicas upgraded and taken back. Questions: {asked}. Reports: {reported}");
        _failures.Should().BeEmpty();
        foreach (var replica in _replicas.OfType<Replica>())
            await Eventually.HoldsAsync(() => KnowsAllAsync(cloud, replica));
        Enumerable.Range(0, reported.Calls).Should().OnlyContain(number => cloud.Control.Ledger.CountOf(Key(number)) == 1);
        await redis.IsQuietAsync();
        foreach (var replica in _replicas.OfType<Replica>())
            await replica.EndAsync();
        foreach (var program in (string?[])[null, previous])
            await AnswersWithoutCloudAsync(cloud, variables, program);
    }

    private static async Task<bool> KnowsAllAsync(CloudEmulator cloud, Replica replica)
    {
        for (var i = 0; i < Customers; i++)
        {
            var reply = await replica.Client.GetMeteredEntitlementAsync(new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature });
            if (reply.IsFallback || reply.Entitlement.CurrentUsage != UsedOf(cloud, i))
                return false;
        }

        return true;
    }

    // What both releases have written, each of them reads.
    private static async Task AnswersWithoutCloudAsync(CloudEmulator cloud, Dictionary<string, string?> variables, string? program)
    {
        await cloud.StopAsync();
        await using var service = await SidecarProcess.StartAsync(variables, program);
        using var channel = service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        for (var i = 0; i < Customers; i++)
        {
            var reply = await client.GetMeteredEntitlementAsync(new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature });
            (reply.IsFallback, reply.Entitlement.CurrentUsage).Should().Be((false, UsedOf(cloud, i)), "{0} stands in Redis", Many.Id(i));
        }
    }

    private static double UsedOf(CloudEmulator cloud, int customer) => cloud.Control.FindCustomer(Many.Id(customer))!.Usage[Trouble.Feature].CurrentUsage;

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"report-{number}");

    private async Task<bool> AskAsync(CloudEmulator cloud, int call)
    {
        var customer = call * 7919 % Customers;
        try
        {
            var reply = await OfAnyAsync(call, client => client.GetMeteredEntitlementAsync(new() { CustomerId = Many.Id(customer), FeatureId = Trouble.Feature }));
            if (!reply.IsFallback && reply.Entitlement.CurrentUsage is var usage && usage >= FirstUsage && usage <= UsedOf(cloud, customer))
                return true;
            _failures.Add($"question {call}: {reply}");
        }
        catch (RpcException e)
        {
            _failures.Add($"question {call}: {e.Status}");
        }

        return false;
    }

    // It is sent again only where it was not taken.
    private async Task<bool> ReportAsync(int number)
    {
        var customer = number % Customers;
        try
        {
            await OfAnyAsync(number, client => client.ReportUsageAsync(
                new() { CustomerId = Many.Id(customer), FeatureId = Trouble.Feature, Value = 1 }, new Metadata { { "idempotency-key", Key(number) } }));
            return true;
        }
        catch (RpcException e)
        {
            _failures.Add($"report {number}: {e.Status}");
            return false;
        }
    }

    // In turn, from one on, until one is there to answer.
    private async Task<T> OfAnyAsync<T>(int first, Func<SidecarService.SidecarServiceClient, AsyncUnaryCall<T>> call)
    {
        const int attempts = 10;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call(Volatile.Read(ref _replicas[(first + attempt) % Replicas])!.Client);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && attempt < attempts)
            {
                // The next one.
            }
        }
    }

    // As Kubernetes does: the new one is asked before the old one is told to end.
    private async Task ReplaceAsync(int place, Dictionary<string, string?> variables, string? program)
    {
        var before = Interlocked.Exchange(ref _replicas[place], await Replica.StartAsync(variables, program));
        await before!.EndAsync();
    }

    /// <summary>A service by itself, and a client of it.</summary>
    private sealed class Replica(SidecarProcess process) : IAsyncDisposable
    {
        private readonly Grpc.Net.Client.GrpcChannel _channel = process.Connect();
        private bool _isDisposed;

        public SidecarService.SidecarServiceClient Client => new(_channel);

        public static async Task<Replica> StartAsync(Dictionary<string, string?> variables, string? program) =>
            new(await SidecarProcess.StartAsync(variables, program));

        public async Task EndAsync()
        {
            process.SendTerminate();
            (await process.WaitForExitAsync()).Should().Be(0);
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _channel.Dispose();
            await process.DisposeAsync();
        }
    }
}
