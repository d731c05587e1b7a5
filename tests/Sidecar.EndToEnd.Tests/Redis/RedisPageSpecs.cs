using System.Globalization;
using FluentAssertions;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using StackExchange.Redis;
using Stigg.Sidecar.V1;
using Xunit.Abstractions;
using Grant = Sidecar.Emulator.Data.Grant;
using Usage = Sidecar.Emulator.Data.Usage;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>What the page about Redis tells operators: the rights that suffice, and how much room a customer takes.</summary>
public sealed class RedisPageSpecs(ITestOutputHelper output)
{
    private static readonly string Page = File.ReadAllText(Repository.At("docs", "redis.md"));

    [RedisFact]
    public async Task The_rights_that_it_names_suffice()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        var raw = await redis.RawAsync();
        var words = Page.Split('\n').Single(line => line.StartsWith("user sidecar ", StringComparison.Ordinal)).Split(' ');
        await raw.ExecuteAsync("ACL", ["SETUSER", .. words[1..]]);
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["REDIS_USERNAME"] = words[1],
            ["REDIS_PASSWORD"] = Array.Find(words, word => word[0] == '>')![1..],
            // A machine that is slow at the start is no refusal.
            ["REDIS_TIMEOUT_MS"] = "5000",
        };

        await using (var it = await redis.ServeAsync(withStream: true, more: variables))
        {
            await Trouble.AskAsync(it);
            await Trouble.AskAsync(it, "customer-free");
            await it.Client.GetMeteredEntitlementAsync(
                new() { CustomerId = "customer-workspaces", ResourceId = "workspace-north", FeatureId = Trouble.Feature });
            await Eventually.HoldsAsync(async () => await redis.CountAsync() > 20);
            await it.Client.ReportUsageAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature, Value = 7 });
            it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 41);
            await Eventually.HoldsAsync(async () =>
                ((string)(await raw.StringGetAsync("env-1:c_customer-demo:f_feature-api-calls"))!).Contains(":41,", StringComparison.Ordinal));
            it.Control.RemoveCustomer("customer-free");
            await it.Client.ReloadEntitlementsAsync(new() { CustomerId = "customer-free" });
            await Eventually.HoldsAsync(async () => !await raw.KeyExistsAsync("env-1:c_customer-free"));
            (await it.Service.CounterAsync("sidecar_redis_client_errors_total")).Should().Be(0);
        }

        await using (var second = await redis.ServeWithoutCloudAsync(variables))
        {
            using var channel = second.Connect();
            var reply = await new SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(
                new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature });
            reply.Entitlement.CurrentUsage.Should().Be(41);
        }

        // What was refused, by command or key.
        var denied = ((RedisResult[])(await raw.ExecuteAsync("ACL", "LOG"))!).Select(entry => (string)((RedisResult[])entry!)[7]!).ToList();
        output.WriteLine(string.Join(", ", denied));
        denied.Select(it => it.Replace('|', ' ').ToUpperInvariant()).Should().BeSubsetOf(
            ["CONFIG GET", "CLUSTER NODES", "CLUSTER SLOTS", "__BOOKSLEEVE_TIEBREAK", "CLIENT SETINFO"]);
    }

    [RedisFact]
    public async Task A_customer_takes_as_much_room_as_it_says()
    {
        const int count = 500;
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Data(count));
        var before = await UsedAsync();
        await Many.AskEachAsync(it, count);
        await Eventually.HoldsAsync(async () => await redis.CountAsync() == count * (2 + 2 + (2 * 4)));

        var raw = await redis.RawAsync();
        var one = 0L;
        foreach (var key in (string[])(await raw.ExecuteAsync("KEYS", $"*{Many.Id(7)}*"))!)
            one += (long)await raw.ExecuteAsync("MEMORY", "USAGE", key);
        var each = (await UsedAsync() - before) / count;
        output.WriteLine($"MEMORY USAGE of the keys of one: {one} bytes; the server's used_memory a customer: {each} bytes");

        var said = int.Parse(Page.Split("**about ")[1].Split(" kB")[0], CultureInfo.InvariantCulture) * 1000;
        one.Should().BeCloseTo(said, (ulong)said / 5);
        each.Should().BeCloseTo(said, (ulong)said / 5);

        async Task<long> UsedAsync() => long.Parse(
            (await (await redis.RawAsync()).Multiplexer.GetServers()[0].InfoAsync("memory"))[0].First(pair => pair.Key == "used_memory").Value,
            CultureInfo.InvariantCulture);
    }

    // Customers with 20 entitlements, 4 of them metered.
    private static EmulatorData Data(int count)
    {
        var demo = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var features = demo.Features.ToBuilder();
        var grants = EmulatorData.Map<Grant>().ToBuilder();
        for (var i = 0; i < 15; i++)
        {
            features.Add($"feature-of-a-name-{i:D2}", demo.Features[i % 3 == 0 ? "feature-seats-max" : "feature-sso"]);
            grants.Add($"feature-of-a-name-{i:D2}", new Grant { Limit = i % 3 == 0 ? 10 + i : null });
        }

        grants.Add("feature-regions", new Grant { EnumValues = ["eu", "us"] });
        string[] metered = ["feature-api-calls", "feature-exports", "feature-seats", "feature-documents"];
        foreach (var id in metered)
            grants.Add(id, new Grant { Limit = 1000, ResetPeriod = ResetPeriod.Month });
        var customer = new Customer
        {
            Plan = "free",
            Entitlements = grants.ToImmutable(),
            Usage = EmulatorData.Map<Usage>().AddRange(metered.Select(id => KeyValuePair.Create(id, new Usage { CurrentUsage = 125 }))),
        };
        return demo with
        {
            Features = features.ToImmutable(),
            Plans = demo.Plans.SetItem("free", new Plan()),
            Customers = EmulatorData.Map<Customer>().AddRange(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(Many.Id(i), customer)))
                .Add(Trouble.Customer, customer),
        };
    }
}
