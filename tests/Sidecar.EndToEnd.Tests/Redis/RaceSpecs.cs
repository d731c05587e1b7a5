using System.Globalization;
using System.Text.Json.Nodes;
using FluentAssertions;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using StackExchange.Redis;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;
using Grant = Sidecar.Emulator.Data.Grant;
using ResetPeriod = Sidecar.Emulator.Data.ResetPeriod;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>
/// Two services, Stigg's own SDK and a writer of the simple kind, all on the same customers. A minute and 100 customers with
/// <c>SIDECAR_LONG_SPECS=1</c>.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class RaceSpecs(ITestOutputHelper output)
{
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(5);

    private static bool IsLong => Environment.GetEnvironmentVariable("SIDECAR_LONG_SPECS") is "1";

    [NodeSdkFact]
    public async Task All_write_the_same_customers_at_once_and_both_memories_and_redis_hold_the_newest_at_the_end()
    {
        var count = IsLong ? 100 : 10;
        var seconds = IsLong ? 60 : 5;
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Many.Customers(count), withStream: true);
        var cloud = it.Cloud.Address.ToString();
        await using var second = await redis.ServeWithoutCloudAsync(new() { ["EDGE_API_URL"] = cloud, ["API_URL"] = cloud });
        using var channel = second.Connect();
        var other = new SidecarService.SidecarServiceClient(channel);
        await Many.AskEachAsync(it, count);
        for (var i = 0; i < count; i++)
            await other.GetMeteredEntitlementAsync(new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature });
        await using var sdk = await NodeSdk.StartAsync(redis, it.Cloud.Address);

        var words = new JsonObject
        {
            ["customerIds"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)Many.Id(i))]),
            ["featureId"] = Trouble.Feature,
            ["seconds"] = seconds,
        };
        var race = sdk.DoAsync("race", words, TimeSpan.FromSeconds(seconds));
        var (changes, writes) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            for (var n = 0; !race.IsCompleted; n++)
            {
                if (n % 3 == 0)
                {
                    it.Control.ChangeCustomer(Many.Id(i), customer => customer with
                    {
                        Entitlements = customer.Entitlements.SetItem(Trouble.Feature, new Grant { Limit = 10_000 + n, ResetPeriod = ResetPeriod.Month }),
                    });
                }
                else
                {
                    await (n % 3 == 1 ? it.Client : other).ReportUsageAsync(new()
                    {
                        CustomerId = Many.Id(i),
                        FeatureId = Trouble.Feature,
                        Value = n,
                        UpdateBehavior = UsageUpdateBehavior.Set,
                    });
                }

                Interlocked.Increment(ref changes);
                await WriteLateAsync(await redis.RawAsync(), it.Control.FindCustomer(Many.Id(i))!, Many.Id(i), n);
                Interlocked.Increment(ref writes);
            }
        }));
        output.WriteLine($"the SDK: {(await race)!.ToJsonString()}; {changes} changes by way of the services and the cloud, {writes} by the simple writer");

        // A writer of two steps may put an older value in a newer one's place at the last moment; whoever knows better puts that right.
        var wrong = new List<string>();
        await Eventually.HoldsAsync(
            async () =>
            {
                wrong.Clear();
                for (var i = 0; i < count; i++)
                    wrong.AddRange(await WrongAsync(redis, it, other, Many.Id(i)));
                return wrong.Count == 0;
            },
            TimeSpan.FromSeconds(60),
            () => string.Join('\n', wrong));
    }

    // Takes what is true now, and writes it later, as the SDKs do: first the date that is stored is looked at, then both are written.
    private static async Task WriteLateAsync(IDatabase raw, Customer customer, string id, int n)
    {
        var usage = customer.Usage[Trouble.Feature];
        await Task.Delay(TimeSpan.FromMilliseconds(5 + (n % 4 * 10)));
        var @lock = $"{RedisUnderTest.Prefix}-{id}";
        if (!await raw.StringSetAsync(@lock, n, LockTime, When.NotExists))
            return;
        var key = $"{RedisUnderTest.Prefix}:c_{id}:f_{Trouble.Feature}";
        var date = usage.UpdatedAt!.Value.ToUnixTimeMilliseconds();
        if ((long?)await raw.StringGetAsync(key + "#timestamp") is not { } stored || stored <= date)
        {
            var transaction = raw.CreateTransaction();
            _ = transaction.StringSetAsync(key, string.Create(CultureInfo.InvariantCulture,
                $$"""{"currentUsage":{{usage.CurrentUsage}},"usagePeriodStart":null,"usagePeriodEnd":null}"""), TimeSpan.FromDays(7));
            _ = transaction.StringSetAsync(key + "#timestamp", date, TimeSpan.FromDays(7));
            await transaction.ExecuteAsync();
        }

        await raw.KeyDeleteAsync(@lock);
    }

    private static async Task<IEnumerable<string>> WrongAsync(
        RedisUnderTest redis, ServiceUnderTest it, SidecarService.SidecarServiceClient other, string id)
    {
        var raw = await redis.RawAsync();
        var truth = it.Control.FindCustomer(id)!;
        var set = $"{RedisUnderTest.Prefix}:c_{id}";
        var usage = $"{set}:f_{Trouble.Feature}";
        var stored = JsonNode.Parse((string)(await raw.StringGetAsync(set))!)![Trouble.Feature]!["calculatedEntitlement"]!;
        var used = JsonNode.Parse((string)(await raw.StringGetAsync(usage))!)!;
        var expected = (Limit: truth.Entitlements[Trouble.Feature].Limit!.Value, Used: truth.Usage[Trouble.Feature].CurrentUsage);
        return new[]
        {
            ("Redis", (Limit: (double)stored["usageLimit"]!, Used: (double)used["currentUsage"]!)),
            ("the service with the stream", await AnswerAsync(it.Client)),
            ("the one without", await AnswerAsync(other)),
        }.Where(found => found.Item2 != expected).Select(found => $"{id}: {found.Item1} has {found.Item2} instead of {expected}");

        async Task<(double Limit, double Used)> AnswerAsync(SidecarService.SidecarServiceClient client)
        {
            var reply = await client.GetMeteredEntitlementAsync(new() { CustomerId = id, FeatureId = Trouble.Feature });
            return (reply.Entitlement.UsageLimit, reply.Entitlement.CurrentUsage);
        }
    }
}
