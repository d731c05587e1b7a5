using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>How changes of others are learnt of from a real redis-server, one that does not tell, or may not, or hangs.</summary>
public sealed class RedisWatchSpecs
{
    private static readonly string[] MayNotTrack =
        ["--user", "sidecar", "on", ">secret", "~*", "&*", "+@all", "-client|tracking", "--user", "default", "on", "nopass", "~*", "&*", "+@all"];

    private static readonly EntryKey Own = new("customer");
    private readonly VirtualTime _time = new();
    private readonly HashSet<EntryKey> _gone = [];

    [RedisFact]
    public async Task A_server_that_may_tell_does_and_its_changes_are_noted()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        var (watch, changes) = Watch(bench);
        await BecomesAsync(watch, RedisWatchState.Told);

        await bench.Raw.StringSetAsync("env:c_customer", "{}");

        await Eventually.HoldsAsync(() => changes.Take(10, out _).Contains(new EntryKey("customer")), "the change");
    }

    [RedisFact]
    public async Task A_right_that_is_missing_is_asked_for_again_after_a_minute_so_that_it_may_be_given()
    {
        await using var server = await RedisServer.StartAsync(MayNotTrack);
        await using var bench = await RedisBench.StartAsync(server, AsSidecar);
        var (watch, _) = Watch(bench);
        await BecomesAsync(watch, RedisWatchState.Looking);
        await bench.Raw.ExecuteAsync("ACL", "SETUSER", "sidecar", "+client|tracking");

        _time.Advance(RedisWatch.RefusedFor - TimeSpan.FromMilliseconds(1));
        (await watch.EnsureAsync()).Should().Be((RedisWatchState.Looking, false));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await watch.EnsureAsync()).Should().Be((RedisWatchState.Told, true));
        (await watch.EnsureAsync()).Should().Be((RedisWatchState.Told, false));
        bench.Logged.Lines.Should().BeEmpty("it is no fault");
    }

    [RedisFact]
    public async Task What_differs_from_memory_is_a_change_once_and_again_when_it_changes()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        var (watch, _) = Watch(bench);
        var known = States.Metered(day: 1);
        await bench.SaveAsync(Own, known);
        (await ChangedAsync()).Should().BeFalse("it is what is known");

        await WriteAsync("{\"broken", States.Day(9));
        (await ChangedAsync()).Should().BeTrue();
        (await ChangedAsync()).Should().BeFalse("it has been told");
        await bench.SaveAsync(Own, known);
        (await ChangedAsync()).Should().BeFalse("what was saved here is what is known");

        await WriteAsync("{}", States.Day(9));
        (await ChangedAsync()).Should().BeTrue("another value with the same date");
        await WriteAsync("{}", States.Day(10));
        (await ChangedAsync()).Should().BeTrue("another date with the same value");
        watch.Forget(Own);
        (await ChangedAsync()).Should().BeTrue("nobody has looked at it");

        await WriteAsync("{}", States.Day(1));
        (await ChangedAsync()).Should().BeFalse();
        await WriteAsync("{}", States.Day(10));
        (await ChangedAsync()).Should().BeTrue("in between it was as it is known");

        async Task<bool> ChangedAsync() => (await watch.ChangedAmongAsync([(Own, known)])).Contains(Own);

        async Task WriteAsync(string value, DateTimeOffset date)
        {
            await bench.Raw.StringSetAsync("env:c_customer", value);
            await bench.Raw.StringSetAsync("env:c_customer#timestamp", date.ToUnixTimeMilliseconds());
        }
    }

    [RedisFact]
    public async Task So_many_differences_are_remembered_and_beyond_it_they_are_told_anew()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        var (watch, _) = Watch(bench);
        var all = Enumerable.Range(0, RedisWatch.MaxRemembered + 1).Select(i => (new EntryKey($"customer-{i}"), States.Metered(day: 1))).ToList();
        var most = all[..^1];

        (await watch.ChangedAmongAsync(most)).Should().HaveCount(RedisWatch.MaxRemembered, "none of them is there");
        (await watch.ChangedAmongAsync(most)).Should().BeEmpty();

        (await watch.ChangedAmongAsync(all[^1..])).Should().ContainSingle();
        (await watch.ChangedAmongAsync(all[^1..])).Should().BeEmpty();
        (await watch.ChangedAmongAsync(most[..1])).Should().ContainSingle();
    }

    [RedisFact]
    public async Task Differences_of_what_is_not_in_memory_any_more_are_forgotten()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        var (watch, _) = Watch(bench);
        var all = Enumerable.Range(0, 1_001).Select(i => (new EntryKey($"customer-{i}"), States.Metered(day: 1))).ToList();
        (await watch.ChangedAmongAsync(all[..1_000])).Should().HaveCount(1_000);
        _gone.Add(all[0].Item1);

        (await watch.ChangedAmongAsync(all[^1..])).Should().ContainSingle("it is one too many, so that all are looked through");

        (await watch.ChangedAmongAsync(all[1..])).Should().BeEmpty("these are in memory");
        (await watch.ChangedAmongAsync(all[..1])).Should().ContainSingle("this one was not");
    }

    [RedisFact]
    public async Task A_server_that_may_not_tell_and_hangs_is_not_followed()
    {
        await using var server = await RedisServer.StartAsync(MayNotTrack);
        await using var bench = await RedisBench.StartAsync(server, AsSidecar);
        var (watch, _) = Watch(bench);
        await BecomesAsync(watch, RedisWatchState.Looking);

        server.Freeze();
        (await watch.EnsureAsync()).State.Should().Be(RedisWatchState.Down);

        server.Thaw();
        await BecomesAsync(watch, RedisWatchState.Looking);
    }

    private static RedisSettings AsSidecar(RedisSettings settings) =>
        settings with { Username = "sidecar", Password = new RedisPassword(new Secret("secret")) };

    private static async Task BecomesAsync(RedisWatch watch, RedisWatchState state)
    {
        var became = RedisWatchState.Down;
        for (var tries = 0; tries < 300 && became != state; tries++)
        {
            await Task.Delay(100);
            became = (await watch.EnsureAsync()).State;
        }

        became.Should().Be(state);
    }

    private (RedisWatch Watch, RedisChanges Changes) Watch(RedisBench bench)
    {
        var changes = new RedisChanges("env", _ => true);
        return (new RedisWatch(bench.Connection, changes, new ProcessClock(_time), () => true, key => !_gone.Contains(key)), changes);
    }
}
