using System.Diagnostics;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using StackExchange.Redis;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Other programs that write to the same Redis.</summary>
public sealed class OtherWriterSpecs(ITestOutputHelper output)
{
    private const string Set = "env-1:c_customer-demo";
    private const string Usage = Set + ":f_feature-api-calls";
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    [TimedRedisFact]
    public async Task Without_the_stream_a_change_that_another_program_writes_is_in_the_answer_within_a_second()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync();
        await FollowsAsync(it, 2);
        await ChangeIsSeenAsync(redis, it);
    }

    [TimedRedisFact]
    public async Task Where_the_server_may_not_tell_the_dates_are_looked_at()
    {
        await using var redis = await RedisUnderTest.StartAsync("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-client|tracking");
        await using var it = await redis.ServeAsync();
        await FollowsAsync(it, 1);
        await ChangeIsSeenAsync(redis, it);
    }

    [TimedRedisFact]
    public async Task Following_goes_on_when_the_connection_that_is_told_dies()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync();
        await FollowsAsync(it, 2);
        await (await redis.RawAsync()).ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await ChangeIsSeenAsync(redis, it);
    }

    [RedisFact]
    public async Task With_what_another_program_maintains_nothing_is_read_from_the_cloud_again()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using (var first = await redis.ServeAsync())
        {
            await Trouble.AskAsync(first);
            await Eventually.HoldsAsync(async () => await (await redis.RawAsync()).KeyExistsAsync(Set));
        }

        // Beside a Redis that is slow, as on a busy machine, the cloud would be asked.
        await using var it = await redis.ServeAsync(
            more: new()
            {
                ["CACHE_REVALIDATE_SECONDS"] = "1",
                ["CACHE_MAX_AGE_SECONDS"] = "2",
                ["REDIS_TIMEOUT_MS"] = "5000",
                ["LOG_LEVEL"] = "info",
            });
        await FollowsAsync(it, 2);

        for (var i = 0; i < 8; i++)
        {
            (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }

        // Where the machine keeps Redis from answering for a second, the service says that it follows it no more, and reads what it is asked for.
        var lost = it.Service.Lines.Count(line => line.Contains("changes that other programs make in Redis: Down", StringComparison.Ordinal));
        output.WriteLine($"{it.StateRequests} reads; Redis was lost sight of {lost} times");
        it.StateRequests.Should().BeLessThanOrEqualTo(4 * lost);
    }

    [RedisTheory]
    [InlineData(":f_feature-api-calls", "{\"curr")]
    [InlineData(":f_feature-api-calls", """{"currentUsage":"x"}""")]
    [InlineData("", "{\"broken")]
    [InlineData("", "[]")]
    public async Task What_nobody_can_read_does_not_have_the_cloud_read_over_and_over(string key, string value)
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync();
        await FollowsAsync(it, 2);
        await Trouble.AskAsync(it);
        await redis.IsQuietAsync();
        var raw = await redis.RawAsync();
        var (reads, date) = (it.StateRequests, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000);
        var whole = (string)(await raw.StringGetAsync(Set))!;

        await WriteAsync(raw, Set + key, value, date);

        await ReadsStayFewAsync(it, reads);
        // What can be read counts at once.
        await WriteAsync(raw, Set + key, key.Length == 0 ? whole : """{"currentUsage":77,"usagePeriodStart":null,"usagePeriodEnd":null}""", date + 1);
        if (key.Length > 0)
            await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement?.CurrentUsage == 77);
    }

    [RedisFact]
    public async Task Resource_older_than_its_customer_does_not_have_the_cloud_read_over_and_over()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync();
        await FollowsAsync(it, 2);
        const string set = "env-1:c_customer-workspaces";
        var request = new Stigg.Sidecar.V1.GetEntitlementsRequest { CustomerId = "customer-workspaces", ResourceId = "workspace-north" };
        await it.Client.GetEntitlementsAsync(request);
        await redis.IsQuietAsync();
        var raw = await redis.RawAsync();
        var (reads, date) = (it.StateRequests, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000);

        await raw.StringSetAsync(set + "#timestamp", date + 1000);
        await raw.StringSetAsync(set + ":r_workspace-north#timestamp", date);

        await ReadsStayFewAsync(it, reads, request);
    }

    [RedisFact]
    public async Task Foreign_program_that_overwrites_newer_with_older_is_put_right()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(withStream: true);
        await FollowsAsync(it, 2);
        await Trouble.AskAsync(it);
        var raw = await redis.RawAsync();
        await Eventually.HoldsAsync(async () => await raw.KeyExistsAsync(Usage));

        await WriteAsync(raw, Usage, """{"currentUsage":1,"usagePeriodStart":null,"usagePeriodEnd":null}""", 1_700_000_000_000);

        await Eventually.HoldsAsync(async () => ((string)(await raw.StringGetAsync(Usage))!).Contains("\"currentUsage\":25", StringComparison.Ordinal));
        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
    }

    [RedisFact]
    public async Task What_one_service_is_told_over_the_stream_another_one_without_it_answers()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await redis.ServeAsync(withStream: true);
        await using var other = await redis.ServeAsync();
        await FollowsAsync(other, 2);
        await Trouble.AskAsync(one);
        await Eventually.HoldsAsync(async () => await (await redis.RawAsync()).KeyExistsAsync(Set));
        await Trouble.AskAsync(other);

        var watch = Stopwatch.StartNew();
        one.Control.SetUsage(Trouble.Customer, Trouble.Feature, 500);

        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(other)).Entitlement.CurrentUsage == 500);
        output.WriteLine($"seen after {watch.Elapsed.TotalMilliseconds:0} ms");
    }

    [RedisFact]
    public async Task Set_that_another_program_wrote_over_an_empty_one_stays_while_the_cloud_does_not_tell_which_is_the_later()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(withStream: true);
        await FollowsAsync(it, 2);
        await Trouble.AskAsync(it);
        var raw = await redis.RawAsync();
        await Eventually.HoldsAsync(async () => await raw.KeyExistsAsync(Set));
        var (whole, date) = ((string)(await raw.StringGetAsync(Set))!, (long)await raw.StringGetAsync(Set + "#timestamp"));
        it.Control.ChangeCustomer(Trouble.Customer, customer => customer with { Archived = true });
        await Eventually.HoldsAsync(async () => (await raw.StringGetAsync(Set)).ToString() == "{}");

        it.Control.Faults.Add(FaultRule.Answer(503) with { Target = RequestTarget.State });
        await WriteAsync(raw, Set, whole, date);
        it.Control.ChangeCustomer(Trouble.Customer, customer => customer with { Archived = false });
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement?.CurrentUsage == 25);
        await redis.IsQuietAsync();
        (await raw.StringGetAsync(Set)).ToString().Should().Be(whole);

        it.Control.Faults.Clear();
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 30);
        await Trouble.HealsAsync(it, 30);
        await Eventually.HoldsAsync(async () => (await raw.StringGetAsync(Usage)).ToString().Contains("30", StringComparison.Ordinal));
        (await raw.StringGetAsync(Set)).ToString().Should().NotBe("{}");
    }

    // At once, and again after 1, 2 and 4 seconds at most.
    private static async Task ReadsStayFewAsync(ServiceUnderTest it, int before, Stigg.Sidecar.V1.GetEntitlementsRequest? request = null)
    {
        for (var i = 0; i < 40; i++)
        {
            await it.Client.GetEntitlementsAsync(request ?? new() { CustomerId = Trouble.Customer });
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        (it.StateRequests - before).Should().BeInRange(1, 8);
    }

    private async Task ChangeIsSeenAsync(RedisUnderTest redis, ServiceUnderTest it)
    {
        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
        var raw = await redis.RawAsync();
        await Eventually.HoldsAsync(async () => await raw.KeyExistsAsync(Usage));
        var date = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;

        var times = new List<TimeSpan>();
        for (var used = 100; used < 110; used++)
        {
            var watch = Stopwatch.StartNew();
            await WriteAsync(raw, Usage, $$"""{"currentUsage":{{used}},"usagePeriodStart":null,"usagePeriodEnd":null}""", date + used);
            await Eventually.HoldsAsync(
                async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == used);
            times.Add(watch.Elapsed);
        }

        output.WriteLine($"seen after {string.Join(", ", times.Select(time => $"{time.TotalMilliseconds:0}"))} ms");
        // One of them may meet a moment in which this machine does something else.
        times.Order().ElementAt(times.Count / 2).Should().BeLessThan(Within);
    }

    private static async Task WriteAsync(IDatabase raw, string key, string value, long timestamp)
    {
        var transaction = raw.CreateTransaction();
        _ = transaction.StringSetAsync(key, value, TimeSpan.FromDays(7));
        _ = transaction.StringSetAsync(key + "#timestamp", timestamp, TimeSpan.FromDays(7));
        (await transaction.ExecuteAsync()).Should().BeTrue();
    }

    private static async Task FollowsAsync(ServiceUnderTest it, int state) =>
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync("sidecar_redis_watch") == state);
}
