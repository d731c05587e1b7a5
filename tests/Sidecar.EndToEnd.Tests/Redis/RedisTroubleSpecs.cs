using System.Globalization;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Redis in trouble: questions are answered all the while, the trouble is counted and told once, and what is owed is written in the end.</summary>
public sealed class RedisTroubleSpecs(ITestOutputHelper output)
{
    private const int Known = 50;
    private const int All = 200;
    private const string Errors = "sidecar_redis_client_errors_total";
    // That every question is answered is what counts here; FrozenRedisSpecs have how soon.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(15);

    [RedisFact]
    public Task Restarted_empty() => HoldsAsync(
        async redis =>
        {
            await redis.Server.KillAsync();
            await redis.Server.StartAgainAsync();
        },
        _ => Task.CompletedTask);

    [RedisFact]
    public Task Down_for_a_while() => HoldsAsync(redis => redis.Server.KillAsync(), redis => redis.Server.StartAgainAsync());

    [RedisFact]
    public Task Frozen_for_a_while() => HoldsAsync(
        redis =>
        {
            redis.Server.Freeze();
            return Task.CompletedTask;
        },
        redis =>
        {
            redis.Server.Thaw();
            return Task.CompletedTask;
        });

    [RedisFact]
    public Task Flapping() => HoldsAsync(
        async redis =>
        {
            for (var i = 0; i < 4; i++)
            {
                await redis.Server.KillAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300));
                await redis.Server.StartAgainAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300));
            }
        },
        _ => Task.CompletedTask);

    [RedisFact]
    public async Task Slow_at_every_command()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var slow = new SlowRedis(redis.Server.Port);
        await HoldsAsync(
            redis,
            _ =>
            {
                slow.DelayMs = 100;
                return Task.CompletedTask;
            },
            _ =>
            {
                slow.DelayMs = 0;
                return Task.CompletedTask;
            },
            more: new() { ["REDIS_PORT"] = slow.Port.ToString(CultureInfo.InvariantCulture) });
    }

    [RedisFact]
    public Task Full() => HoldsAsync(
        async redis => await (await redis.RawAsync()).ExecuteAsync("CONFIG", "SET", "maxmemory", "1"),
        async redis => await (await redis.RawAsync()).ExecuteAsync("CONFIG", "SET", "maxmemory", "0"));

    [RedisFact]
    public async Task A_replica_that_takes_no_writes()
    {
        await using var master = await RedisServer.StartAsync();
        await HoldsAsync(
            async redis => await (await redis.RawAsync()).ExecuteAsync("REPLICAOF", "127.0.0.1", $"{master.Port}"),
            async redis => await (await redis.RawAsync()).ExecuteAsync("REPLICAOF", "NO", "ONE"));
    }

    [RedisFact]
    public async Task Told_to_end_while_something_is_owed()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Many.Customers(Known), withStream: true, more: new() { ["SHUTDOWN_DRAIN_SECONDS"] = "0" });
        await AskAsync(it, 0, Known);
        await redis.IsQuietAsync();
        var raw = await redis.RawAsync();
        await raw.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        for (var i = 0; i < Known; i++)
            it.Control.SetUsage(Many.Id(i), Trouble.Feature, 77);
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync(Errors) >= Known);

        await raw.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);

        for (var i = 0; i < Known; i++)
        {
            ((string?)await raw.StringGetAsync($"{RedisUnderTest.Prefix}:c_{Many.Id(i)}:f_{Trouble.Feature}"))
                .Should().Contain("\"currentUsage\":77,");
        }
    }

    [RedisFact]
    public async Task Wrong_password_that_becomes_the_right_one()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "wrong");
            await using var redis = await RedisUnderTest.StartAsync("--requirepass", "right");
            await using var it = await redis.ServeAsync(Many.Customers(All), withStream: true, more: new() { ["REDIS_PASSWORD_FILE"] = file });
            await AskAsync(it, 0, Known);
            (await it.Service.CounterAsync(Errors)).Should().BeGreaterThan(0);
            (await it.Service.GetAsync("/readyz")).IsSuccessStatusCode.Should().BeTrue();

            await File.WriteAllTextAsync(file, "right");

            await Eventually.HoldsAsync(async () => await it.Service.CounterAsync("sidecar_redis_up") == 1);
            it.Service.Lines.Should().NotContain(line => line.Contains("\"wrong\"", StringComparison.Ordinal) || line.Contains("\"right\"", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task HoldsAsync(Func<RedisUnderTest, Task> begin, Func<RedisUnderTest, Task> end)
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await HoldsAsync(redis, begin, end);
    }

    private async Task HoldsAsync(
        RedisUnderTest redis, Func<RedisUnderTest, Task> begin, Func<RedisUnderTest, Task> end, Dictionary<string, string?>? more = null)
    {
        await using var it = await redis.ServeAsync(Many.Customers(All), withStream: true, more: more);
        await AskAsync(it, 0, Known);
        await Eventually.HoldsAsync(async () => await redis.CountAsync() > Known);

        var trouble = begin(redis);
        // Those that are known, and others that Redis would have to be asked for first.
        await AskAsync(it, 0, All - 20);
        await trouble;
        await AskAsync(it, 0, All - 10);
        it.Control.SetUsage(Many.Id(1), Trouble.Feature, 77);
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it, Many.Id(1))).Entitlement.CurrentUsage == 77);
        (await it.Service.GetAsync("/readyz")).IsSuccessStatusCode.Should().BeTrue();
        (await it.Service.GetAsync("/livez")).IsSuccessStatusCode.Should().BeTrue();
        await end(redis);
        await AskAsync(it, 0, All);

        (await it.Service.CounterAsync(Errors)).Should().BeGreaterThan(0);
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync("sidecar_redis_up") == 1);
        // All that memory knows stands there again, as it is now.
        var raw = await redis.RawAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                for (var i = 0; i < All; i++)
                {
                    if (!await raw.KeyExistsAsync($"{RedisUnderTest.Prefix}:c_{Many.Id(i)}"))
                        return false;
                }

                return ((string?)await raw.StringGetAsync($"{RedisUnderTest.Prefix}:c_{Many.Id(1)}:f_{Trouble.Feature}"))?
                    .Contains("\"currentUsage\":77,", StringComparison.Ordinal) == true;
            },
            TimeSpan.FromSeconds(90));
        var told = it.Service.Lines.Where(line => line.Contains("Redis", StringComparison.Ordinal)).ToList();
        output.WriteLine(string.Join('\n', told));
        told.Should().HaveCountLessThan(14, "a cause that lasts is told once");
    }

    private static Task AskAsync(ServiceUnderTest it, int from, int to) => Parallel.ForEachAsync(
        Enumerable.Range(from, to - from), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellation) =>
        {
            var reply = await it.Client.GetMeteredEntitlementAsync(
                new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + LongestAnswer, cancellationToken: cancellation);
            reply.IsFallback.Should().BeFalse();
        });
}
