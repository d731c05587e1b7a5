using System.Diagnostics;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using StackExchange.Redis;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>Several writers of one entry.</summary>
public sealed partial class RedisEntriesSpecs
{
    [RedisFact]
    public async Task The_lock_of_another_writer_is_waited_for()
    {
        await using var bench = await RedisBench.StartAsync(_server, time: new SlowTime(50));
        await _bench.Raw.StringSetAsync("env-customer", "another", TimeSpan.FromSeconds(60));
        var saving = bench.SaveAsync(Own, States.Metered(day: 5));
        await Task.Delay(60);
        _bench.Keys().Should().Equal("env-customer");

        await _bench.Raw.KeyDeleteAsync("env-customer");

        await saving.WaitAsync(Eventually.Patience);
        _bench.Keys().Should().HaveCount(6);
    }

    [TimedRedisFact]
    public async Task The_lock_of_a_writer_that_died_is_passed_after_200_ms()
    {
        await _bench.Raw.StringSetAsync("env-customer:resource", "another", TimeSpan.FromSeconds(5));
        var watch = Stopwatch.StartNew();

        await _bench.SaveAsync(Resource, States.Metered(day: 5));

        watch.ElapsedMilliseconds.Should().BeInRange(190, 4500);
        (await _bench.Raw.KeyExistsAsync("env:c_customer:r_resource")).Should().BeTrue();
        (await _bench.TextAsync("env-customer:resource")).Should().Be("another", "it is not ours to take away");
    }

    [TimedRedisFact]
    public async Task A_usage_does_not_wait_for_the_lock()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5));
        await _bench.Raw.StringSetAsync("env-customer", "another", TimeSpan.FromSeconds(5));
        var times = new List<long>();
        for (var used = 2; used <= 6; used++)
        {
            var watch = Stopwatch.StartNew();
            await _bench.SaveAsync(Own, States.Metered(day: 5, usageDay: used, used: used), StoredChange.UsageOf(Calls));
            times.Add(watch.ElapsedMilliseconds);
        }

        times.Min().Should().BeLessThan(190);
        (await _bench.LoadAsync(Own))!.FindFeature("calls")!.Usage.Current.Should().Be(6);
    }

    [RedisFact]
    public async Task Of_64_racing_writers_the_newest_state_stays()
    {
        for (var round = 0; round < 10; round++)
        {
            var key = new EntryKey($"customer-{round}");
            var days = Enumerable.Range(1, 64).ToArray();
            Random.Shared.Shuffle(days);

            await Task.WhenAll(days.Select(day => Task.Run(() => _bench.SaveAsync(key, States.Metered(day, limit: day, usageDay: day, used: day)))));

            var loaded = (await _bench.LoadAsync(key))!;
            (loaded.UpdatedAt, loaded.FindFeature("calls")!.UsageLimit, loaded.FindFeature("calls")!.Usage.Current).Should().Be((States.Day(64), 64, 64));
        }
    }

    [RedisFact]
    public async Task Among_writers_that_look_first_and_write_later_under_the_lock_the_newest_state_stays()
    {
        // Each waits for its turn, and none passes the lock of one that is slow.
        await using var bench = await RedisBench.StartAsync(_server, time: new SlowTime(20));
        await using var other = await RedisBench.ConnectAsync(_server);
        for (var round = 0; round < 5; round++)
        {
            var key = new EntryKey($"customer-{round}");
            var keys = EntryKeys.Of("env", key)!;
            var days = Enumerable.Range(1, 64).ToArray();
            Random.Shared.Shuffle(days);

            await Task.WhenAll(days.Select(day => Task.Run(() =>
            {
                var state = States.Metered(day, limit: day, usageDay: day, used: day);
                return day % 8 == 0 ? WriteUnderLockAsync(other.GetDatabase(), keys, state) : bench.SaveAsync(key, state);
            })));

            (await _bench.LoadAsync(key))!.FindFeature("calls")!.UsageLimit.Should().Be(64);
        }
    }

    [RedisFact]
    public async Task What_is_read_while_it_is_written_is_one_state_or_another()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 1, limit: 1));
        var writing = Task.Run(async () =>
        {
            for (var day = 2; day < 300; day++)
                await _bench.SaveAsync(Own, States.Metered(day, limit: day));
        });

        while (!writing.IsCompleted)
        {
            var loaded = (await _bench.LoadAsync(Own))!;
            States.Day((int)loaded.FindFeature("calls")!.UsageLimit!.Value).Should().Be(loaded.UpdatedAt);
        }

        await writing;
    }

    // As the programs of both generations do: the lock, the dates, then all that is not older in one transaction.
    private static async Task WriteUnderLockAsync(IDatabase redis, EntryKeys keys, EntitlementState state)
    {
        var token = Guid.NewGuid().ToString();
        while (!await redis.StringSetAsync(keys.Lock, token, TimeSpan.FromSeconds(5), When.NotExists))
            await Task.Delay(2);
        var pairs = StoredEntryWriter.Write(keys, state, StoredChange.All);
        var dates = await redis.StringGetAsync([.. pairs.Select(pair => (RedisKey)EntryKeys.Timestamp(pair.Key))]);
        await Task.Delay(3);
        var transaction = redis.CreateTransaction();
        for (var i = 0; i < pairs.Count; i++)
        {
            if (dates[i].HasValue && (long)dates[i] > pairs[i].Timestamp)
                continue;
            _ = transaction.StringSetAsync(pairs[i].Key, pairs[i].Value, TimeSpan.FromDays(7));
            _ = transaction.StringSetAsync(EntryKeys.Timestamp(pairs[i].Key), pairs[i].Timestamp, TimeSpan.FromDays(7));
        }

        await transaction.ExecuteAsync();
        await redis.KeyDeleteAsync(keys.Lock);
    }
}
