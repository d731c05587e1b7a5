using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Questions that come right after a start, beside a dead cloud and before Redis is connected to.</summary>
public sealed class FirstConnectionSpecs
{
    // The service waits for a second; the client would give up after five. The rest is for a busy machine.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(4.5);

    [TimedRedisFact]
    public async Task Customer_that_Redis_knows_is_answered_from_there_once_it_is_connected_to()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using (var first = await redis.ServeAsync(withStream: true))
        {
            await Trouble.AskAsync(first);
            await redis.IsQuietAsync();
        }

        await using var way = Way(redis);
        way.Freeze();
        await using var second = await redis.ServeWithoutCloudAsync(PortOf(way), isAwaited: false);
        var asking = AskAsync(second);
        // A question that is not made to wait is answered long before.
        await Task.WhenAny(asking, Task.Delay(TimeSpan.FromMilliseconds(200)));
        way.Thaw();

        (await asking).IsFallback.Should().BeFalse();
    }

    [TimedRedisFact]
    public async Task Redis_that_does_not_answer_is_not_waited_for_long()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var way = Way(redis);
        way.Freeze();
        await using var service = await redis.ServeWithoutCloudAsync(PortOf(way), isAwaited: false);

        var watch = Stopwatch.StartNew();
        var reply = await AskAsync(service);

        reply.IsFallback.Should().BeTrue();
        watch.Elapsed.Should().BeLessThan(Soon);
    }

    [TimedRedisFact]
    public async Task Redis_that_refuses_is_not_waited_for_long()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var service = await redis.ServeWithoutCloudAsync(new() { ["REDIS_PORT"] = "9" }, isAwaited: false);

        var watch = Stopwatch.StartNew();
        var reply = await AskAsync(service);

        reply.IsFallback.Should().BeTrue();
        watch.Elapsed.Should().BeLessThan(Soon);
    }

    private static FaultProxy Way(RedisUnderTest redis) => new(new Uri($"http://127.0.0.1:{redis.Server.Port}"));

    private static Dictionary<string, string?> PortOf(FaultProxy way) =>
        new(StringComparer.Ordinal) { ["REDIS_PORT"] = way.Address.Port.ToString(CultureInfo.InvariantCulture) };

    private static async Task<GetMeteredEntitlementResponse> AskAsync(SidecarProcess service)
    {
        using var channel = service.Connect();
        return await new SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(
            new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature });
    }
}
