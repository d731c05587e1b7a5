using System.Diagnostics;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using StackExchange.Redis;
using Stigg.Sidecar.V1;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Redis as the persistent cache: what survives, and what stands there.</summary>
public sealed class RedisSpecs(ITestOutputHelper output)
{
    private const int Count = 500;

    [RedisFact]
    public async Task Killed_under_load_and_started_with_a_dead_cloud_it_answers_for_every_customer_as_before()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using (var it = await redis.ServeAsync(Many.Customers(Count)))
        {
            await Many.AskEachAsync(it, Count);
            await Parallel.ForEachAsync(Enumerable.Range(0, Count), async (i, cancellation) => await it.Client.ReportUsageAsync(
                new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature, Value = 1000 + i, UpdateBehavior = UsageUpdateBehavior.Set },
                cancellationToken: cancellation));
            var raw = await redis.RawAsync();
            var keys = Enumerable.Range(0, Count).Select(i => (RedisKey)$"{RedisUnderTest.Prefix}:c_{Many.Id(i)}:f_{Trouble.Feature}").ToArray();
            await Eventually.HoldsAsync(async () => (await raw.StringGetAsync(keys)).Index().All(pair =>
                ((string?)pair.Item)?.Contains($"\"currentUsage\":{1000 + pair.Index},", StringComparison.Ordinal) == true));
        }

        // Where Redis is slower than it may be, as on a busy machine, a dead cloud would be asked.
        await using var second = await redis.ServeWithoutCloudAsync(new() { ["REDIS_TIMEOUT_MS"] = "10000" });
        using var channel = second.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), async (i, cancellation) =>
        {
            var reply = await client.GetMeteredEntitlementAsync(
                new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature }, cancellationToken: cancellation);
            reply.IsFallback.Should().BeFalse();
            reply.Entitlement.CurrentUsage.Should().Be(1000 + i);
            reply.Entitlement.UsageLimit.Should().Be(1000);
        });
        output.WriteLine($"{Count} first answers with a dead cloud took {watch.Elapsed.TotalMilliseconds:0} ms");
        (await second.GetAsync("/readyz")).IsSuccessStatusCode.Should().BeTrue();
    }

    [TimedRedisFact]
    public async Task Started_with_a_slow_cloud_no_answer_waits_for_it()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using (var it = await redis.ServeAsync(Many.Customers(100)))
        {
            await Many.AskEachAsync(it, 100);
            // What is saved follows the answer.
            await Eventually.HoldsAsync(async () => await redis.CountAsync() >= 100 * 16);
        }

        await using var slow = await redis.ServeAsync(
            Many.Customers(100), prepare: control => control.Faults.Add(new FaultRule { Kind = FaultKind.Delay, DelayMs = 4_000 }));
        var longest = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var watch = Stopwatch.StartNew();
            (await Trouble.AskAsync(slow, Many.Id(i))).IsFallback.Should().BeFalse();
            longest = longest > watch.Elapsed ? longest : watch.Elapsed;
        }

        output.WriteLine($"longest of 100 first answers: {longest.TotalMilliseconds:0} ms");
        // The cloud takes four seconds.
        longest.Should().BeLessThan(TimeSpan.FromSeconds(2));
    }

    [RedisFact]
    public async Task Keys_and_values_are_those_of_the_shared_layout()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(withStream: true);
        await Trouble.AskAsync(it);
        var raw = await redis.RawAsync();
        await Eventually.HoldsAsync(async () => await raw.KeyExistsAsync("env-1:c_customer-demo"));
        await redis.IsQuietAsync();

        var keys = ((RedisResult[])(await raw.ExecuteAsync("KEYS", "*"))!).Select(key => (string)key!).Order(StringComparer.Ordinal).ToList();
        output.WriteLine(string.Join('\n', keys));
        foreach (var key in keys)
        {
            output.WriteLine($"{key} = {await raw.StringGetAsync(key)} ({await raw.KeyTimeToLiveAsync(key)})");
            (await raw.KeyTimeToLiveAsync(key)).Should().BeCloseTo(TimeSpan.FromDays(7), TimeSpan.FromMinutes(1));
        }

        keys.Should().Contain(["env-1:c_customer-demo", "env-1:c_customer-demo#timestamp", "env-1:c_customer-demo:metadata",
            "env-1:c_customer-demo:metadata#timestamp", "env-1:c_customer-demo:f_feature-api-calls", "env-1:c_customer-demo:f_feature-api-calls#timestamp"]);

        // A report and an update write what is used alone.
        var set = await raw.StringGetAsync("env-1:c_customer-demo");
        await it.Client.ReportUsageAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls", Value = 7 });
        await Eventually.HoldsAsync(async () =>
            ((string)(await raw.StringGetAsync("env-1:c_customer-demo:f_feature-api-calls"))!).Contains("\"currentUsage\":32,", StringComparison.Ordinal));
        it.Control.SetUsage("customer-demo", "feature-api-calls", 40);
        await Eventually.HoldsAsync(async () =>
            ((string)(await raw.StringGetAsync("env-1:c_customer-demo:f_feature-api-calls"))!).Contains("\"currentUsage\":40,", StringComparison.Ordinal));
        (await raw.StringGetAsync("env-1:c_customer-demo")).Should().Be(set);
    }
}
