using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using StackExchange.Redis;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>
/// Redis is frozen: who is known is answered as before, who is not within 300 ms beside the cloud's own time, and after it all stands there as it is.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class FrozenRedisSpecs(ITestOutputHelper output)
{
    private const string Errors = "sidecar_redis_client_errors_total";
    private const int Warm = 100;
    private const int Rate = 300;

    // What a machine that is shared may add to a wait.
    private static readonly TimeSpan Leeway = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Hedge = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(4);
    private const int Stretches = 6;

    [TimedRedisFact]
    public async Task Questions_that_memory_answers_see_no_difference()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Many.Customers(Warm), withStream: true);
        await Many.AskEachAsync(it, Warm);
        await redis.IsQuietAsync();
        await RunAsync(it);

        // In turns, and the best of each counts: what else goes on at the machine strikes both, and not each time; what comes of the freeze would
        // strike each time.
        var (calm, frozen) = (new List<LoadResult>(), new List<LoadResult>());
        for (var i = 0; i < Stretches; i++)
        {
            calm.Add(await RunAsync(it));
            redis.Server.Freeze();
            // So that something hangs, too.
            it.Control.SetUsage(Many.Id(i), Trouble.Feature, 1000 + i);
            frozen.Add(await RunAsync(it));
            redis.Server.Thaw();
        }

        output.WriteLine($"p99, in ms, before: {Shown(calm)}; during: {Shown(frozen)}");
        calm.Concat(frozen).Should().OnlyContain(load => load.Lost == 0);
        frozen.Min(P99).Should().BeLessThan(Math.Max(calm.Min(P99) * 1.3, calm.Min(P99) + 1));

        static string Shown(List<LoadResult> loads) => string.Join(' ', loads.Select(load => P99(load).ToString("0.00", CultureInfo.InvariantCulture)));
    }

    [TimedRedisFact]
    public async Task Questions_that_it_would_be_asked_for_first_are_answered_all_the_same_and_soon_go_straight_to_the_cloud()
    {
        const int cold = 60;
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Many.Customers(Warm + cold), withStream: true);
        await Many.AskEachAsync(it, Warm);
        var cloud = Median(await TimesAsync(it, 0, Warm, reload: true));
        redis.Server.Freeze();

        var times = await TimesAsync(it, Warm, Warm + cold);

        output.WriteLine($"the cloud took {cloud} ms; beside a frozen Redis: {string.Join(' ', times)}");
        times.Max().Should().BeLessThan((long)(cloud + Hedge.TotalMilliseconds + Leeway.TotalMilliseconds));
        // The first ones find out; one a second is a try.
        Median(times).Should().BeLessThan(150);
        (await AreLoadsSuspendedAsync(it)).Should().BeTrue();
        (await it.Service.CounterAsync(Errors)).Should().BeGreaterThanOrEqualTo(3, "it is counted before any operation has been given up");
        it.Service.Lines.Count(line => line.Contains("Redis does not do what it is asked", StringComparison.Ordinal)).Should().Be(1);

        redis.Server.Thaw();
        await Eventually.HoldsAsync(async () => !await AreLoadsSuspendedAsync(it));
        await Trouble.WritesAsync(it, "Redis is back");
    }

    [RedisFact]
    public async Task After_it_goes_on_it_holds_the_newest_of_every_customer_also_of_those_whose_actor_has_ended_meanwhile()
    {
        const int all = 300;
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Many.Customers(all), withStream: true);
        await Many.AskEachAsync(it, all);
        await redis.IsQuietAsync();
        redis.Server.Freeze();
        for (var i = 0; i < all; i++)
            it.Control.SetUsage(Many.Id(i), Trouble.Feature, 1000 + i);
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it, Many.Id(all - 1))).Entitlement.CurrentUsage == 1000 + all - 1);
        // Longer than an operation may take, and than an actor without work lives.
        await Task.Delay(TimeSpan.FromSeconds(20));

        redis.Server.Thaw();

        var raw = await redis.RawAsync();
        var took = await Eventually.HoldsAsync(
            async () =>
            {
                var keys = Enumerable.Range(0, all).Select(i => (RedisKey)$"{RedisUnderTest.Prefix}:c_{Many.Id(i)}:f_{Trouble.Feature}").ToArray();
                var values = await raw.StringGetAsync(keys);
                return values.Index().All(pair =>
                    ((string?)pair.Item)?.Contains(string.Create(CultureInfo.InvariantCulture, $"\"currentUsage\":{1000 + pair.Index},"), StringComparison.Ordinal) == true);
            },
            TimeSpan.FromSeconds(60));
        output.WriteLine($"all of {all} stood there {took.TotalSeconds:0.0} s after it went on");
    }

    [TimedRedisFact]
    public async Task The_end_waits_two_seconds_for_what_is_owed_and_for_no_save_that_hangs()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(withStream: true, more: new() { ["SHUTDOWN_DRAIN_SECONDS"] = "0" });
        await Trouble.AskAsync(it);
        await redis.IsQuietAsync();
        redis.Server.Freeze();
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 500);
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == 500);

        var watch = Stopwatch.StartNew();
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);

        output.WriteLine($"it ended after {watch.Elapsed.TotalSeconds:0.0} s");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(6));
        it.Service.Lines.Should().Contain(line => line.Contains("The process ends while Redis is owed 1 entries", StringComparison.Ordinal));
    }

    private static async Task<bool> AreLoadsSuspendedAsync(ServiceUnderTest it)
    {
        using var response = await it.Service.GetAsync("/metrics");
        return (await response.Content.ReadAsStringAsync()).Contains("sidecar_redis_suspended{operation=\"load\"} 1", StringComparison.Ordinal);
    }

    private static async Task<LoadResult> RunAsync(ServiceUnderTest it)
    {
        using var stop = new CancellationTokenSource(Stretch);
        return await Load.RunAsync(Rate, async number => !(await Trouble.AskAsync(it, Many.Id(number % Warm))).IsFallback, stop.Token);
    }

    private static async Task<long[]> TimesAsync(ServiceUnderTest it, int from, int to, bool reload = false)
    {
        var times = new List<long>();
        for (var i = from; i < to; i++)
        {
            var watch = Stopwatch.StartNew();
            if (reload)
                await it.Client.ReloadEntitlementsAsync(new() { CustomerId = Many.Id(i) });
            else
                (await Trouble.AskAsync(it, Many.Id(i))).IsFallback.Should().BeFalse();
            times.Add(watch.ElapsedMilliseconds);
        }

        return [.. times];
    }

    private static double P99(LoadResult load) => load.Percentile(99);

    private static long Median(long[] times) => times.Order().ElementAt(times.Length / 2);
}
