using System.Diagnostics;
using FluentAssertions;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;
using Feature = Sidecar.Emulator.Data.Feature;
using FeatureType = Sidecar.Emulator.Data.FeatureType;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>
/// Very many customers that Redis knows, all asked for at once after a restart. 20,000 of them with <c>SIDECAR_LONG_SPECS=1</c>.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class RedisLoadSpecs(ITestOutputHelper output)
{
    // With these a customer of the demo's kind has 20 entitlements, of six of which the usage is kept.
    private const int MoreFeatures = 11;
    private const int AtOnce = 64;
    private const int UpstreamRps = 500;

    private static bool IsLong => Environment.GetEnvironmentVariable("SIDECAR_LONG_SPECS") is "1";

    private static int Count => IsLong ? 20_000 : 3_000;

    [RedisFact]
    public async Task After_a_restart_all_are_answered_right_none_waits_for_the_cloud_and_the_reads_behind_them_keep_to_their_rate()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using (var first = await redis.ServeAsync(Data(), more: new() { ["UPSTREAM_MAX_RPS"] = "100000", ["REDIS_MAINTAINED"] = "self" }))
        {
            await Many.AskEachAsync(first, Count);
            await Eventually.HoldsAsync(
                async () => await redis.CountAsync() >= Count * 16L, TimeSpan.FromSeconds(60));
        }

        // On a busy machine a load may take longer than Redis is given, and the cloud is asked beside it; the long form has a machine to itself.
        await using var it = await redis.ServeAsync(
            Data(), more: new() { ["REDIS_MAINTAINED"] = "self", ["UPSTREAM_MAX_RPS"] = $"{UpstreamRps}", ["REDIS_TIMEOUT_MS"] = IsLong ? "250" : "10000" });
        var longest = 0L;
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellation) =>
            {
                var began = Stopwatch.GetTimestamp();
                var reply = await it.Client.GetMeteredEntitlementAsync(
                    new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature }, cancellationToken: cancellation);
                var took = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                for (var seen = Volatile.Read(ref longest); took > seen; seen = Volatile.Read(ref longest))
                    Interlocked.CompareExchange(ref longest, took, seen);
                reply.IsFallback.Should().BeFalse();
                reply.Entitlement.CurrentUsage.Should().Be(25);
            });
        var elapsed = watch.Elapsed;
        var read = it.StateRequests;

        output.WriteLine($"{Count} first answers from Redis in {elapsed.TotalSeconds:0.0} s, {Count / elapsed.TotalSeconds:0} a second, the longest "
            + $"{longest} ms; {read} reads behind them meanwhile");
        read.Should().BeLessThan((int)(UpstreamRps * (elapsed.TotalSeconds + 2)));
        // A load that takes a quarter of a second has the cloud asked beside it.
        (await SourceAsync(it, "redis")).Should().BeGreaterThan(Count * 0.98);
    }

    private static EmulatorData Data()
    {
        var data = Many.Customers(Count);
        var features = data.Features.ToBuilder();
        for (var i = 0; i < MoreFeatures; i++)
            features.Add($"flag-{i:D2}", new Feature { DisplayName = $"Flag {i}", Type = FeatureType.Boolean });
        var grants = Enumerable.Range(0, MoreFeatures).Select(i => KeyValuePair.Create($"flag-{i:D2}", new Grant()));
        var customer = data.Customers[Many.Id(0)];
        customer = customer with { Entitlements = customer.Entitlements.AddRange(grants) };
        return data with
        {
            Features = features.ToImmutable(),
            Customers = EmulatorData.Map<Customer>().AddRange(data.Customers.Select(pair => KeyValuePair.Create(pair.Key, customer))),
        };
    }

    private static async Task<double> SourceAsync(ServiceUnderTest it, string source)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(400));
        using var response = await it.Service.GetAsync("/metrics");
        return (await response.Content.ReadAsStringAsync()).Split('\n')
            .Where(line => line.StartsWith("sidecar_answers_total{", StringComparison.Ordinal) && line.Contains($"source=\"{source}\"", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
