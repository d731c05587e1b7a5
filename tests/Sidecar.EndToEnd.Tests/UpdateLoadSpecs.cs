using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Timed;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Many updates beside many questions.</summary>
[Collection(AloneCollection.Name)]
public sealed class UpdateLoadSpecs(ITestOutputHelper output)
{
    private const int Customers = 10_000;
    private const int UpdatesPerSecond = 2_000;
    private const int QuestionsPerSecond = 5_000;
    private const int Channels = 4;

    // 10 ms where the service has the cores for itself. Here it shares them with its clients and the cloud: pauses twice as long and those
    // of the others are in what a client sees.
    private const double LongestMilliseconds = 30;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    [TimedFact]
    public async Task Two_thousand_updates_a_second_are_all_applied_while_five_thousand_questions_a_second_are_answered()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(
            new() { ["UPSTREAM_MAX_RPS"] = "100000" }, data: Many.Customers(Customers));
        var channels = Enumerable.Range(0, Channels).Select(_ => it.Service.Connect()).ToList();
        var clients = channels.ConvertAll(channel => new SidecarService.SidecarServiceClient(channel));
        await Many.AskEachAsync(it, Customers);
        var requests = it.StateRequests;
        var expected = new double[Customers];
        var random = new Random(1);
        var (quiet, busy) = (new List<LoadResult>(), new List<LoadResult>());

        // Windows with and without updates take turns, since this machine stands still now and then.
        await AskForAWhileAsync(clients);
        for (var window = 0; window < 3; window++)
        {
            quiet.Add(await AskForAWhileAsync(clients));
            using var stop = new CancellationTokenSource();
            var updating = Load.RunAsync(UpdatesPerSecond, Update, stop.Token);
            busy.Add(await AskForAWhileAsync(clients));
            await stop.CancelAsync();
            output.WriteLine($"quiet: {quiet[^1]}\nbusy:  {busy[^1]}\nupdates: {await updating}");
        }

        var settled = await Eventually.HoldsAsync(async () => await AreRightAsync(it, expected));
        output.WriteLine($"all {Customers} right after {settled.TotalSeconds:0.0} s");
        it.StateRequests.Should().Be(requests, "no update was lost, so that nothing had to be read");
        busy.Should().OnlyContain(load => load.Lost == 0);
        // As many as this machine lets the clients ask.
        busy.Max(load => load.PerSecond).Should().BeGreaterThan(0.9 * Math.Min(QuestionsPerSecond, quiet.Max(load => load.PerSecond)));
        // Client, cloud and service share the cores: what the updates cost shows against the windows without them.
        Median(busy).Should().BeLessThan(Math.Max(LongestMilliseconds, 4 * Median(quiet)));
        channels.ForEach(channel => channel.Dispose());

        Task<bool> Update(int number)
        {
            UpdateOne(it, random, expected, number);
            return Task.FromResult(true);
        }
    }

    [Fact]
    public async Task Updates_that_come_as_fast_as_the_cloud_can_tell_them_are_all_applied_and_nothing_is_read_for_it()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(
            new() { ["UPSTREAM_MAX_RPS"] = "100000" }, data: Many.Customers(Customers));
        await Many.AskEachAsync(it, Customers);
        var requests = it.StateRequests;
        var (expected, random) = (new double[Customers], new Random(2));

        for (var number = 0; number < 5 * UpdatesPerSecond; number++)
            UpdateOne(it, random, expected, number);

        await Eventually.HoldsAsync(async () => await AreRightAsync(it, expected));
        it.StateRequests.Should().Be(requests, "no update was lost, so that nothing had to be read");
    }

    private static void UpdateOne(ServiceUnderTest it, Random random, double[] expected, int number)
    {
        var customer = random.Next(Customers);
        expected[customer] = number + 1 + (expected[customer] > number ? expected[customer] : 0);
        it.Control.SetUsage(Many.Id(customer), Feature, expected[customer]);
    }

    private static async Task<LoadResult> AskForAWhileAsync(List<SidecarService.SidecarServiceClient> clients)
    {
        using var stop = new CancellationTokenSource(Window);
        return await Load.RunAsync(
            QuestionsPerSecond,
            async call => !(await clients[call % clients.Count].GetMeteredEntitlementAsync(
                new() { CustomerId = Many.Id(call * 7919 % Customers), FeatureId = Feature })).IsFallback,
            stop.Token);
    }

    private static async Task<bool> AreRightAsync(ServiceUnderTest it, double[] expected)
    {
        for (var customer = 0; customer < Customers; customer++)
        {
            if (expected[customer] != 0 && (await AskAsync(it, Many.Id(customer))).Entitlement.CurrentUsage != expected[customer])
                return false;
        }

        return true;
    }

    private static double Median(List<LoadResult> loads) => loads.Select(load => load.Percentile(99)).Order().ElementAt(loads.Count / 2);
}
